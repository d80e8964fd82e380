import ArgumentParser
import BoardFile
import Foundation
import Scenario

/// Plays a scenario on glasses that run elsewhere. `tools/hil` starts it, once it has an agent beside them.
struct Hil: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Play a scenario on other hardware, through the agent beside the glasses (tools/hil starts this).",
    discussion: """
      The firmware and its devices are on the other hardware, the host is on this machine. Deadlines are stretched: an emulated
      processor is judged by what comes and in which order.

      JSON keys: as those of `sotto sim` (docs/scenarios.md).
      """)

  @Option(help: ArgumentHelp("The scenario.", valueName: "file"))
  var scenario: String

  @Option(help: ArgumentHelp("An open socket to the agent.", valueName: "descriptor"))
  var agent: Int32

  @Option(help: ArgumentHelp("The folder that the agent sees as its share.", valueName: "dir"))
  var share: String

  @Option(help: ArgumentHelp("Under which name the glasses reach this machine.", valueName: "host"))
  var reach: String

  @Option(help: ArgumentHelp("What the glasses are.", valueName: "vendor/board"))
  var board: String

  @Option(help: ArgumentHelp("Where the traces go.", valueName: "dir"))
  var out: String

  @Option(help: ArgumentHelp("The folder of board files.", valueName: "dir"))
  var boards: String?

  @Option(help: ArgumentHelp("The folder of sotto-host (default: beside sotto).", valueName: "dir"))
  var programs: String?

  @Flag(help: "Print one JSON object on standard output; progress goes to standard error.")
  var json = false

  func run() throws {
    var file: Scenario
    do { file = try Scenario.load(scenario) } catch { throw Failure(Failure.usage, error.description) }
    var settings = RigOptions(boards: boards ?? Play.boardsFolder(), out: out, programs: Programs(folder: programs))
    settings.agent = AgentOptions(descriptor: agent, share: share, reach: reach)

    let (name, lack) = HardwareFit.board(for: file, own: board, boards: settings.boards)
    let report: ScenarioReport
    if let reason = HardwareFit.objection(to: file) ?? lack {
      report = ScenarioReport(scenario: file.name, seed: file.seed, passed: false, skipped: reason)
    } else {
      file.board = name
      report = try play(file.stretched(by: .emulated), settings)
    }
    say(json ? report.json : report.text(file: scenario))
    if report.skipped != nil { throw ExitCode(Failure.environment) }
    if !report.passed { throw ExitCode(Failure.expectation) }
  }

  private func play(_ file: Scenario, _ settings: RigOptions) throws -> ScenarioReport {
    do {
      let view = LiveView(screen: Screen(toError: true))
      let rig = try ProcessRig(file, options: settings) { view.show($0) }
      let signals = Signals { [signalled = rig.signalled] in signalled($0) }
      defer { signals.cancel() }
      return try rig.play()
    } catch let error as MediaError where error.isLackOfSetUp {
      return ScenarioReport(scenario: file.name, seed: file.seed, passed: false, skipped: error.description)
    } catch {
      throw Failure(Failure.environment, "sotto: \(scenario): \(error)")
    }
  }
}
