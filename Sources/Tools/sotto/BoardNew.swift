import ArgumentParser
import BoardFile
import Foundation
import Scenario

extension Board {
  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Draft a board file from what the doctor finds.",
      discussion: """
        Examples:
          sotto board new --vendor acme --name specs
          sotto doctor --json > found.json; sotto board new --from found.json --vendor acme --name specs

        What cannot be seen (power, polarity, the optics) is "unknown" in the draft; `sotto board check` names what is still to be filled in.
        """)

    @Option(
      help: ArgumentHelp(
        "What `sotto doctor --json` or `sottod --doctor --json` printed; - is standard input (default: look now).",
        valueName: "file"))
    var from: String?

    @Option(help: "Who makes the board: lower-case letters, digits, hyphens.")
    var vendor: String

    @Option(help: "The board: lower-case letters, digits, hyphens.")
    var name: String

    @Option(help: ArgumentHelp("The folder of all boards.", valueName: "dir"))
    var boards = "boards"

    @Option(help: ArgumentHelp("The folder of sottod (default: beside sotto).", valueName: "dir"))
    var programs: String?

    func validate() throws {
      for (option, text) in [("--vendor", vendor), ("--name", name)]
      where text.isEmpty || !text.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }) {
        throw ValidationError("\(option) takes lower-case letters, digits and hyphens, not \"\(text)\"")
      }
    }

    func run() throws {
      let file = "\(boards)/\(vendor)/\(name)/board.toml"
      if FileManager.default.fileExists(atPath: file) {
        throw Failure(Failure.environment, "\(file) is there already: choose another name, or remove it first")
      }
      let draft: BoardDraft
      do {
        draft = BoardDraft(from: try DoctorReport(json: try found()), vendor: vendor, name: name)
      } catch let error as BoardFileError {
        throw Failure(Failure.environment, error.description)
      }
      do {
        try FileManager.default.createDirectory(atPath: "\(boards)/\(vendor)/\(name)", withIntermediateDirectories: true)
        try Data(draft.text.utf8).write(to: URL(fileURLWithPath: file), options: .withoutOverwriting)
      } catch {
        throw Failure(Failure.environment, "cannot write \(file) (\(plainReason(error))): choose another folder with --boards")
      }
      say("\(file): \(draft.capabilities.isEmpty ? "no parts found" : draft.capabilities.joined(separator: ", "))")
      say("Fill in what is still \"unknown\": sotto board check \(boards)/\(vendor)/\(name)")
    }

    private func found() throws -> Data {
      guard let from else { return try Doctor.report(programs: programs) }
      if from == "-" { return (try? FileHandle.standardInput.readToEnd()) ?? Data() }
      guard let data = FileManager.default.contents(atPath: from) else {
        throw Failure(Failure.environment, "\(from) is not there, or cannot be read")
      }
      return data
    }
  }
}
