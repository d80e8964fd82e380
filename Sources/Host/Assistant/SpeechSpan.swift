/// Finds where speech begins and ends in a recording, by the energy of 20 ms frames, so that silence is not recognised: it costs
/// time, and recognisers invent words in it.
struct SpeechSpan: Sendable {
  /// 20 ms at 16 kHz.
  static let frame = SampleRate.heard / 50
  /// Root mean square below which a frame is never speech: −58 dBFS, under the noise of a quiet room's microphone.
  private static let silence: Float = 40
  /// A frame is speech when it is this much louder than the quiet frames (10 dB)…
  private static let overFloor: Float = 3.2
  /// …or within 26 dB of the loud ones, which keeps speech apart from breath where the recording has no quiet frames.
  private static let underPeak: Float = 0.05
  /// Kept before the speech: soft consonants. 240 ms.
  private static let keptBefore = 12
  /// Kept after it: less, because it must have passed before the recognition of a finished utterance can begin. 120 ms.
  static let keptAfter = 6

  static func length(ofFrames frames: Int) -> Duration { .milliseconds(20 * frames) }

  private var levels: [Float] = []
  private var rest: [Int16] = []

  mutating func append(_ samples: [Int16]) {
    rest += samples
    while rest.count >= Self.frame {
      let energy = rest.prefix(Self.frame).reduce(Float(0)) { $0 + Float($1) * Float($1) }
      levels.append((energy / Float(Self.frame)).squareRoot())
      rest.removeFirst(Self.frame)
    }
  }

  /// Whole frames heard so far.
  var frames: Int { levels.count }

  /// The frames that hold the speech with its margin, and the first frame after the last spoken one. Nil without speech.
  var speech: (frames: Range<Int>, end: Int)? {
    let sorted = levels.sorted()
    guard let loudest = sorted.last, loudest > Self.silence else { return nil }
    let floor = sorted[sorted.count / 10]
    let peak = sorted[sorted.count * 95 / 100]
    let threshold = max(Self.silence, min(floor * Self.overFloor, peak * 0.3), peak * Self.underPeak)
    guard let first = levels.firstIndex(where: { $0 > threshold }), let last = levels.lastIndex(where: { $0 > threshold }) else {
      return nil
    }
    return (max(0, first - Self.keptBefore)..<min(levels.count, last + 1 + Self.keptAfter), last + 1)
  }

  /// The quietest of these frames.
  func quietest(in frames: Range<Int>) -> Int {
    frames.min { levels[$0] < levels[$1] } ?? frames.lowerBound
  }
}
