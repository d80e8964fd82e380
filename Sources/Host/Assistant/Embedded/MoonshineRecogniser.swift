import Synchronization

/// Speech to text with Moonshine tiny (English), which recognises whole utterances. Partial transcripts come from recognising
/// what was said so far again and again; the last of them, begun in the pause after the last word, usually is the final one.
public final class MoonshineRecogniser: SpeechToText {
  private let engine: MoonshineEngine
  private let lockstep: Bool

  init(model: MoonshineFiles, lockstep: Bool) {
    engine = MoonshineEngine(files: model)
    self.lockstep = lockstep
  }

  public func warmUp() async throws {
    _ = try await engine.text(in: [Int16](repeating: 0, count: SampleRate.heard))
  }

  public func transcription() -> any Transcription { MoonshineTranscription(engine: engine, lockstep: lockstep) }
}

final class MoonshineTranscription: Transcription {
  /// New sound that is worth another partial transcript without any gap in it: 1.2 s. Gaps give most of them.
  private static let partialFrames = 60
  /// A gap in the speech that may become the pause at its end: 80 ms, longer than the closure of a stop consonant. What is recognised in it stands
  /// when the pause goes on.
  private static let gap = 4
  /// New sound before a gap that is worth a recognition: 300 ms, about as long as one takes.
  private static let gapFrames = 15
  /// Edges of the speech that differ by less than this, in frames, are the same: 60 ms, half of what is kept after the speech.
  private static let edge = 3
  /// More than this is not recognised at once: the model was trained on up to 30 s.
  private static let longest = 28 * SampleRate.heard

  /// A recognition that runs or has run, of these frames.
  private struct Attempt {
    var frames: Range<Int>
    var result: Task<String, any Error>
    /// Nil while it runs.
    var text: String?
  }

  private struct State {
    var samples: [Int16] = []
    var span = SpeechSpan()
    var attempt: Attempt?
    var shown: Partial?

    /// What the latest recognition found, unless it was returned before.
    mutating func news() -> Partial? {
      guard let attempt, let text = attempt.text, !text.isEmpty, let speech = span.speech else { return nil }
      let isPause = span.frames >= speech.end + SpeechSpan.keptAfter
      let partial = Partial(text, isWhole: isPause && MoonshineTranscription.isSame(attempt.frames, speech.frames))
      guard partial != shown else { return nil }
      shown = partial
      return partial
    }
  }

  private let engine: MoonshineEngine
  private let lockstep: Bool
  private let state = Mutex(State())

  init(engine: MoonshineEngine, lockstep: Bool) {
    self.engine = engine
    self.lockstep = lockstep
  }

  func append(_ samples: [Int16]) async throws -> Partial? {
    let attempt = state.withLock { state -> Task<String, any Error>? in
      state.samples += samples
      state.span.append(samples)
      guard let frames = Self.worthAnAttempt(state) else { return nil }
      return begin(frames, &state)
    }
    if lockstep, let attempt { _ = try await attempt.value }
    return state.withLock { $0.news() }
  }

  func finish() async throws -> String {
    let attempts = state.withLock { state -> [Task<String, any Error>] in
      guard let speech = state.span.speech else { return [] }
      if let attempt = state.attempt, Self.isSame(attempt.frames, speech.frames) { return [attempt.result] }
      state.attempt?.result.cancel()
      return Self.pieces(speech.frames, state.span).map { begin($0, &state) }
    }
    var words: [String] = []
    for attempt in attempts { words.append(try await attempt.value) }
    return words.joined(separator: " ").trimmingPrefix(" ").description
  }

  func cancel() async { state.withLock { $0.attempt?.result.cancel() } }

  /// What is to be recognised now: the speech so far when enough is new, or when a pause began after its end.
  private static func worthAnAttempt(_ state: State) -> Range<Int>? {
    if let attempt = state.attempt, attempt.text == nil { return nil }
    guard let speech = state.span.speech, speech.frames.count * SpeechSpan.frame <= longest else { return nil }
    let known = state.attempt?.frames
    if let known, isSame(known, speech.frames) { return nil }
    let new = speech.frames.upperBound - (known?.upperBound ?? speech.frames.lowerBound)
    let silence = state.span.frames - speech.end
    // A gap after little that is new must prove to be a pause.
    if silence >= SpeechSpan.keptAfter || silence >= gap && new >= gapFrames { return speech.frames }
    // Not in a gap: the recognition of what may be the whole utterance begins soon, and must not wait for this one.
    return silence == 0 && new >= partialFrames ? speech.frames : nil
  }

  /// Whether two recognitions would hear the same: later sound moves the threshold of speech, and with it its edges, a little.
  private static func isSame(_ first: Range<Int>, _ second: Range<Int>) -> Bool {
    abs(first.lowerBound - second.lowerBound) <= edge && abs(first.upperBound - second.upperBound) <= edge
  }

  /// Cuts what is too long for one recognition at its quietest places.
  private static func pieces(_ frames: Range<Int>, _ span: SpeechSpan) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var rest = frames
    while rest.count * SpeechSpan.frame > longest {
      let half = rest.lowerBound + longest / SpeechSpan.frame / 2
      let cut = span.quietest(in: half..<rest.lowerBound + longest / SpeechSpan.frame)
      pieces.append(rest.lowerBound..<cut)
      rest = cut..<rest.upperBound
    }
    return pieces + [rest]
  }

  private func begin(_ frames: Range<Int>, _ state: inout State) -> Task<String, any Error> {
    let sound = Array(state.samples[frames.lowerBound * SpeechSpan.frame..<frames.upperBound * SpeechSpan.frame])
    let task = Task { [engine] in
      try Task.checkCancellation()
      let text = try await engine.text(in: sound)
      self.state.withLock { state in
        guard state.attempt?.frames == frames else { return }
        state.attempt?.text = text
      }
      return text
    }
    state.attempt = Attempt(frames: frames, result: task)
    return task
  }
}
