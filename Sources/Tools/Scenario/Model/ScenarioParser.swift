import BoardFile
import Foundation
import Units
import Yams

extension Scenario {
  public static func load(_ path: String) throws(ScenarioError) -> Scenario {
    guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8) else {
      throw ScenarioError(file: path, line: 0, message: "there is no such file, or it is not UTF-8 text")
    }
    return try parse(text, file: path)
  }

  public static func parse(_ text: String, file: String) throws(ScenarioError) -> Scenario {
    let root: StrictNode
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw ScenarioError(file: file, line: 0, message: "is empty; docs/scenarios.md says what stands in a scenario")
      }
      root = StrictNode(node: node, file: file)
    } catch let error as ScenarioError {
      throw error
    } catch {
      throw ScenarioError(file: file, line: Self.line(of: error), message: "is not YAML: \(Self.words(of: error))")
    }
    let keys = try root.entries(["name", "about", "board", "seed", "start", "host", "echo", "tail", "timeline"])
    guard let name = keys["name"] else { throw root.error("\"name\" is missing") }
    guard let steps = keys["timeline"] else { throw root.error("\"timeline\" is missing") }
    var scenario = Scenario(
      name: try name.text(), folder: URL(fileURLWithPath: file).deletingLastPathComponent().path, board: "sim/glasses", seed: 1,
      start: Date(timeIntervalSince1970: 0), host: HostSetup(), timeline: [], tail: .seconds(1))
    if let board = keys["board"] { scenario.board = try board.text() }
    if let seed = keys["seed"] { scenario.seed = UInt64(try seed.integer(0...Int.max)) }
    if let echo = keys["echo"] { scenario.echo = try echo.integer(0...60) }
    if let tail = keys["tail"] { scenario.tail = try tail.duration() }
    scenario.start = try keys["start"].map { (node) throws(ScenarioError) in try Self.date(node) } ?? Self.standardStart
    if let host = keys["host"] { scenario.host = try Self.host(host) }
    var builder = TimelineBuilder()
    for step in try steps.list() { try builder.add(step, round: nil) }
    guard !builder.entries.isEmpty else { throw steps.error("the timeline is empty") }
    scenario.timeline = builder.entries
    return scenario
  }

  /// Monday 2 November 2026, 09:00 UTC: scenarios that do not care about the date still get the same one each time.
  static let standardStart = Date(timeIntervalSince1970: 1_793_610_000)

  private static func date(_ node: StrictNode) throws(ScenarioError) -> Date {
    let text = try node.text()
    let style = Date.ISO8601FormatStyle()
    guard let date = try? style.parse(text) else { throw node.error("\"\(text)\" is not a date such as 2026-11-02T09:00:00Z") }
    return date
  }

  private static func host(_ node: StrictNode) throws(ScenarioError) -> HostSetup {
    let keys = try node.entries(["assistant", "transcripts", "answers", "picture_text", "paired", "delays", "tone"])
    var setup = HostSetup()
    let isEmbedded = try keys["assistant"]?.choice(["scripted", "embedded"]) == "embedded"
    if isEmbedded {
      for key in ["transcripts", "answers", "picture_text", "tone"] {
        if let stray = keys[key] { throw stray.error("\"\(key)\" belongs to the scripted assistant only") }
      }
      setup.assistant = .embedded
    } else {
      let transcripts = try keys["transcripts"].map { (node) throws(ScenarioError) in try texts(node) }
      setup.assistant = .scripted(
        transcripts: transcripts ?? ["what time is it"],
        answers: try keys["answers"].map { (node) throws(ScenarioError) in try texts(node) },
        pictureText: try keys["picture_text"].map { (node) throws(ScenarioError) in try texts(node) } ?? [])
    }
    if let paired = keys["paired"] {
      setup.pairing = HostSetup.Pairing(rawValue: try paired.choice(HostSetup.Pairing.allCases.map { $0.rawValue }))!
    }
    if let tone = keys["tone"] { setup.toneLength = try tone.duration() }
    if let delays = keys["delays"] {
      let stages = try delays.entries(["transcript", "sentence", "sound"])
      setup.transcriptDelay = try stages["transcript"]?.duration()
      setup.sentenceDelay = try stages["sentence"]?.duration()
      setup.soundDelay = try stages["sound"]?.duration()
    }
    return setup
  }

  private static func texts(_ node: StrictNode) throws(ScenarioError) -> [String] {
    var texts: [String] = []
    for item in try node.list() { texts.append(try item.text()) }
    return texts
  }

  private static func line(of error: any Error) -> Int {
    guard let error = error as? YamlError else { return 0 }
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): return mark.line
    case .duplicatedKeysInMapping(_, let context): return context.mark.line
    default: return 0
    }
  }

  private static func words(of error: any Error) -> String {
    guard let error = error as? YamlError else { return "\(error)" }
    switch error {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): return problem
    case .duplicatedKeysInMapping(let duplicates, _):
      return "keys are stated twice: \(duplicates.map { "\($0)" }.joined(separator: ", "))"
    default: return "\(error)"
    }
  }
}
