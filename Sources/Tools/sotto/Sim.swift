import ArgumentParser
import BoardFile
import Foundation
import Reports
import Scenario

/// What `sim` and `run` take alike.
struct PlayOptions: ParsableArguments {
  @Option(help: "Replaces the scenario's seed.")
  var seed: UInt64?

  @Flag(help: "Print one JSON object on standard output; progress goes to standard error.")
  var json = false

  @Flag(help: "Stay after the scenario and take keys: space button, w wear, s say a clip, t type a question, l look, q quit.")
  var keep = false

  @Option(help: ArgumentHelp("Where trace, sound and pictures go.", valueName: "dir"))
  var out: String?

  @Option(help: ArgumentHelp("Keep keys, pairing and memory in this folder from play to play.", valueName: "dir"))
  var state: String?

  @Option(help: ArgumentHelp("The folder of board files.", valueName: "dir"))
  var boards: String?

  @Option(help: ArgumentHelp("The folder of sottod and sotto-host (default: beside sotto).", valueName: "dir"))
  var programs: String?

  @Option(
    help: ArgumentHelp(
      "Who answers in the place of the embedded assistant: local, or a configuration of back ends (docs/back-ends.md).",
      valueName: "who"))
  var assistant: String?

  @Option(help: ArgumentHelp("Hear through a real microphone.", valueName: "alsa:name"))
  var mic: String?

  @Option(help: ArgumentHelp("Play the answers on a real speaker.", valueName: "alsa:name"))
  var speaker: String?

  @Option(help: ArgumentHelp("See through a camera (/dev/video0), a picture or a folder of pictures.", valueName: "path"))
  var camera: String?
}

struct Sim: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Play a scenario on the simulated glasses.",
    discussion: """
      In virtual time (the default) firmware and host run in this process, a day takes seconds, and the same seed gives the same
      trace. With --real-time they are two processes, paired over the loopback interface, and you see what happens.

      Examples:
        sotto sim --scenario Tests/Scenarios/button-query.yaml --seed 7 --json
        sotto sim --real-time --scenario Tests/Scenarios/tour.yaml --speaker alsa:default --keep

      JSON keys: passed, trace_sha256, virtual_seconds, wall_seconds, scenario, seed, failures, skipped (docs/scenarios.md).
      """)

  @Option(help: ArgumentHelp("The scenario (docs/scenarios.md).", valueName: "file"))
  var scenario: String

  @Flag(help: "Two processes in real time instead of virtual time in one.")
  var realTime = false

  @OptionGroup var options: PlayOptions

  func validate() throws {
    if !realTime {
      for (given, name) in [
        (options.keep, "--keep"), (options.mic != nil, "--mic"), (options.speaker != nil, "--speaker"),
        (options.camera != nil, "--camera"), (options.assistant != nil, "--assistant"), (options.state != nil, "--state"),
      ] where given {
        throw ValidationError("\(name) needs --real-time")
      }
    }
  }

  func run() throws {
    try Play(scenario: scenario, realTime: realTime, options: options).run()
  }
}

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show Sotto at work: glasses and host as two processes, paired, with recorded speech.",
    discussion: """
      The same as `sotto sim --real-time` with the tour as the scenario.

      Example:
        sotto run --keep --speaker alsa:default
      """)

  @Option(help: ArgumentHelp("Another scenario than the tour.", valueName: "file"))
  var scenario: String = "Tests/Scenarios/tour.yaml"

  @OptionGroup var options: PlayOptions

  func run() throws {
    try Play(scenario: scenario, realTime: true, options: options).run()
  }
}

/// Plays one scenario and reports.
struct Play {
  let scenario: String
  let realTime: Bool
  let options: PlayOptions

  func run() throws {
    do {
      try play()
    } catch let failure as Failure {
      // A program that asked for one object gets one, whatever happened.
      if options.json { say(jsonLine(Refusal(error: failure.message))) }
      throw failure
    }
  }

  /// What `--json` prints when there was no play.
  private struct Refusal: Encodable {
    var passed = false
    var error: String

    init(error: String) { self.error = error }
  }

  private func play() throws {
    let file: Scenario
    do { file = try Scenario.load(scenario) } catch { throw Failure(Failure.usage, error.description) }
    let temporary = realTime || options.out != nil ? nil : NSTemporaryDirectory() + "sotto-sim-\(UUID().uuidString)"
    defer { if let temporary { try? FileManager.default.removeItem(atPath: temporary) } }
    var settings = RigOptions(
      boards: options.boards ?? Self.boardsFolder(), out: options.out ?? temporary ?? "out",
      programs: Programs(folder: options.programs))
    settings.seed = options.seed
    settings.state = options.state
    settings.microphone = options.mic
    settings.speaker = options.speaker
    settings.camera = options.camera
    settings.assistant = options.assistant
    settings.keeps = options.keep
    settings.keepsMedia = options.out != nil

    guard FileManager.default.fileExists(atPath: settings.boards + "/" + file.board) else {
      throw Failure(
        Failure.usage,
        "\(scenario): there is no board \(file.board) in \(settings.boards): correct \"board:\", or name another folder with --boards"
      )
    }
    let report: ScenarioReport
    do {
      report = realTime ? try playInRealTime(file, settings) : try VirtualRig.report(file, options: settings, news: Self.tell)
    } catch let error as BoardFileError {
      throw Failure(Failure.usage, error.description)
    } catch let error as Failure {
      throw error
    } catch let error as MediaError where !error.isLackOfSetUp {
      throw Failure(Failure.usage, "\(scenario): \(error)")
    } catch {
      throw Failure(Failure.environment, "sotto: \(error)")
    }
    say(options.json ? report.json : report.text(file: scenario))
    if report.skipped != nil { throw ExitCode(Failure.environment) }
    if !report.passed { throw ExitCode(Failure.expectation) }
  }

  /// What host and board have to say beside the trace: a broken sound file, a refused peer.
  private static func tell(_ news: RigNews) {
    if case .words(let text, let source) = news { complain("\(source): \(text)") }
  }

  private func playInRealTime(_ file: Scenario, _ settings: RigOptions) throws -> ScenarioReport {
    let screen = Screen(toError: options.json)
    let view = LiveView(screen: screen)
    let rig = try ProcessRig(file, options: settings) { view.show($0) }
    let signals = Signals { [signalled = rig.signalled] in signalled($0) }
    defer { signals.cancel() }
    let keyboard = settings.keeps ? RawTerminal(pressed: rig.pressed) : nil
    defer { keyboard?.restore() }
    let report = try rig.play()
    keyboard?.restore()
    view.finish()
    if let text = try? String(contentsOfFile: rig.tracePath, encoding: .utf8), let events = try? TraceEvent.parse(trace: text) {
      screen.line("\n" + TraceSummary(events).text + "\n")
    }
    screen.line("trace, sound and pictures: \(settings.out)")
    return report
  }

  /// `boards` here, or above the program: it is built below the repository.
  static func boardsFolder() -> String {
    var folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map { URL(fileURLWithPath: $0) }
    for start in [folder, program?.deletingLastPathComponent()].compactMap({ $0 }) {
      folder = start
      while folder.path != "/" {
        let boards = folder.appendingPathComponent("boards").path
        if FileManager.default.fileExists(atPath: boards + "/sim/glasses/board.toml") { return boards }
        folder.deleteLastPathComponent()
      }
    }
    return "boards"
  }
}
