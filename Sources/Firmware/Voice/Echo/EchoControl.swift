import HAL
import Units

/// Between microphone and everything that listens: sound without what the speaker adds to it.
///
/// While the speaker is silent, or the microphone gives nothing but zeros, sound passes as it is. While it sounds, and for the length of the
/// modelled path after it, sound goes through the
/// canceller in steps of 10 ms, so up to 10 ms of it wait for the next block. The echo path stays known from one answer to the next.
/// Nothing is allocated after `init`.
public final class EchoControl {
  /// The path that is modelled begins this much before the instant at which a device says that it plays: statements of delay are wrong by
  /// as much. 4 ms.
  private static let lead = Duration.milliseconds(4)
  /// How long the room answers.
  private static let memory = Duration.milliseconds(200)
  private static let step = EchoCanceller.step

  public let reference = PlaybackReference()
  public let canceller: EchoCanceller
  private var clock = StreamClock(rate: AudioFormat.captureRate)
  /// Samples that were taken from the microphone.
  private var position: Int64 = 0
  private let heard = FixedTable<Float>(zeros: step)
  private var waiting = 0
  private let played = FixedTable<Float>(zeros: step)
  private let cleaned: UnsafeMutableBufferPointer<Int16>
  /// Whether the canceller works at present.
  public private(set) var isActive = false

  public init(_ tuning: EchoTuning = EchoTuning()) {
    canceller = EchoCanceller(tuning)
    cleaned = .allocate(capacity: Self.step)
    cleaned.initialize(repeating: 0)
  }

  deinit { cleaned.deallocate() }

  /// The microphone begins anew.
  public func begin() {
    waiting = 0
    isActive = false
    position = 0
    clock = StreamClock(rate: AudioFormat.captureRate)
  }

  /// Takes a block, `lost` samples after the one before it, and calls `deliver` with sound as it is without the echo, and when its first sample
  /// reached the microphone. The span lives during the call only; `deliver` must not call back.
  public func process(
    _ samples: Span<Int16>, firstSample: Instant, lost: Int = 0, deliver: (Span<Int16>, Instant) -> Void
  ) {
    if lost > 0 {
      flush(deliver)
      position += Int64(lost)
    }
    // The stream may have leapt: what waits belongs to before.
    if !clock.observe(position, at: firstSample) { flush(deliver) }
    guard isActive || reference.isHeard(at: firstSample, memory: Self.memory) else {
      position += Int64(samples.count)
      return deliver(samples, firstSample)
    }
    // Nothing can be taken out of nothing: a muted microphone costs no arithmetic.
    if Self.isMute(samples) {
      flush(deliver)
      isActive = false
      position += Int64(samples.count)
      return deliver(samples, firstSample)
    }
    if !isActive { prepare() }
    isActive = true
    var next = 0
    while next < samples.count {
      let taken = min(samples.count - next, Self.step - waiting)
      for index in 0..<taken { heard.base[waiting + index] = Float(samples[next + index]) / 32_768 }
      waiting += taken
      next += taken
      position += Int64(taken)
      if waiting == Self.step { clean(deliver) }
    }
    if !reference.isHeard(at: clock.time(of: position), memory: Self.memory) {
      flush(deliver)
      isActive = false
    }
  }

  private static func isMute(_ samples: Span<Int16>) -> Bool {
    for index in 0..<samples.count where samples[index] != 0 { return false }
    return true
  }

  /// Begins to cancel, with what was played just before.
  private func prepare() {
    canceller.pause()
    let start = clock.time(of: position) + Self.lead
    for ago in stride(from: canceller.memory, to: 0, by: -1) {
      let first = start - SampleTime.duration(of: ago * Self.step, rate: AudioFormat.captureRate)
      reference.read(at: first, pace: clock.pace, count: Self.step, into: played.base)
      canceller.remember(played: played.base)
    }
  }

  private func clean(_ deliver: (Span<Int16>, Instant) -> Void) {
    let first = clock.time(of: position - Int64(Self.step))
    reference.read(at: first + Self.lead, pace: clock.pace, count: Self.step, into: played.base)
    canceller.process(heard: heard.base, played: played.base, output: heard.base)
    waiting = Self.step
    flush(deliver)
  }

  /// Hands out what waits.
  private func flush(_ deliver: (Span<Int16>, Instant) -> Void) {
    guard waiting > 0 else { return }
    let count = waiting
    waiting = 0
    for index in 0..<count {
      let scaled = (heard.base[index] * 32_768).rounded()
      cleaned[index] = Int16(min(max(scaled, -32_768), 32_767))
    }
    let cleaned = cleaned
    deliver(cleaned.span.extracting(0..<count), clock.time(of: position - Int64(count)))
  }
}
