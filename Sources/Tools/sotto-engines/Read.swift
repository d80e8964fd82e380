import ArgumentParser
import Assistant
import Foundation

struct Read: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print the text and the codes in pictures (JPEG or PNG).")

  @Argument(help: "The pictures.") var paths: [String]

  func run() async throws {
    let reader = EmbeddedEngines.reader()
    try await reader.warmUp()
    for path in paths {
      guard let data = FileManager.default.contents(atPath: path) else { throw ValidationError("\(path) cannot be read") }
      let start = ContinuousClock.now
      let found = try await reader.read(Picture(bytes: [UInt8](data), format: path.hasSuffix(".png") ? .png : .jpeg))
      print("\(path) (\(milliseconds(ContinuousClock.now - start)) ms)")
      for line in found.lines { print("  \(line)") }
      for code in found.codes { print("  \(code.kind): \(code.text)") }
    }
  }
}
