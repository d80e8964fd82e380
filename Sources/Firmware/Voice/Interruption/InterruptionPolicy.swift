import HAL
import Units

/// What happens to the sound of an answer because of what the wearer does.
public enum InterruptionAction: Sendable, Hashable {
  /// Perhaps a voice: the answer becomes quieter.
  case duck
  /// Somebody near makes a sound: silence, at once, and the answer waits where it is.
  case pause
  /// It was a cough, a hum, a knock: the answer goes on from where it was.
  case resume
  /// It was speech, since `onset`: the answer is over.
  case stop(onset: Instant)
}

/// Constants of the decision, each with its reason. A step is 10 ms.
public struct InterruptionTuning: Sendable, Hashable {
  /// Evidence from which a step counts as sound near the microphone: a quarter of the bands clearly, or all of them a little.
  public var evidence: Float = 0.22
  /// The wearer's own mouth is closest: sound this much weaker than the question was is somebody else's, in decibels…
  public var weaker: Float = 14
  /// …and where no question was heard, this many decibels below full scale.
  public var quietest: Float = -46
  /// A suspicion needs 3 steps of 5.
  public var suspicion = 3
  public var suspicionSpan = 5
  /// Silence needs 8 steps of 12: with blocks of 20 ms it comes 80 to 140 ms after the onset.
  public var certainty = 8
  public var certaintySpan = 12
  /// Speech needs this many steps that sound like vowels, 100 ms, after the speaker has fallen silent: a hum has none, a cough few,
  /// and what an echo has made of them is gone.
  public var vowels = 10
  /// Steps after which the room has fallen silent too, 50 ms.
  public var roomSteps = 5
  /// From so bright a voiced step is a vowel: hums through the nose have next to nothing above 1 kHz.
  public var brightness: Float = 0.02
  /// Quiet for this long ends a suspicion, 150 ms, or a pause, 350 ms: longer than the closure within a word.
  public var suspicionEnds = 15
  public var pauseEnds = 35
  /// A sound that has not turned out to be speech after this long is none, 1.5 s.
  public var longestPause = 150

  public init() {}
}

/// Decides what a sound near the microphone means for the answer that is being given.
///
/// ```
///           1 suspicion / duck             2 certainty / pause            3 enough vowels / stop
/// clear ───────────────────▶ suspected ───────────────────▶ paused ───────────────────────────▶ clear
///   ▲                            │                             │
///   └──── 4 quiet / resume ──────┴──── 5 quiet, too long / resume
/// ```
///
/// A pure value: steps of 10 ms in, actions out. One call gives at most one action.
public struct InterruptionPolicy: Sendable {
  private enum Phase: Sendable { case clear, suspected, paused }

  private let tuning: InterruptionTuning
  private var phase = Phase.clear
  /// Whether the last steps were active, the newest in bit 0.
  private var pattern: UInt64 = 0
  private var vowels = 0
  private var sinceActive = 0
  private var sinceOnset = 0
  private var sincePause = 0
  private var onset = Instant.zero
  /// How loud the wearer's question was, in decibels of full scale.
  public var ownLevel: Float?

  public init(_ tuning: InterruptionTuning = InterruptionTuning()) {
    precondition(tuning.suspicionSpan <= 32 && tuning.certaintySpan <= 32)
    self.tuning = tuning
  }

  /// Whether the answer is ducked or paused at present.
  public var isDisturbed: Bool { phase != .clear }

  /// Forgets what was heard; the answer is over, or begins.
  public mutating func reset() {
    phase = .clear
    pattern = 0
  }

  /// Takes a step that began at `at`.
  public mutating func take(_ step: NearEnd.Step, at: Instant) -> InterruptionAction? {
    let least = ownLevel.map { max($0 - tuning.weaker, tuning.quietest) } ?? tuning.quietest
    let isActive = step.evidence >= tuning.evidence && step.level >= least
    pattern = pattern << 1 | (isActive ? 1 : 0)
    sinceActive = isActive ? 0 : sinceActive + 1
    switch phase {
    case .clear: return suspect(at)
    case .suspected, .paused:
      sinceOnset += 1
      if phase == .paused { sincePause += 1 }
      let isVowel = isActive && step.voicing.isVoiced && step.voicing.brightness >= tuning.brightness
      if isVowel && sincePause > tuning.roomSteps { vowels += 1 }
      return phase == .suspected ? ascertain() : judge()
    }
  }

  private func active(_ span: Int) -> Int { (pattern & (1 << UInt64(span) - 1)).nonzeroBitCount }

  private mutating func suspect(_ at: Instant) -> InterruptionAction? {
    guard active(tuning.suspicionSpan) >= tuning.suspicion else { return nil }
    phase = .suspected
    vowels = 0
    sincePause = 0
    sinceOnset = 63 - (pattern & (1 << UInt64(tuning.suspicionSpan) - 1)).leadingZeroBitCount
    onset = at - .milliseconds(10 * sinceOnset)
    return .duck
  }

  private mutating func ascertain() -> InterruptionAction? {
    if active(tuning.certaintySpan) >= tuning.certainty {
      phase = .paused
      return .pause
    }
    guard sinceActive >= tuning.suspicionEnds else { return nil }
    return giveUp()
  }

  private mutating func judge() -> InterruptionAction? {
    if vowels >= tuning.vowels {
      phase = .clear
      pattern = 0
      return .stop(onset: onset)
    }
    return sinceActive >= tuning.pauseEnds || sinceOnset >= tuning.longestPause ? giveUp() : nil
  }

  private mutating func giveUp() -> InterruptionAction? {
    phase = .clear
    pattern = 0
    return .resume
  }
}
