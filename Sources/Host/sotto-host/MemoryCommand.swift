import ArgumentParser
import Foundation
import HostLink
import Memory

struct MemoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract: "Show what is remembered, and erase it.",
    discussion: """
      Examples:
        sotto-host memory
        sotto-host memory forget fact-3 turn-17
        sotto-host memory forget --all "Ada's glasses"
      """,
    subcommands: [ListCommand.self, ForgetMemoryCommand.self], defaultSubcommand: ListCommand.self)

  struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Show every fact and every past turn, oldest first.")

    @OptionGroup var state: StateOption
    @Flag(help: "Print a JSON array: id, kind, device, at (ISO 8601), and text, or question, answer and outcome.")
    var json = false

    func run() async throws {
      try await sayingFailures {
        let store = try state.open()
        let entries = try await MemoryEntry.all(store)
        if json { return Terminal.say(try MemoryEntry.json(entries)) }
        if entries.isEmpty { Terminal.say("nothing is remembered") }
        let names = Dictionary(store.devices().map { ($0.fingerprint.hex, $0.name) }) { first, _ in first }
        for entry in entries {
          let name = names[entry.device] ?? "forgotten glasses \(entry.device.prefix(8))"
          Terminal.say("\(entry.id)  \(entry.at.formatted(.iso8601))  \(name.printable)  \(entry.words.printable)")
        }
      }
    }
  }

  struct ForgetMemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "forget",
      abstract: "Erase entries of the memory for good.",
      discussion: """
        A fact takes the past turns with it in which it was said. What is erased is overwritten in the file, not only marked as \
        deleted.
        """)

    @OptionGroup var state: StateOption
    @Argument(help: "Entries, as \"sotto-host memory\" names them: fact-3, turn-17.")
    var entries: [String] = []
    @Option(
      help: ArgumentHelp(
        "Everything of one wearer: the name of paired glasses, or the first 8 or more digits of the fingerprint of any.",
        valueName: "name|fingerprint"))
    var all: String?

    func validate() throws {
      guard entries.isEmpty != (all == nil) else { throw ValidationError("give either entries or --all") }
      for entry in entries where MemoryEntry.key(of: entry) == nil {
        throw ValidationError("\"\(entry)\" is no entry: \"sotto-host memory\" lists them, such as fact-3 or turn-17")
      }
    }

    func run() async throws {
      try await sayingFailures {
        let store = try state.open()
        guard let memory = try store.openMemory() else {
          Terminal.complain("nothing is remembered")
          throw HostExit.noSuchEntry
        }
        var sum = Memory.Erased(facts: 0, turns: 0)
        if let all { sum = try await memory.forgetEverything(device: try await owner(all, store)) }
        var missing: [String] = []
        for entry in entries {
          guard let erased = try await Self.forget(entry, memory) else {
            missing.append(entry)
            continue
          }
          sum.facts += erased.facts
          sum.turns += erased.turns
        }
        if missing.count < entries.count || all != nil {
          await store.tellServe()
          Terminal.say("erased \(sum.words)")
        }
        guard missing.isEmpty else {
          Terminal.complain("there is no \(missing.joined(separator: ", ")): \"sotto-host memory\" lists what there is")
          throw HostExit.noSuchEntry
        }
      }
    }

    private static func forget(_ entry: String, _ memory: Memory) async throws -> Memory.Erased? {
      switch MemoryEntry.key(of: entry) {
      case (.fact, let id)?: try await memory.forget(fact: id)
      case (.turn, let id)?: try await memory.forget(turn: id)
      case nil: nil
      }
    }

    /// The fingerprint of paired glasses, or of forgotten ones of which something is remembered.
    private func owner(_ words: String, _ store: HostStore) async throws -> String {
      let known = Set(try await MemoryEntry.all(store).map { $0.device })
      let found = known.filter { words.count >= 8 && $0.hasPrefix(words.lowercased()) }
      if let only = found.first, found.count == 1 { return only }
      return try store.devices(matching: words).fingerprint.hex
    }
  }
}

/// One thing in the memory, as it is shown.
struct MemoryEntry: Encodable {
  enum Kind: String, Encodable { case fact, turn }

  var id: String
  var kind: Kind
  var device: String
  var at: Date
  var text: String?
  var question: String?
  var answer: String?
  var outcome: String?

  init(_ fact: Fact) {
    id = "fact-\(fact.id ?? 0)"
    kind = .fact
    device = fact.device
    at = fact.at
    text = fact.text
  }

  init(_ turn: PastTurn) {
    id = "turn-\(turn.id ?? 0)"
    kind = .turn
    device = turn.device
    at = turn.at
    question = turn.question
    answer = turn.answer
    outcome = turn.outcome
  }

  var words: String {
    if let text { return text }
    let said = "“\(question ?? "")” – \(answer ?? "")"
    return outcome == "answered" ? said : said + " (\(outcome ?? ""))"
  }

  /// Facts, then turns, oldest first; empty when there is no memory yet.
  static func all(_ store: HostStore) async throws -> [MemoryEntry] {
    guard let memory = try store.openMemory() else { return [] }
    return try await memory.facts().map { MemoryEntry($0) } + memory.turns().map { MemoryEntry($0) }
  }

  static func json(_ entries: [MemoryEntry]) throws -> String {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(entries), as: UTF8.self)
  }

  /// What `fact-3` or `turn-17` means.
  static func key(of entry: String) -> (Kind, Int64)? {
    let parts = entry.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), let id = Int64(parts[1]), id > 0 else { return nil }
    return (kind, id)
  }
}

extension Memory.Erased {
  var words: String {
    "\(facts) \(facts == 1 ? "fact" : "facts") and \(turns) past \(turns == 1 ? "turn" : "turns")"
  }
}

extension HostStore {
  /// The memory, or nil when nothing was ever remembered: looking must not make the file.
  func openMemory() throws -> Memory? {
    FileManager.default.fileExists(atPath: memoryPath) ? try Memory(path: memoryPath) : nil
  }
}
