import HAL
import Units

/// What the detector finds.
public enum EndpointEvent: Sendable, Hashable {
  /// Speech began; `at` is when its first sample reached the microphone, which may be before the wake. At most once.
  case speechBegan(at: Instant)
  /// Speech ended, by `.silence` (as long as `ListeningPolicy` and the last words call for) or `.longest` (`longestUtterance`); `lastSpeech` is when its last sample
  /// reached the microphone. Ends the detector.
  case ended(EndReason, lastSpeech: Instant)
  /// No speech within `ListeningPolicy.nothingSaid` of the wake. Ends the detector.
  case nothingSaid
}

/// Constants of the detector, each with its reason.
public struct EndpointTuning: Sendable, Hashable {
  /// Frames in which the noise floor and the loudest sound are sought: 2 s. Shorter than any steady noise, longer than
  /// fluent speech goes without a dip between words.
  public var window = 100
  /// The noise floor is taken to lie in these bounds: below, a quiet room would make breath count as speech; above, loud speech
  /// from the first frame on would count as noise.
  public var quietestFloor = SoundLevel.decibels(-70)
  public var loudestFloor = SoundLevel.decibels(-30)
  /// Frames at or below this carry no information about the room: digital silence, lost samples.
  public var digitalSilence = SoundLevel.decibels(-90)
  /// A frame is active when it is above the floor by a margin and by a share of the distance from the floor to the
  /// loudest frame, whichever is more. Stationary noise stays within 4 dB of its floor.
  public var onsetMargin = SoundLevel.decibels(10)
  public var onsetShare: Int32 = 35
  /// In a quiet room one of the frames of an onset must be this far above the floor, unless it is louder than any breath: a
  /// vowel is, a breath is not. Louder rooms mask breath.
  public var coreMargin = SoundLevel.decibels(15)
  public var loudestBreath = SoundLevel.decibels(-42)
  /// Speech that has begun goes on at less: weak endings count.
  public var sustainMargin = SoundLevel.decibels(7)
  public var sustainShare: Int32 = 30
  /// Speech begins with this many active frames…
  public var onsetFrames = 5
  /// …among so many in a row: 100 ms of 160 ms. A click or a tap on the frame is shorter.
  public var onsetSpan = 8
  /// After so many frames in a row near the floor nobody speaks: 200 ms, longer than the softest sounds within words.
  public var quietFrames = 10
  /// Speech this far above the floor is heard to its end; in louder rooms weak endings and beginnings drown, and pauses seem longer.
  public var clearMargin = SoundLevel.decibels(25)
  /// When everything was said before the wake, the wait is longer by this factor: the wearer may have spoken to somebody else.
  public var preRollPatience: Int64 = 2

  public init() {}
}

/// End of speech by level over an adaptive noise floor, and by how the last words ended. Level alone decides what is speech, so that a whisper is.
///
/// ```
///            1 onset found / speechBegan            2 patience over / ended(.silence)
/// waiting ───────────────────────────▶ speaking ─────────────────────────────────▶ over
///    │                                    └──────── 3 longest / ended(.longest) ────▲
///    └───────────────── 4 nothingSaid after the wake / nothingSaid ─────────────────┘
/// ```
///
/// Feed it every frame of 20 ms (`CaptureRing.takeFrames`), pre-roll first. It reads no clock: time is the time of the samples.
/// One call gives at most one event. While it waits it looks through its whole window again with every frame, so speech that
/// fills the pre-roll from its first sample, when nothing is known of the room yet, is recognised in hindsight at the first pause.
/// The end of speech never comes before the wake: pre-roll alone cannot end a turn.
public struct EndpointDetector: Sendable {
  private enum Phase: Sendable {
    case waiting
    case speaking(began: Instant, lastSpeech: Instant)
    case over
  }

  private let policy: ListeningPolicy
  private let tuning: EndpointTuning
  /// When the glasses woke.
  public let wake: Instant
  private var meter = LevelMeter()
  private var phase = Phase.waiting
  /// The last `tuning.window` levels, a ring.
  private var levels: [SoundLevel]
  private var frames = 0
  /// Frames in a row, up to the last, that were near the floor.
  private var quiet = 0
  private var wasActive = false
  private var ending = EndPatience()
  /// When the glasses themselves sound.
  private var ownSound: (from: Instant, until: Instant)?

  /// `wake` is the instant of the wake decision; frames before it are pre-roll.
  public init(_ policy: ListeningPolicy, wake: Instant, tuning: EndpointTuning = EndpointTuning()) {
    precondition(tuning.window > tuning.onsetSpan && tuning.onsetSpan >= tuning.onsetFrames && tuning.onsetFrames > 1)
    self.policy = policy
    self.tuning = tuning
    self.wake = wake
    levels = [SoundLevel](repeating: .silence, count: tuning.window)
  }

  /// Whether speech is going on.
  public var isSpeaking: Bool {
    if case .speaking = phase { return true }
    return false
  }

  /// When the last spoken sample so far reached the microphone; nil unless speech is going on or has just ended.
  public var lastSpeech: Instant? {
    if case .speaking(_, let lastSpeech) = phase { return lastSpeech }
    return nil
  }

  /// Whether there was nothing for a while that could belong to speech.
  public var isQuiet: Bool { quiet >= tuning.quietFrames }

  /// Level of the last frame, for a level display and traces.
  public var level: SoundLevel { frames > 0 ? level(back: 0) : .silence }

  /// Frames that begin in this time tell nothing: a tone of the glasses is not the wearer's voice, nor the noise of the room.
  /// They count as silence, so this is for chimes, not for answers. Holds the latest span only; give it before its frames.
  public mutating func ignore(from: Instant, until: Instant) {
    ownSound = (from, until)
  }

  /// Takes the next frame: 1 to 320 samples, the first of which reached the microphone at `firstSample`, with its `voicing` as measured;
  /// without it (a meter that is not there) level alone decides, and `ListeningPolicy.endSilence`.
  public mutating func feed(_ frame: Span<Int16>, firstSample: Instant, voicing: Voicing? = nil) -> EndpointEvent? {
    precondition(frame.count > 0 && frame.count <= SampleTime.captureFrame, "a frame has 1 to 320 samples")
    let level = meter.measure(frame)
    levels[frames % tuning.window] = isOwnSound(firstSample) ? .silence : level
    frames += 1
    let (floor, _) = room()
    quiet = level <= floor + tuning.sustainMargin ? quiet + 1 : 0
    let end = firstSample + SampleTime.duration(of: frame.count, rate: AudioFormat.captureRate)
    switch phase {
    case .waiting: return wait(end)
    case .speaking(let began, let lastSpeech): return listen(end, began, lastSpeech, voicing)
    case .over: return nil
    }
  }

  private func isOwnSound(_ at: Instant) -> Bool {
    guard let ownSound else { return false }
    return at >= ownSound.from && at < ownSound.until
  }

  private mutating func wait(_ end: Instant) -> EndpointEvent? {
    if let found = findOnset() {
      let began = end - SampleTime.frame * found.first - SampleTime.frame
      phase = .speaking(began: began, lastSpeech: end - SampleTime.frame * found.last)
      wasActive = found.last == 0
      return .speechBegan(at: began)
    }
    guard end >= wake + policy.nothingSaid else { return nil }
    phase = .over
    return .nothingSaid
  }

  private mutating func listen(
    _ end: Instant, _ began: Instant, _ lastSpeech: Instant, _ voicing: Voicing?
  ) -> EndpointEvent? {
    var lastSpeech = lastSpeech
    let (floor, loudest) = room()
    let isActive = level(back: 0) > threshold(floor, loudest, tuning.sustainMargin, tuning.sustainShare)
    // One loud frame alone is a click and does not prolong the turn.
    if isActive && wasActive {
      lastSpeech = end
      ending.hear(voicing)
    }
    wasActive = isActive
    phase = .speaking(began: began, lastSpeech: lastSpeech)
    let saidAfterWake = lastSpeech > wake
    let isClear = loudest - floor >= tuning.clearMargin
    let patience = saidAfterWake ? ending.patience(policy, isClear: isClear) : policy.endSilence * tuning.preRollPatience
    if end >= max(lastSpeech, wake) + patience {
      phase = .over
      return .ended(.silence, lastSpeech: lastSpeech)
    }
    if end >= max(began, wake) + policy.longestUtterance {
      phase = .over
      return .ended(.longest, lastSpeech: lastSpeech)
    }
    return nil
  }

  /// First and last active frame of speech in the window, counted back from the newest frame; nil without an onset.
  private func findOnset() -> (first: Int, last: Int)? {
    let known = min(frames, tuning.window)
    let (floor, loudest) = room()
    let limit = threshold(floor, loudest, tuning.onsetMargin, tuning.onsetShare)
    let core = max(limit, min(floor + tuning.coreMargin, tuning.loudestBreath))
    var sinceCore = tuning.onsetSpan
    var pattern: UInt64 = 0
    let span = (UInt64(1) << UInt64(tuning.onsetSpan)) - 1
    var first: Int?
    var last = 0
    for back in stride(from: known - 1, through: 0, by: -1) {
      let isActive = level(back: back) > limit
      let follows = pattern & 1 == 1
      sinceCore = level(back: back) > core ? 0 : sinceCore + 1
      pattern = (pattern << 1 | (isActive ? 1 : 0)) & span
      if first == nil && pattern.nonzeroBitCount >= tuning.onsetFrames && sinceCore < tuning.onsetSpan {
        first = back + 63 - pattern.leadingZeroBitCount
        last = back
      }
      if first != nil && isActive && follows { last = back }
    }
    return first.map { ($0, last) }
  }

  private func level(back: Int) -> SoundLevel {
    levels[(frames - 1 - back) % tuning.window]
  }

  private func threshold(
    _ floor: SoundLevel, _ loudest: SoundLevel, _ margin: SoundLevel, _ share: Int32
  ) -> SoundLevel {
    let part = SoundLevel(centibels: max((loudest - floor).centibels, 0) * share / 100)
    return floor + max(margin, part)
  }

  /// Noise floor (least mean of three neighbouring frames) and loudest frame of the window.
  private func room() -> (floor: SoundLevel, loudest: SoundLevel) {
    var least = tuning.loudestFloor
    var loudest = SoundLevel.silence
    var sum: Int32 = 0
    var run: Int32 = 0
    for back in 0..<min(frames, tuning.window) {
      let level = level(back: back)
      loudest = max(loudest, level)
      guard level > tuning.digitalSilence else {
        sum = 0
        run = 0
        continue
      }
      sum += level.centibels
      run += 1
      if run > 3 {
        sum -= self.level(back: back - 3).centibels
        run = 3
      }
      if run == 3 { least = min(least, SoundLevel(centibels: sum / 3)) }
    }
    return (max(least, tuning.quietestFloor), loudest)
  }
}
