import Foundation
import Memory
import Testing

@testable import Assistant

/// Everything a turn said, in order.
final class Said: Sendable {
  private let all = Recorder()
  var outputs: [TurnOutput] { get async { await all.outputs } }
  var emit: @Sendable (TurnOutput) async -> Void { { [all] in await all.add($0) } }

  /// The outputs without sound and times, in a short form.
  var story: [String] {
    get async {
      await outputs.compactMap { output in
        switch output {
        case .transcript(let text, let isFinal): "\(isFinal ? "final" : "partial") \(text)"
        case .soundsFinished: "sounds finished"
        case .wantPicture: "want picture"
        case .answer(let text): "answer \(text)"
        case .card(let title, let body): "card \(title): \(body)"
        case .reminder(_, let after, let title, let body): "reminder \(after) \(title): \(body)"
        case .ended(let end): "ended \(end)"
        case .speech: "speech"
        case .times: nil
        }
      }.reduce(into: []) { story, line in if line != "speech" || story.last != "speech" { story.append(line) } }
    }
  }

  private actor Recorder {
    var outputs: [TurnOutput] = []
    func add(_ output: TurnOutput) { outputs.append(output) }
  }
}

/// 2026-11-23, a Monday, 15:05 UTC.
let someDay = Date(timeIntervalSince1970: 1_795_446_300)

func context(wantsSpeech: Bool = true, status: StatusOfGlasses? = StatusOfGlasses(batteryPercent: 62)) -> TurnContext {
  TurnContext(
    deviceIdentifier: "glasses", deviceName: "Test glasses", turn: 1, status: status, now: { someDay }, wantsSpeech: wantsSpeech)
}

/// Half a second of sound.
let halfSecond = [Int16](repeating: 1000, count: SampleRate.heard / 2)
