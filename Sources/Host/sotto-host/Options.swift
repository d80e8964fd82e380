import ArgumentParser
import Foundation
import HostLink

/// Where the host keeps what it knows.
struct StateOption: ParsableArguments {
  @Option(
    name: .customLong("state"),
    help: ArgumentHelp("The state directory; it is made when it is not there.", valueName: "directory"))
  var path = "~/.local/state/sotto-host"

  func open() throws -> HostStore {
    try HostStore(directory: NSString(string: path).expandingTildeInPath)
  }
}

/// Where the host listens.
struct ListenOption: ParsableArguments {
  @Option(
    name: .customLong("listen"),
    help: ArgumentHelp("Where to listen. 0.0.0.0:7437 takes glasses from the network.", valueName: "host:port"))
  var text = "127.0.0.1:7437"

  var address: ListenAddress { get throws { try ListenAddress(parsing: text) } }

  func validate() throws {
    do {
      _ = try address
    } catch {
      throw ValidationError("\(error)")
    }
  }
}

/// How the commands end; docs/host.md explains each to a person.
enum HostExit {
  static let failed = ExitCode(1)
  static let nothingPaired = ExitCode(2)
  static let digitsDiffer = ExitCode(3)
  static let timeOver = ExitCode(4)
  static let noAttemptsLeft = ExitCode(5)
  static let noSuchDevice = ExitCode(6)
  static let noSuchEntry = ExitCode(7)
  static let backEndFailed = ExitCode(8)
  static let partFailed = ExitCode(9)
}

/// Runs a command's body; what fails is said on standard error and becomes exit code 1.
func sayingFailures(_ body: () async throws -> Void) async throws {
  do {
    try await body()
  } catch let code as ExitCode {
    throw code
  } catch {
    Terminal.complain("\(error)")
    throw HostExit.failed
  }
}
