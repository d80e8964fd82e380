import ArgumentParser
import Foundation

@main
struct Sotto: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sotto",
    abstract: "The developer's tool of Sotto: scenarios, boards, pairing and traces.",
    discussion: """
      Examples:
        sotto sim --scenario Tests/Scenarios/button-query.yaml
        sotto sim --real-time --scenario Tests/Scenarios/tour.yaml --keep
        sotto board check boards/sim/glasses --flat glasses.flat
        sotto doctor --board boards/raspberrypi/zero-2-w
        sotto power day --board ti/am62l-evm
        sotto power explain --control out/state/glasses/control
        sotto wake bench recording.wav
        sotto trace summary out/glasses.trace.json

      Exit codes: 0 all is well; 1 an expectation or a check failed; 2 the command line or a scenario file is wrong;
      3 this machine lacks something, and the message says what.
      """,
    subcommands: [
      Sim.self, Run.self, Endure.self, Hil.self, Pair.self, Board.self, Doctor.self, Power.self, WakeCommand.self, Trace.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      complain(failure.message)
      Foundation.exit(failure.code)
    } catch {
      // ArgumentParser's own code for a wrong command line is 64.
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      complain(fullMessage(for: error))
      Foundation.exit(Failure.usage)
    }
  }
}

/// What ends the program with a message and a code.
struct Failure: Error {
  static let expectation: Int32 = 1
  static let usage: Int32 = 2
  static let environment: Int32 = 3

  var code: Int32
  var message: String

  init(_ code: Int32, _ message: String) {
    self.code = code
    self.message = message
  }
}

func complain(_ text: String) {
  try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
}

/// Writes text to standard output at once.
func say(_ text: String, end: String = "\n") {
  try? FileHandle.standardOutput.write(contentsOf: Data((text + end).utf8))
}
