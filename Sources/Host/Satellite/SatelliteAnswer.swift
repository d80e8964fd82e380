import Assistant
import Wyoming

/// What a run of the smart home's pipeline means for the turn.
struct SatelliteAnswer {
  /// Home Assistant's code for sound without words.
  private static let nothingHeard = "stt-no-text-recognized"

  /// How it ended, once it has.
  private(set) var end: TurnEnd?
  private var sound: ServiceSound?

  mutating func take(_ message: WyomingMessage) throws -> [TurnOutput] {
    switch message {
    case .transcript(let text):
      guard text.contains(where: { $0.isLetter || $0.isNumber }) else {
        end = .nothingHeard
        return []
      }
      return [.transcript(text, isFinal: true)]
    case .transcriptChunk(let text): return [.transcript(text, isFinal: false)]
    case .voiceStopped: return [.soundsFinished]
    case .synthesize(let text, _): return [.card(title: "Answer", body: text)] + Sentences.of(text).map { .answer($0) }
    case .audioStart(let format):
      sound = ServiceSound(rate: format.rate)
      return []
    case .audioChunk(let format, let bytes):
      let feed = sound ?? ServiceSound(rate: format.rate)
      sound = feed
      let samples = try feed.take(format.mono(bytes))
      return samples.isEmpty ? [] : [.speech(samples)]
    case .audioStop:
      end = .answered
      return []
    case .error(let words, let code):
      end = code == Self.nothingHeard ? .nothingHeard : .failed("The smart home failed: \(words.prefix(200)).")
      return []
    case .describe, .info, .ping, .pong, .played, .voiceStarted, .transcribe, .transcriptStart, .transcriptStop,
      .synthesizeStart, .synthesizeChunk, .synthesizeStop, .synthesizeStopped, .recognize, .intent, .notRecognized,
      .handled, .notHandled, .handledStart, .handledChunk, .handledStop, .detect, .detection, .notDetected, .runSatellite,
      .pauseSatellite, .runPipeline,
      .streamingStarted, .streamingStopped, .satelliteConnected, .satelliteDisconnected, .timerFinished, .other:
      return []
    }
  }
}
