import Synchronization

/// Returns the scripted transcripts in order. While it listens it reveals one more word for each half second of sound.
public final class ScriptedRecogniser: SpeechToText {
  private let transcripts: [String]
  private let delay: Duration
  private let next = Mutex(0)

  public init(transcripts: [String], delay: Duration = .zero) {
    self.transcripts = transcripts
    self.delay = delay
  }

  public func warmUp() async throws {}

  public func transcription() -> any Transcription {
    let index = next.withLock { value in
      defer { value += 1 }
      return value
    }
    return ScriptedTranscription(text: transcripts.isEmpty ? "" : transcripts[min(index, transcripts.count - 1)], delay: delay)
  }
}

final class ScriptedTranscription: Transcription {
  /// Sound per revealed word: a slow speaker's pace.
  private static let samplesPerWord = SampleRate.heard / 2

  private let text: String
  private let delay: Duration
  private let progress = Mutex((samples: 0, shown: 0))

  init(text: String, delay: Duration) {
    self.text = text
    self.delay = delay
  }

  func append(_ samples: [Int16]) async throws -> Partial? {
    let words = text.split(separator: " ")
    return progress.withLock { state in
      state.samples += samples.count
      let shown = min(state.samples / Self.samplesPerWord, words.count)
      guard shown > state.shown else { return nil }
      state.shown = shown
      return Partial(words.prefix(shown).joined(separator: " "))
    }
  }

  func finish() async throws -> String {
    try await pause(delay)
    return text
  }

  func cancel() async {}
}
