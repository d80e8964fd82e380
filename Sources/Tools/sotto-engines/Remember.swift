import ArgumentParser
import Foundation
import Memory

struct Remember: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put facts into a memory, one from each line of standard input; each is printed once it is on disk.")

  @Argument(help: "The memory's database.") var database: String
  @Option(help: "The device whose wearer is to be told.") var device = "command line"

  func run() async throws {
    let memory = try Memory(path: database)
    while let line = readLine() {
      _ = try await memory.remember(Fact(device: device, text: line, subject: nil, at: Date()))
      FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
  }
}
