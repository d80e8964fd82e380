import Foundation

/// Runs another program, found in `PATH`: for programs whose licence does not allow linking them.
enum Program {
  /// Runs it to its end, or until `take` returns false. Blocks. `take` gets its output as it comes.
  static func run(
    _ name: String, _ arguments: [String], input: String, part: BackEndFailure.Part, take: (Data) throws -> Bool
  ) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [name] + arguments
    let (questions, answers) = (Pipe(), Pipe())
    process.standardInput = questions
    process.standardOutput = answers
    process.standardError = FileHandle.nullDevice
    do {
      try process.runUnblocked()
      // A sentence fits the pipe, so writing it does not wait for the program.
      try questions.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try questions.fileHandleForWriting.close()
    } catch {
      throw BackEndFailure(part, "the program \(name) could not be started")
    }
    var wanted = true
    while wanted {
      let piece = answers.fileHandleForReading.availableData
      if piece.isEmpty { break }
      wanted = try take(piece)
    }
    if !wanted { process.terminate() }
    process.waitUntilExit()
    if wanted, process.terminationStatus != 0 {
      throw BackEndFailure(
        part, process.terminationStatus == 127 ? "the program \(name) is not installed" : "the program \(name) failed")
    }
  }
}
