import Foundation

/// Another process that a test talks to line by line.
final class Child {
  private let process: Process
  private let input = Pipe()
  private let output = Pipe()
  private var pending = Data()

  init(_ program: String, _ arguments: [String]) throws {
    process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  func write(_ text: String) { input.fileHandleForWriting.write(Data(text.utf8)) }

  /// The next line of its output; nil at its end.
  func line() -> String? {
    while true {
      if let end = pending.firstIndex(of: 10) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending = Data(pending[(end + 1)...])
        return line
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { return nil }
      pending += more
    }
  }

  /// SIGKILL, and waits for the end.
  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Ends its input, and waits for the end.
  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}

extension Process {
  /// A program that is built with the tests: it stands beside the test bundle.
  static func tool(_ name: String, _ arguments: [String]) throws -> Child {
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return try Child(folder.appendingPathComponent(name).path, arguments)
  }

  /// Python's own SQLite holds a transaction until its input ends.
  static func sqlite(_ database: String, _ statements: String) throws -> Child {
    let script = """
      import sqlite3, sys
      connection = sqlite3.connect(sys.argv[1], isolation_level=None)
      for statement in sys.argv[2].split(";"):
          for row in connection.execute(statement): print(row[0], flush=True)
      sys.stdin.read()
      """
    return try Child("/usr/bin/python3", ["-c", script, database, statements])
  }
}
