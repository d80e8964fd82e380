import ArgumentParser
import Foundation
import Reports
import Scenario
import Units
import Wake
import WakeStudy

struct WakeModels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "What wake words are installed, what they are made of, and whether they run.",
    discussion: """
      Exit codes: 0 all of them run, 1 one of them does not, 3 there is no such folder or nothing is in it.

      JSON keys: folder, words (name, phrase, cutoff, window, model_bytes, memory_bytes, state_bytes, products_per_run, frames_per_run,
      operators (name, count, supported), runs, reason).
      """)

  @Option(help: ArgumentHelp("The folder of wake words (default: those that tools/setup installs).", valueName: "dir"))
  var models: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func run() throws {
    let folder: WordFolder
    do throws(StudyError) {
      folder = try WordFolder(models ?? WordFolder.installed)
    } catch {
      throw Failure(Failure.environment, "sotto: \(error)")
    }
    let rows = folder.entries.map(Row.init)
    say(json ? jsonLine(Report(folder: folder.path, words: rows)) : Self.text(rows))
    if rows.contains(where: { !$0.runs }) { throw ExitCode(Failure.expectation) }
  }

  private static func text(_ rows: [Row]) -> String {
    var table = TextTable([
      TextTable.Column("word"), TextTable.Column("phrase"), TextTable.Column("cutoff", .right),
      TextTable.Column("window", .right),
      TextTable.Column("model", .right), TextTable.Column("memory", .right), TextTable.Column("state", .right),
      TextTable.Column("products", .right), TextTable.Column("runs"),
    ])
    func number(_ value: Int?) -> String { value.map { "\($0)" } ?? "–" }
    for row in rows {
      table.add([
        row.name, row.phrase ?? "–", row.cutoff.map { String(format: "%.2f", $0) } ?? "–", number(row.window),
        number(row.modelBytes), number(row.memoryBytes), number(row.stateBytes), number(row.productsPerRun),
        row.runs ? "yes" : "no: \(row.reason ?? "")",
      ])
    }
    var lines = [table.text, "", "operators:"]
    for row in rows {
      let names = row.operators.map { "\($0.name)\($0.count > 1 ? " ×\($0.count)" : "")\($0.supported ? "" : " (unknown)")" }
      lines.append("  \(row.name): \(names.isEmpty ? "–" : names.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n")
  }

  private struct Report: Encodable {
    var folder: String
    var words: [Row]
  }

  private struct Row: Encodable {
    struct Operator: Encodable {
      var name: String
      var count: Int
      var supported: Bool
    }

    var name: String
    var phrase: String?
    var cutoff: Double?
    var window: Int?
    var modelBytes: Int?
    var memoryBytes: Int?
    var stateBytes: Int?
    var productsPerRun: Int?
    var framesPerRun: Int?
    var operators: [Operator] = []
    var runs: Bool
    var reason: String?

    init(_ entry: WordFolder.Entry) {
      name = entry.name
      phrase = entry.description?.phrase
      cutoff = entry.description?.cutoff
      window = entry.description?.window
      modelBytes = entry.model?.count
      runs = entry.reason == nil
      reason = entry.reason
      if let model = entry.model, let summary = try? ModelSummary(model) {
        operators = summary.operators.map {
          Operator(name: $0.name.map { "\($0)" } ?? "operator \($0.code)", count: $0.count, supported: $0.isSupported)
        }
      }
      guard let word = try? entry.word() else { return }
      memoryBytes = word.size
      stateBytes = word.network.stateSize
      productsPerRun = word.network.products
      framesPerRun = word.network.frames
    }
  }
}
