import HAL
import Units

/// The way from the simulated speaker to the simulated microphone: what is played is heard, weaker and later, also from skin and walls.
///
/// The paths are those of a loudspeaker in one temple and a microphone 8 cm further on, 50 cm from a desk and 1 to 3 m from walls, each wall
/// taking 6 dB: delays follow from the distances at 343 m/s, levels from distance and wall.
final class EchoPath {
  private struct Way {
    var delay: Duration
    var gain: Float
  }

  /// Relative to the direct sound.
  private static let ways = [
    Way(delay: .microseconds(233), gain: 1), Way(delay: .microseconds(510), gain: -0.35),
    Way(delay: .microseconds(2_915), gain: 0.05),
    Way(delay: .microseconds(6_120), gain: 0.022), Way(delay: .microseconds(9_480), gain: -0.015),
    Way(delay: .microseconds(17_300), gain: 0.008),
  ]
  /// The kernel that changes the rate: a windowed sinc of 16 samples at the microphone's rate in 32 phases.
  private static let width = 16
  private static let phases = 32
  /// Samples at the microphone's rate that are kept: 4 s, a power of two. The microphone's own buffer holds two.
  private static let capacity: Int64 = 65_536

  private let gain: Float
  private let delay: Duration
  private var kernel: [Float] = []
  private var sound = [Float](repeating: 0, count: Int(capacity))
  /// Behind the last sample that anything was added to.
  private var end: Int64 = 0

  /// `level` is how loud the direct sound is heard, in decibels relative to what is played; `delay` comes on top of all ways.
  init(level: Int, delay: Duration) {
    // One decibel is a factor of 10^(1/20).
    var gain: Float = 1
    for _ in 0..<min(abs(level), 120) { gain *= level < 0 ? 0.891_250_94 : 1.122_018_5 }
    self.gain = gain
    self.delay = delay
    for phase in 0..<EchoPath.phases {
      let shift = Float(phase) / Float(EchoPath.phases)
      kernel += (0..<EchoPath.width).map { EchoPath.weight(Float($0 - EchoPath.width / 2 + 1) - shift) }
    }
  }

  /// The speaker has played these samples, the first of them at `instant`.
  func play(_ samples: Span<Int16>, at instant: Instant) {
    for index in samples.indices where samples[index] != 0 {
      let time = instant + .nanoseconds(Int64(index) * 1_000_000_000 / Int64(AudioFormat.playbackRate)) + delay
      for way in EchoPath.ways { add(Float(samples[index]) * gain * way.gain, at: time + way.delay) }
    }
  }

  private func add(_ value: Float, at instant: Instant) {
    let time = instant.nanoseconds
    let number = time / AcousticScene.sampleTime
    let phase = Int((time - number * AcousticScene.sampleTime) * Int64(EchoPath.phases) / AcousticScene.sampleTime)
    let first = number - Int64(EchoPath.width / 2 - 1)
    guard first >= 0 else { return }
    let last = first + Int64(EchoPath.width)
    // What is in the ring from before is older than anybody can hear.
    if end < last {
      for place in max(end, last - EchoPath.capacity)..<last { sound[Int(place & (EchoPath.capacity - 1))] = 0 }
      end = last
    }
    for tap in 0..<EchoPath.width {
      sound[Int((first + Int64(tap)) & (EchoPath.capacity - 1))] += value * kernel[phase * EchoPath.width + tap]
    }
  }

  /// Adds what is heard of it from sample `first` on to the first `count` places of `output`.
  func listen(from first: Int64, count: Int, into output: inout MutableSpan<Int16>) {
    for place in 0..<count {
      let number = first + Int64(place)
      guard number < end, number >= end - EchoPath.capacity else { continue }
      let echo = sound[Int(number & (EchoPath.capacity - 1))]
      output[place] = Resampling.pulseCode((Float(output[place]) + echo) / 32_768)
    }
  }

  /// Two thirds of a windowed sinc, since three samples at the speaker's rate make two.
  private static func weight(_ x: Float) -> Float {
    let half = Float(width / 2)
    guard x > -half, x < half else { return 0 }
    let window = 0.5 + 0.5 * cosine(x / half)
    let cutoff: Float = 0.9
    let sinc = x == 0 ? 1 : sine(x * cutoff) / (Float(Double.pi) * x * cutoff)
    return sinc * window * cutoff * 2 / 3
  }

  /// sin and cos of π·x by folding to a quarter turn and a short series, good to 1e-6 there.
  private static func sine(_ x: Float) -> Float { cosine(x - 0.5) }

  private static func cosine(_ x: Float) -> Float {
    var turn = x - 2 * (x / 2).rounded(.down)
    if turn > 1 { turn = 2 - turn }
    if turn > 0.5 { return -cosine(1 - turn) }
    let angle = turn * Float(Double.pi)
    let square = angle * angle
    return 1 - square / 2 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56)))
  }
}
