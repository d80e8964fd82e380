import ArgumentParser
import Assistant
import Foundation

struct Ask: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Ask the local skills in writing and print the answer.")

  @Argument(help: "The question.") var question: String
  @Option(help: "The picture that the wearer looks at.") var picture: String?
  @Option(help: "The memory's database; without it nothing is kept.") var memory: String?

  func run() async throws {
    let assistant = try Assistant(configuration: .scripted(Script(transcripts: [], answers: nil), memoryPath: memory))
    let turn = assistant.turn(TurnContext(deviceIdentifier: "command line", deviceName: "Glasses", turn: 1, wantsSpeech: false))
    await turn.handle(.text(question), emit: Self.show)
    if let picture, let data = FileManager.default.contents(atPath: picture) {
      await turn.handle(
        .picture(Picture(bytes: [UInt8](data), format: picture.hasSuffix(".png") ? .png : .jpeg)), emit: Self.show)
    } else {
      await turn.handle(.pictureFailed("no picture was given"), emit: Self.show)
    }
  }

  @Sendable private static func show(_ output: TurnOutput) async {
    switch output {
    case .answer(let sentence): print(sentence)
    case .card(let title, let body): print("[\(title)] \(body.replacing("\n", with: " / "))")
    case .reminder(_, let after, let title, let body): print("(in \(after)) \(title): \(body)")
    case .ended(.failed(let reason)): print("failed: \(reason)")
    case .transcript, .soundsFinished, .wantPicture, .speech, .times, .ended: break
    }
  }
}
