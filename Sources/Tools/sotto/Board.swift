import ArgumentParser
import BoardFile
import Foundation
import Reports
import Scenario

struct Board: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draft and check board files, and make the flat form that the firmware reads.", subcommands: [Check.self, New.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what is wrong with a board file.",
      discussion: """
        Examples:
          sotto board check boards/sim/glasses
          sotto board check boards/sim/glasses --flat glasses.flat
          sotto board check boards/sim/glasses --json

        JSON keys: valid, problems (file, key, message, unfilled), vendor, name, capabilities (docs/boards.md).
        """)

    @Argument(help: "The board.toml file, or its folder.")
    var path: String

    @Option(help: ArgumentHelp("Also write the flat file; - is standard output.", valueName: "file"))
    var flat: String?

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
      if json, flat == "-" { throw ValidationError("--json and --flat - both want standard output") }
    }

    func run() throws {
      let board: BoardFile
      do {
        board = try BoardFile.load(path)
      } catch {
        if json { say(Self.json(error.problems)) } else { complain(error.description) }
        throw ExitCode(Failure.expectation)
      }
      if let flat { try write(board.flat, to: flat) }
      if json { return say(Self.json(board)) }
      if flat != "-" { say("\(board.vendor)/\(board.name) is valid: \(board.capabilities.joined(separator: ", "))") }
    }

    private func write(_ text: String, to path: String) throws {
      if path == "-" { return say(text, end: "") }
      do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
      } catch {
        throw Failure(Failure.environment, "cannot write \(path) (\(plainReason(error))): choose another file with --flat")
      }
    }

    private struct Report: Encodable {
      struct Problem: Encodable {
        var file: String
        var key: String
        var message: String
        /// Only not filled in yet, as in a draft.
        var unfilled: Bool
      }
      var valid: Bool
      var problems: [Problem]
      var vendor: String?
      var name: String?
      var capabilities: [String]?
    }

    private static func json(_ problems: [BoardFileProblem]) -> String {
      jsonLine(
        Report(
          valid: false, problems: problems.map { .init(file: $0.file, key: $0.key, message: $0.message, unfilled: $0.isUnfilled) }
        ))
    }

    private static func json(_ board: BoardFile) -> String {
      jsonLine(Report(valid: true, problems: [], vendor: board.vendor, name: board.name, capabilities: board.capabilities))
    }
  }
}
