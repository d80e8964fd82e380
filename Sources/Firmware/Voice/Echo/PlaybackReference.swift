import CMath
import HAL
import Units

/// What the speaker plays, and when: the reference of the echo canceller.
///
/// Everything that is handed to the speaker is kept for a second at `AudioFormat.playbackRate` on a time line, silence between included, with
/// the clock of the playing device. The canceller reads it at the microphone's own instants and pace, so that drift between the two
/// devices and the change of rate are one and the same interpolation. Nothing is allocated after `init`.
public final class PlaybackReference {
  /// Samples that are kept: 1.4 s, a power of two.
  private static let capacity: Int64 = 32_768
  /// A windowed sinc of 24 samples in 64 phases, between which is interpolated: lets 6 kHz pass, and stops what 16 kHz cannot hold.
  private static let taps = 24
  private static let phases = 64
  /// Middle of the slope, relative to the playback rate.
  private static let cutoff = 6_900.0 / Double(AudioFormat.playbackRate)
  /// Sound that follows the last within this stands right behind it: the clock's jitter, no pause.
  private static let seam: Int64 = 120

  private let samples: UnsafeMutablePointer<Int16>
  private let filter = FixedTable<Float>(zeros: (phases + 1) * taps)
  private var clock = StreamClock(rate: AudioFormat.playbackRate)
  /// Behind the last sample on the time line.
  private var end: Int64 = 0
  /// Behind the last one that is not silence; nil before the first.
  private var soundEnd: Int64?

  public init() {
    samples = .allocate(capacity: Int(Self.capacity))
    samples.initialize(repeating: 0, count: Int(Self.capacity))
    let middle = Double(Self.taps / 2)
    for phase in 0...Self.phases {
      let shift = Double(phase) / Double(Self.phases)
      var sum = 0.0
      for tap in 0..<Self.taps {
        let x = Double(tap) - middle + 1 - shift
        let angle = 2 * Double.pi * Self.cutoff * x
        let sinc = x == 0 ? 1 : sotto_sine(angle) / angle
        let window = 0.5 + 0.5 * sotto_cosine(Double.pi * x / middle)
        let value = x <= -middle || x >= middle ? 0 : sinc * window
        filter[phase * Self.taps + tap] = Float(value)
        sum += value
      }
      for tap in 0..<Self.taps { filter[phase * Self.taps + tap] /= Float(sum) * 32_768 }
    }
  }

  deinit { samples.deallocate() }

  /// The speaker has taken `samples`, the first of which will be heard at `instant`.
  public func play(_ samples: Span<Int16>, at instant: Instant) {
    guard samples.count > 0 else { return }
    if clock.isSet {
      let gap = Int64(clock.position(at: instant).rounded()) - end
      if gap > Self.seam {
        append(silence: gap)
        clock.set(end, at: instant)
      } else if gap < -Self.seam {
        clock.set(end, at: instant)
      } else {
        clock.observe(end, at: instant)
      }
    } else {
      clock.set(end, at: instant)
    }
    for index in 0..<samples.count {
      let sample = samples[index]
      self.samples[Int((end + Int64(index)) & (Self.capacity - 1))] = sample
      if sample != 0 { soundEnd = end + Int64(index) + 1 }
    }
    end += Int64(samples.count)
  }

  /// The speaker was silenced: what would have been heard from `instant` on is not.
  public func cut(at instant: Instant) {
    guard clock.isSet else { return }
    let last = max(Int64(clock.position(at: instant).rounded()), end - Self.capacity)
    guard last < end else { return }
    for position in last..<end { samples[Int(position & (Self.capacity - 1))] = 0 }
    end = last
    if let soundEnd { self.soundEnd = min(soundEnd, last) }
  }

  /// Whether the speaker sounds at `instant`, or has sounded less than `memory` before it.
  public func isHeard(at instant: Instant, memory: Duration) -> Bool {
    guard let soundEnd else { return false }
    return clock.time(of: soundEnd) + memory > instant
  }

  /// What is heard from `instant` on, at steps of `pace` nanoseconds, in −1…1.
  func read(at instant: Instant, pace: Double, count: Int, into output: UnsafeMutablePointer<Float>) {
    var place = clock.position(at: instant)
    let step = pace / clock.pace
    for index in 0..<count {
      output[index] = sample(at: place)
      place += step
    }
  }

  private func sample(at place: Double) -> Float {
    let first = Int64(place.rounded(.down))
    let from = first - Int64(Self.taps / 2) + 1
    // Long ago, or not yet: nothing.
    guard from >= end - Self.capacity, from < end else { return 0 }
    let exact = Float(place - Double(first)) * Float(Self.phases)
    let phase = min(Int(exact), Self.phases - 1)
    let part = exact - Float(phase)
    let near = filter.base + phase * Self.taps
    let next = near + Self.taps
    let slot = Int(from & (Self.capacity - 1))
    guard from >= 0, from + Int64(Self.taps) <= end, slot + Self.taps <= Int(Self.capacity) else {
      return sampleAtEdge(from, near, next, part)
    }
    var sum = SIMD8<Float>.zero
    for tap in stride(from: 0, to: Self.taps, by: 8) {
      let left = UnsafeRawPointer(near + tap).loadUnaligned(as: SIMD8<Float>.self)
      let right = UnsafeRawPointer(next + tap).loadUnaligned(as: SIMD8<Float>.self)
      let sound = UnsafeRawPointer(samples + slot + tap).loadUnaligned(as: SIMD8<Int16>.self)
      sum += (left + part * (right - left)) * SIMD8<Float>(sound)
    }
    return sum.sum()
  }

  /// Where the time line begins or ends, or the memory's end lies between the samples: one by one.
  private func sampleAtEdge(
    _ from: Int64, _ near: UnsafePointer<Float>, _ next: UnsafePointer<Float>, _ part: Float
  ) -> Float {
    var sum: Float = 0
    for tap in 0..<Self.taps {
      let position = from + Int64(tap)
      guard position < end, position >= 0 else { continue }
      let weight = near[tap] + part * (next[tap] - near[tap])
      sum += weight * Float(samples[Int(position & (Self.capacity - 1))])
    }
    return sum
  }

  private func append(silence count: Int64) {
    for position in max(end, end + count - Self.capacity)..<(end + count) { samples[Int(position & (Self.capacity - 1))] = 0 }
    end += count
  }
}
