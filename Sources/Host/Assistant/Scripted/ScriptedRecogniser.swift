import Synchronization

/// Returns the scripted transcripts in order. While it listens it reveals one more word for each half second of sound.
public final class ScriptedRecogniser: SpeechToText {
  private let transcripts: [String]
  private let delay: Duration
  private let hearsPauses: Bool
  private let next = Mutex(0)

  /// One that hears pauses takes a pause that is longer than its delay, and `SpeechSpan.keptAfter`, for the end of what was said.
  public init(transcripts: [String], delay: Duration = .zero, hearsPauses: Bool = false) {
    self.transcripts = transcripts
    self.delay = delay
    self.hearsPauses = hearsPauses
  }

  public func warmUp() async throws {}

  public func transcription() -> any Transcription {
    let index = next.withLock { value in
      defer { value += 1 }
      return value
    }
    let text = transcripts.isEmpty ? "" : transcripts[min(index, transcripts.count - 1)]
    return ScriptedTranscription(text: text, delay: delay, hearsPauses: hearsPauses)
  }
}

final class ScriptedTranscription: Transcription {
  /// Sound per revealed word: a slow speaker's pace.
  private static let samplesPerWord = SampleRate.heard / 2

  private struct State {
    var samples = 0
    var shown = 0
    var span = SpeechSpan()
    /// Where the speech ended that is known as a whole.
    var wholeUntil: Int?
  }

  private let text: String
  private let delay: Duration
  private let hearsPauses: Bool
  private let state = Mutex(State())

  init(text: String, delay: Duration, hearsPauses: Bool) {
    self.text = text
    self.delay = delay
    self.hearsPauses = hearsPauses
  }

  func append(_ samples: [Int16]) async throws -> Partial? {
    let words = text.split(separator: " ")
    return state.withLock { state in
      state.samples += samples.count
      if hearsPauses, hearPause(samples, &state) { return Partial(text, isWhole: true) }
      let shown = min(state.samples / Self.samplesPerWord, words.count)
      guard shown > state.shown else { return nil }
      state.shown = shown
      return Partial(words.prefix(shown).joined(separator: " "))
    }
  }

  /// Whether the whole is known from now on.
  private func hearPause(_ samples: [Int16], _ state: inout State) -> Bool {
    state.span.append(samples)
    guard let speech = state.span.speech else { return false }
    let pause = SpeechSpan.length(ofFrames: state.span.frames - speech.end - SpeechSpan.keptAfter)
    guard pause >= delay, state.wholeUntil != speech.end else { return false }
    state.wholeUntil = speech.end
    state.shown = .max
    return true
  }

  func finish() async throws -> String {
    let isKnown = state.withLock { $0.wholeUntil != nil && $0.wholeUntil == $0.span.speech?.end }
    if !isKnown { try await pause(delay) }
    return text
  }

  func cancel() async {}
}
