import HAL
import Units

/// The sound on its way from the microphone to the codec: pre-roll while nobody wants it, a short queue of 20 ms frames once
/// somebody does. One ring serves both, so there is no seam between what was said before the wake and after it.
///
/// While armed: `append` every block; the newest stay. At the wake: `keepPreRoll`, then `takeFrames` after each `append`.
/// Samples lost by the microphone are filled with zeros, so positions and instants stay true.
/// The ring is allocated once, for the pre-roll and the longest microphone period on top of it.
public struct CaptureRing: Sendable {
  private let preRollSamples: Int
  private var ring: RingBuffer<Int16>
  private var frame: [Int16]
  /// When the next sample to be appended reaches the microphone; nil before the first.
  private var next: Instant?

  /// `slack` is the longest block that is appended between two takes (the microphone's period, at most 500 ms).
  public init(preRoll: Duration, slack: Duration = .milliseconds(500)) {
    preRollSamples = SampleTime.samples(in: preRoll, rate: AudioFormat.captureRate)
    let slackSamples = max(SampleTime.samples(in: slack, rate: AudioFormat.captureRate), SampleTime.captureFrame)
    ring = RingBuffer(capacity: preRollSamples + slackSamples, filler: 0)
    frame = [Int16](repeating: 0, count: SampleTime.captureFrame)
  }

  /// Samples in the ring.
  public var count: Int { ring.count }
  /// Time that they cover.
  public var duration: Duration { SampleTime.duration(of: ring.count, rate: AudioFormat.captureRate) }
  /// When the oldest of them reached the microphone.
  public var firstSample: Instant? {
    guard let next, !ring.isEmpty else { return nil }
    return next - duration
  }

  /// Adds a block, `lost` samples after the one before it. The oldest are overwritten when the ring is full.
  public mutating func append(_ samples: Span<Int16>, firstSample: Instant, lost: Int = 0) {
    if next != nil {
      for _ in 0..<min(max(lost, 0), ring.capacity) { ring.append(0) }
    }
    ring.append(samples)
    next = firstSample + SampleTime.duration(of: samples.count, rate: AudioFormat.captureRate)
  }

  /// Drops everything older than the pre-roll.
  public mutating func keepPreRoll() {
    ring.keepLast(preRollSamples)
  }

  /// Drops everything that reached the microphone before `instant`.
  public mutating func keep(since instant: Instant) {
    guard let next else { return }
    ring.keepLast(SampleTime.samples(in: max(next - instant, .zero), rate: AudioFormat.captureRate))
  }

  /// Hands out all whole frames of 20 ms, oldest first, each with the instant of its first sample; the rest waits.
  public mutating func takeFrames<Failure: Error>(
    _ body: (Span<Int16>, Instant) throws(Failure) -> Void
  ) throws(Failure) {
    while ring.count >= SampleTime.captureFrame { try takeFrame(body) }
  }

  /// Forgets all sound.
  public mutating func clear() {
    ring.removeAll()
    next = nil
  }

  private mutating func takeFrame<Failure: Error>(
    _ body: (Span<Int16>, Instant) throws(Failure) -> Void
  ) throws(Failure) {
    guard let first = firstSample else { return }
    let moved = Self.move(&ring, into: &frame)
    try body(frame.span.extracting(0..<moved), first)
  }

  private static func move(_ ring: inout RingBuffer<Int16>, into frame: inout [Int16]) -> Int {
    var output = frame.mutableSpan
    return ring.popFirst(into: &output)
  }
}
