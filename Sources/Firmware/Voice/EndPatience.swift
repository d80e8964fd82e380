import HAL
import Units

/// How long to wait after the last sound of speech before the turn is taken to be over, by how it ended.
///
/// Statements and questions that are complete end with the pitch falling, or at least gliding; somebody who searches for a word holds it: the last
/// vowel is long and its pitch stands. Little said is waited for longer, since what is said first is often an opening. Bounds are the
/// listening policy's; what the words mean is for the host to judge, which may end a turn sooner.
struct EndPatience: Sendable {
  /// Frames of the last voiced stretch whose pitch is looked at: 280 ms, about a syllable and its end.
  private static let tail = 14
  /// A glide that counts as a fall, in semitones between the halves of the tail; the last words of recorded prompts glide by −2 (median).
  private static let fall: Float = -1
  /// A pitch that stands, and for how long it must have stood to be a hesitation.
  private static let still: Float = 0.5
  private static let held = 22
  /// Speech that is too little to be complete: 500 ms.
  private static let little = 25
  /// Unvoiced frames within a stretch that are a flaw of the measurement, no gap.
  private static let flaw = 1

  private var pitches = [Float](repeating: 0, count: tail)
  private var stretch = 0
  private var unvoiced = 0
  private var spoken = 0
  private var isKnown = false

  /// One more frame of speech.
  mutating func hear(_ voicing: Voicing?) {
    spoken += 1
    guard let voicing else { return }
    isKnown = true
    if voicing.isVoiced {
      if unvoiced > Self.flaw { stretch = 0 }
      unvoiced = 0
      pitches[stretch % Self.tail] = voicing.pitch
      stretch += 1
    } else {
      unvoiced += 1
    }
  }

  /// `isClear` tells that nothing of the speech drowned in noise.
  func patience(_ policy: ListeningPolicy, isClear: Bool) -> Duration {
    guard isKnown, isClear, spoken >= Self.little else { return policy.endSilence }
    let shortest = min(policy.shortestEndSilence, policy.endSilence)
    let glide = glide()
    // A hiss after the vowel is the end of a word, not of a search for one.
    if stretch >= Self.held, glide > -Self.still, glide < Self.still, unvoiced <= Self.flaw {
      return max(policy.longestEndSilence, policy.endSilence)
    }
    return glide <= Self.fall ? shortest : (shortest + policy.endSilence) / 2
  }

  /// Semitones from the first half of the last voiced stretch to its second.
  private func glide() -> Float {
    let count = min(stretch, Self.tail)
    guard count >= 4 else { return 0 }
    let half = count / 2
    let first = mean(from: stretch - count, half)
    let second = mean(from: stretch - half, half)
    guard first > 0, second > 0 else { return 0 }
    // 12·log2(second / first): near 1, where it matters, the series' first terms are within a tenth of a semitone up to a fourth.
    let x = (second - first) / (second + first)
    return 12 * 2 / Float(0.693_147_18) * (x + x * x * x / 3)
  }

  private func mean(from: Int, _ count: Int) -> Float {
    var sum: Float = 0
    for index in from..<from + count { sum += pitches[index % Self.tail] }
    return sum / Float(count)
  }
}
