import ArgumentParser
import BoardFile
import Foundation
import Glibc
import Scenario

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look at this machine part by part: what is there, what is wrong, and what mends it.",
    discussion: """
      Examples:
        sotto doctor
        sotto doctor --board boards/raspberrypi/zero-2-w
        sotto doctor --yes --json

      It is `sottod --doctor`, which also runs where this tool does not: on the glasses. Without --yes a person at a terminal is asked
      before anything sounds, lights up or is recorded; without a terminal devices are only looked at. docs/doctor.md has the JSON keys.
      Exit codes: 0 nothing is wrong, 1 something is, 2 wrong command line, 3 the board file or sottod cannot be used.
      """)

  @Option(help: ArgumentHelp("Hold the machine against this board.toml, or its folder.", valueName: "board"))
  var board: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Flag(help: "Try everything without asking: a picture, a tone, the recording light, a test card.")
  var yes = false

  @Option(help: ArgumentHelp("This part only; may be given several times.", valueName: "name"))
  var part: [String] = []

  @Option(help: ArgumentHelp("Watch this GPIO line, too: gpiochip0:17; may be given several times.", valueName: "chip:line"))
  var line: [String] = []

  @Option(help: ArgumentHelp("Where the test picture is put.", valueName: "dir"))
  var out: String?

  @Option(help: ArgumentHelp("The folder of sottod (default: beside sotto).", valueName: "dir"))
  var programs: String?

  func run() throws {
    var arguments = ["--doctor"]
    if json { arguments.append("--json") }
    if yes { arguments.append("--yes") }
    for name in part { arguments += ["--part", name] }
    for name in line { arguments += ["--line", name] }
    if let out { arguments += ["--out", out] }
    if let board { arguments += ["--board", try Self.handed(board)] }
    let program = Programs(folder: programs).glasses
    // This process becomes sottod: it has the terminal, and its exit code is the answer.
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    execv(program, words)
    throw Failure(
      Failure.environment,
      "cannot start \(program) (\(String(cString: strerror(errno)))): build it with \"swift build --product sottod\", or name its folder with --programs"
    )
  }

  /// The board's flat form in a pipe that sottod reads as a file. It fits into the pipe, so that nobody need write on.
  private static func handed(_ path: String) throws -> String {
    let flat: String
    do {
      flat = try BoardFile.load(path).flat
    } catch {
      throw Failure(Failure.environment, error.description)
    }
    var ends: [Int32] = [0, 0]
    let bytes = Array(flat.utf8)
    guard pipe(&ends) == 0, write(ends[1], bytes, bytes.count) == bytes.count else {
      throw Failure(Failure.environment, "the board file cannot be handed to sottod (\(String(cString: strerror(errno))))")
    }
    close(ends[1])
    return "/dev/fd/\(ends[0])"
  }

  /// What the doctor says of this machine, as JSON, with nothing tried.
  static func report(programs: String?) throws -> Data {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: Programs(folder: programs).glasses)
    process.arguments = ["--doctor", "--json"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw Failure(
        Failure.environment,
        "cannot start sottod (\(plainReason(error))): build it with \"swift build --product sottod\", or name its folder with --programs"
      )
    }
    let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
    process.waitUntilExit()
    return data
  }
}
