import HAL
import Units

/// A wake word was heard.
public struct WakeDetection: Sendable, Hashable {
  /// Which of the listener's words.
  public var word: Int
  /// When the last sample that decided it reached the microphone.
  public var at: Instant
  /// Mean of the network's last outputs, 0…1.
  public var mean: Double
}

/// Listens for wake words while the glasses are armed: level gate, features, one network for each word.
///
/// While the gate is closed nothing is computed but its two levels. When it opens, the last second is heard after the fact, so that networks and
/// noise estimates are as if they had listened all along. Allocates nothing after `init`.
public final class WakeListener {
  public let words: [WakeWord]
  private var gate: SoundGate
  private let isGated: Bool
  private let extractor = FeatureExtractor()
  /// The last sound, whole steps of it, in a ring.
  private let memory = FixedTable<Int16>(repeating: 0, count: memorySteps * SoundGate.step)
  /// Where the step that is being filled begins, and how much of it is there.
  private var place = 0
  private var filled = 0
  /// Whole steps in the ring that the networks have not heard.
  private var unheard = 0
  /// Steps were lost from the ring before the networks heard them.
  private var hasGap = false
  private var best: WakeDetection?

  /// Is told each verdict: the word's number, and when the last sample of it reached the microphone. For those who show scores.
  public var observer: ((_ word: Int, WakeWord.Verdict, _ at: Instant) -> Void)?

  /// Steps that were heard by the networks, and all of them: how much the gate saves.
  public private(set) var stepsHeard = 0
  public private(set) var steps = 0

  /// 1 s.
  private static let memorySteps = 100

  /// A word is recognised about so long after its end: whoever wants what follows it, and not the word, begins so much earlier than the detection. Of 189
  /// detections in rooms and noise (docs/wake.md) three quarters came earlier than 226 ms, half of them than 155: a sound of the question that is missing does
  /// more harm than the word's last one, where it was recognised sooner.
  public static let lag = Duration.milliseconds(200)

  /// `words` share gate and features. Without the gate everything is heard: to measure what it costs.
  public init(_ words: [WakeWord], isGated: Bool = true) {
    self.words = words
    self.isGated = isGated
    gate = SoundGate()
  }

  /// Bytes that listening occupies besides the words.
  public static var size: Int { 2 * memorySteps * SoundGate.step }

  /// What was heard last, by how much a delay of what follows would be felt.
  public enum Attention: Sendable, Hashable {
    /// The background.
    case nothing
    /// Anything else.
    case sound
    /// Perhaps a word, before it is decided.
    case word
  }

  public var attention: Attention {
    guard gate.isOpen else { return .nothing }
    for word in words where word.isRising { return .word }
    return .sound
  }

  /// While there is sound, it has to be heard at least so often for the beginning of a word to be noticed before the word is decided.
  public static let longestDelay = Duration.milliseconds(90)

  /// Begins anew, as after a pause or a detection.
  public func reset() {
    gate.reset()
    forget()
    (place, filled, unheard) = (0, 0, 0)
    hasGap = false
  }

  private func forget() {
    extractor.reset()
    for word in words { word.reset() }
  }

  /// Hears samples, the first of which reached the microphone at `firstSample`; the first detection in them, if there is one.
  public func hear(_ samples: Span<Int16>, firstSample: Instant) -> WakeDetection? {
    best = nil
    var position = 0
    while position < samples.count {
      let count = min(SoundGate.step - filled, samples.count - position)
      samples.withUnsafeBufferPointer { source in
        if let start = source.baseAddress { memory.copy(start + position, count: count, to: place + filled) }
      }
      filled += count
      position += count
      guard filled == SoundGate.step else { break }
      filled = 0
      finishStep(endingAt: firstSample + .nanoseconds(Int64(position) * 1_000_000_000 / Int64(AudioFormat.captureRate)))
    }
    return best
  }

  private func finishStep(endingAt end: Instant) {
    let isOpen = gate.hear(memory, at: place) || !isGated
    place = (place + SoundGate.step) % memory.count
    steps += 1
    if unheard == Self.memorySteps { hasGap = true } else { unheard += 1 }
    guard isOpen else { return }
    // After a gap the networks begin anew with what is left; without one they go on where they were.
    if hasGap { forget() }
    hasGap = false
    for back in stride(from: unheard, to: 0, by: -1) {
      listen(at: (place + memory.count - back * SoundGate.step) % memory.count, end - .milliseconds(10 * (back - 1)))
    }
    unheard = 0
  }

  private func listen(at start: Int, _ end: Instant) {
    stepsHeard += 1
    extractor.process(Span(_unsafeStart: UnsafePointer(memory.base + start), count: SoundGate.step)) { features in
      for (index, word) in words.enumerated() {
        guard let verdict = word.hear(features) else { continue }
        observer?(index, verdict, end)
        guard verdict.isDetected, best == nil else { continue }
        best = WakeDetection(word: index, at: end, mean: verdict.mean)
      }
    }
  }
}
