import Foundation

/// One of the programs under test.
final class ChildProcess {
  let role: ProcessRole
  private let process = Process()
  private let input = Pipe()

  /// Starts `program`; what it writes and its end go to the mailbox.
  init(_ role: ProcessRole, program: String, arguments: [String], mailbox: Mailbox) throws(RigError) {
    self.role = role
    let output = Pipe()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    process.terminationHandler = { mailbox.post(.ended(role, status: $0.terminationStatus)) }
    do {
      try process.run()
    } catch {
      throw RigError(
        "cannot start \(program) (\(plainReason(error))): build it with \"swift build --product \((program as NSString).lastPathComponent)\", or name its folder with --programs"
      )
    }
    let isGlasses = role == .glasses
    readLines(of: output.fileHandleForReading) { mailbox.post(isGlasses ? .glasses($0) : .host($0)) }
    readLines(of: errors.fileHandleForReading) { mailbox.post(.words($0, from: role.rawValue)) }
  }

  var isRunning: Bool { process.isRunning }
  var identifier: Int32 { process.processIdentifier }

  /// Writes a line to its standard input. A program that is gone takes nothing; its end is reported elsewhere.
  func send(_ line: String) {
    try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
  }

  func kill() {
    if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  /// Asks it to end, and ends it after `patience` seconds.
  func stop(patience: Double = 3) {
    guard process.isRunning else { return }
    process.terminate()
    let deadline = Date().addingTimeInterval(patience)
    while process.isRunning, Date() < deadline { usleep(10_000) }
    kill()
  }
}

/// Why a rig cannot play: something that the machine or its set-up lacks, in words that say what to do.
public struct RigError: Error, Sendable, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = description }
}

/// The programs that a real-time rig starts.
public struct Programs: Sendable {
  public var glasses: String
  public var host: String

  /// Those in `folder`, or beside the running program.
  public init(folder: String? = nil) {
    let here =
      folder ?? (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map {
        ($0 as NSString).deletingLastPathComponent
      } ?? "."
    glasses = here + "/sottod"
    host = here + "/sotto-host"
  }
}
