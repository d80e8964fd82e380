import ArgumentParser
import Assistant
import Foundation
import HostLink

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Try each back end of an assistant, and time its first output.",
    discussion: """
      Sends a small request to each: a hum to recognisers, "Say hello." to language models, "Hello there." to voices, a grey \
      picture to those that see. Exits with 0 when all answer, 8 when one does not but its part has another, 9 when a part has none.

        sotto-host check --assistant home.toml
      """)

  @OptionGroup var state: StateOption
  @OptionGroup var assistant: AssistantOptions

  @Flag(help: "Print a JSON array: part, back_end, kind, place, reachable, first_output_ms, error.")
  var json = false

  func run() async throws {
    try await sayingFailures {
      guard let plan = try assistant.assistant.plan(cache: assistant.cacheDirectory) else {
        throw ValidationError("\(assistant.assistant) has no back ends to check")
      }
      let store = try state.open()
      let programs = try await BackEndPrograms.start(plan, logs: store.directory) { Terminal.complain($0) }
      defer { programs.stop() }
      let check = try BackEndCheck(plan: plan, cacheDirectory: assistant.cacheDirectory, voice: assistant.voice)
      var rows: [BackEndCheck.Row] = []
      for (part, name) in check.all {
        if !json { Terminal.complain("trying \(name) for \(part.rawValue)…") }
        let row = await check.row(part, name)
        rows.append(row)
        if !json { Terminal.say(Self.line(row).printable) }
      }
      if json { Terminal.say(try Self.json(rows)) }
      if let code = Self.verdict(rows) { throw code }
    }
  }

  private static func line(_ row: BackEndCheck.Row) -> String {
    let who = "\(row.part)  \(row.backEnd) (\(row.kind)\(row.place.map { " at \($0)" } ?? ""))"
    if let error = row.error { return "✗ \(who): \(error)" }
    return "✓ \(who): first output after \(Int((row.firstOutputMilliseconds ?? 0).rounded())) ms"
  }

  private static func json(_ rows: [BackEndCheck.Row]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(rows), as: UTF8.self)
  }

  /// Nil when all is well.
  private static func verdict(_ rows: [BackEndCheck.Row]) -> ExitCode? {
    guard rows.contains(where: { $0.error != nil }) else { return nil }
    let parts = Dictionary(grouping: rows) { $0.part }
    return parts.values.allSatisfy { $0.contains { $0.error == nil } } ? HostExit.backEndFailed : HostExit.partFailed
  }
}
