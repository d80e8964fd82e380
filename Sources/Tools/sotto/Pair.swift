import ArgumentParser
import Foundation
import Scenario

struct Pair: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Pair glasses with this host, step by step.",
    discussion: """
      Glasses and host show six digits that both make from their keys: when they are the same, nobody stands in between. Only
      glasses whose button is being held take part, and only while the host waits.

      Example:
        sotto pair --listen 192.168.1.20:7437
      """)

  @Option(help: ArgumentHelp("The address on which the glasses reach this host.", valueName: "host:port"))
  var listen: String = "127.0.0.1:7437"

  @Option(help: ArgumentHelp("The host's state folder (default: that of sotto-host).", valueName: "dir"))
  var state: String?

  @Option(help: ArgumentHelp("The folder of sotto-host (default: beside sotto).", valueName: "dir"))
  var programs: String?

  func run() throws {
    say(
      """
      1. Take the glasses in your hand and hold their button for three seconds.
      2. Glasses and host each show six digits. Compare them.
      3. If they are the same: press the glasses' button once, and answer yes below. If not: answer no.

      """)
    // The host takes this process's place: it asks at the terminal, and control-C reaches it. A child of Foundation's `Process` is
    // put into the background, where it cannot read what the person answers.
    let program = Programs(folder: programs).host
    let words = [program, "pair", "--listen", listen] + (state.map { ["--state", $0] } ?? [])
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    execv(program, arguments)
    let reason = String(cString: strerror(errno))
    throw Failure(
      Failure.environment,
      "cannot start \(program) (\(reason)): build it with \"swift build --product sotto-host\", or name its folder with --programs"
    )
  }
}
