import ArgumentParser
import BoardFile
import CLinux
import Foundation
import Scenario

struct Power: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What a board's battery lasts, where the energy goes, and who holds what up.",
    subcommands: [Day.self, Explain.self])

  struct Day: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Play a whole day on a board's figures and account for the energy.",
      discussion: """
        The real firmware and the real host play the day in virtual time; the energy is modelled from the board file's figures, whose
        sources stand beside them. docs/power-model.md says what that is worth and how to calibrate it.

        Examples:
          sotto power day --board ti/am62l-evm
          sotto power day --board raspberrypi/zero-2-w --battery 2000 --png day.png
          sotto power day --board sim/glasses --what-if display.on=60mW --what-if listening.armed_while_worn=true --json

        JSON keys: battery_hours, wakeups_per_hour, energy_mwh (by part), mj_per_query, wall_seconds, trace_sha256 and more
        (docs/power-model.md).
        """)

    @Option(help: ArgumentHelp("The board: vendor/board, its folder or its file.", valueName: "board"))
    var board: String = "sim/glasses"

    @Option(help: ArgumentHelp("Another battery, in milliampere hours at 3.7 V.", valueName: "mAh"))
    var battery: Double?

    @Option(help: ArgumentHelp("Another day than Tests/Scenarios/power-day.yaml (docs/scenarios.md).", valueName: "file"))
    var scenario: String?

    @Option(
      help: ArgumentHelp(
        "Change a figure (display.on=60mW) or a key (link.parked_for=\"1 min\"); again for more.", valueName: "change"))
    var whatIf: [String] = []

    @Option(help: "Replaces the scenario's seed.")
    var seed: UInt64?

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    @Option(help: ArgumentHelp("Draw the day as a PNG.", valueName: "file"))
    var png: String?

    @Option(help: ArgumentHelp("Keep the trace in this folder.", valueName: "dir"))
    var out: String?

    @Option(help: ArgumentHelp("The folder of board files.", valueName: "dir"))
    var boards: String?

    func validate() throws {
      if let battery, !(battery >= 1 && battery <= 25_000) { throw ValidationError("--battery is from 1 to 25000 mAh") }
    }

    func run() throws {
      // Glasses and host take turns in virtual time: on two cores they would wait for each other's core to wake.
      _ = sotto_stay_on_core()
      let boards = boards ?? Play.boardsFolder()
      let day = try loadScenario(boards)
      let board = try loadBoard(boards)
      let temporary = out == nil ? NSTemporaryDirectory() + "sotto-day-\(UUID().uuidString)" : nil
      defer { if let temporary { try? FileManager.default.removeItem(atPath: temporary) } }
      var options = RigOptions(boards: boards, out: out ?? temporary ?? "out")
      options.seed = seed
      let report: DayReport
      do {
        report = try PowerDay.play(day, on: board, options: options, whatIf: changes)
      } catch {
        throw Failure(Failure.environment, "sotto: \(error)")
      }
      if let png, !DayPicture(report).write(to: png) { throw Failure(Failure.environment, "cannot write \(png)") }
      say(json ? report.json : report.text(columns: Screen(toError: false).columns))
      for failure in report.failures {
        complain("line \(failure.line): at \(failure.seconds) s: expected \(failure.expected); seen: \(failure.seen)")
      }
      if !report.passed { throw ExitCode(Failure.expectation) }
    }

    private var changes: [String] {
      (battery.map { ["battery.milliwatt_hours=\(Int(($0 * 3.7).rounded()))"] } ?? []) + whatIf
    }

    private func loadScenario(_ boards: String) throws -> Scenario {
      let standard = URL(fileURLWithPath: boards).standardizedFileURL.deletingLastPathComponent()
        .appendingPathComponent("Tests/Scenarios/power-day.yaml").path
      do { return try Scenario.load(scenario ?? standard) } catch { throw Failure(Failure.usage, error.description) }
    }

    /// What is given is a name below the boards folder, or a path.
    private func loadBoard(_ boards: String) throws -> BoardFile {
      let named = boards + "/" + board
      let path = FileManager.default.fileExists(atPath: named) ? named : board
      do throws(BoardFileError) {
        var file = try BoardFile.load(path)
        if battery != nil, file.batteryMilliwattHours == nil {
          file = try file.changed("battery.source=estimate: given on the command line")
        }
        for change in changes { file = try file.changed(change) }
        return file
      } catch {
        throw Failure(Failure.usage, error.description)
      }
    }
  }
}
