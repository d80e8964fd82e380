/// How loud a piece of sound is.
public struct SoundLevels: Sendable {
  /// Samples, and samples that the device lost.
  public private(set) var count = 0
  public var lost = 0
  /// The largest magnitude, 0…32768.
  public private(set) var peak = 0
  /// Samples at the limit of the format.
  public private(set) var clipped = 0
  private var squares: UInt64 = 0

  public init() {}

  public mutating func add(_ sample: Int16) {
    let magnitude = Int(sample.magnitude)
    count += 1
    peak = max(peak, magnitude)
    squares &+= UInt64(magnitude * magnitude)
    if magnitude >= 32_767 { clipped += 1 }
  }

  /// The root of the mean square, 0…32768.
  public var mean: Int { count == 0 ? 0 : Int((Double(squares) / Double(count)).squareRoot()) }

  /// Whole decibels below full scale, 0…-96, of a magnitude. Counted in steps of one decibel (a factor of 10^(1/20)), so that no
  /// logarithm is needed.
  public static func decibels(_ magnitude: Int) -> Int {
    guard magnitude > 0 else { return -96 }
    var level = Double(magnitude)
    var below = 0
    while level * 1.059_253_725 < 32_768, below < 96 {
      level *= 1.122_018_454
      below += 1
    }
    return -below
  }

  /// A bar of 30 signs for 60 decibels: `#` up to the mean, `-` up to the peak.
  public var bar: String {
    let signs = 30
    let full = mean == 0 ? 0 : max((60 + Self.decibels(mean)) * signs / 60, 0)
    let top = peak == 0 ? 0 : max((60 + Self.decibels(peak)) * signs / 60, 0)
    var text = "["
    for place in 0..<signs { text += place < full ? "#" : place < top ? "-" : " " }
    text += "]"
    return clipped > 0 ? text + " clipped" : text
  }
}

/// One second of a pure tone at a quarter of full scale, faded in and out over 20 ms so that it does not click.
enum Tone {
  static let hertz = 440
  private static let rate = 24_000

  /// By the recurrence s[n] = 2 cos(w) s[n-1] - s[n-2] of a sine with w = 2 pi 440 / 24000.
  static func samples() -> [Int16] {
    var samples: [Int16] = []
    samples.reserveCapacity(rate)
    let twiceCosine = 1.986_745_531
    var before = 0.0
    var now = 0.114_937_150
    let fade = rate / 50
    for index in 0..<rate {
      let edge = min(index, rate - 1 - index)
      let gain = edge < fade ? Double(edge) / Double(fade) : 1
      samples.append(Int16(now * gain * 8191))
      let next = twiceCosine * now - before
      before = now
      now = next
    }
    return samples
  }
}
