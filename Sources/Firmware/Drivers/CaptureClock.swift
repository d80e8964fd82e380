import HAL
import Units

/// When each sample of a capture reached the microphone, and how many were lost: pure arithmetic on what the device says.
///
/// Positions count the device frames that were read since the start of the run. Output sample `n` stands at position
/// `n * rate / captureRate`, whether or not the rates differ.
public struct CaptureClock: Sendable, Hashable {
  /// Device frames per second.
  public let rate: Int
  /// Device frames read since the run began.
  private var taken: Int64 = 0
  /// Samples given out since the run began.
  private var made: Int64 = 0
  /// When device frame `anchorPosition` reached the microphone.
  private var anchor: Instant
  private var anchorPosition: Int64 = 0
  /// Lost device frames of which whole output samples have not been told yet.
  private var lost: Int64 = 0
  private var lostTime: Duration = .zero

  public init(rate: Int, start: Instant) {
    self.rate = rate
    anchor = start
  }

  /// The device was asked where it is: at `instant` the sound of `delay` frames ago was the next to be read.
  public mutating func observe(delay: Int64, at instant: Instant) {
    anchor = instant - duration(ofFrames: max(delay, 0))
    anchorPosition = taken
  }

  /// Frames were read from the device.
  public mutating func take(_ frames: Int) { taken += Int64(frames) }

  /// Frames were overwritten before they were read. The filter of a rate conversion runs over the gap: what was read stands behind it.
  public mutating func lose(_ frames: Int) { lost += Int64(frames) }

  /// The device stopped and runs again from `instant` on: what was to be heard since the last sample read is lost.
  public mutating func restart(at instant: Instant) {
    lostTime += max(instant - time(ofFrame: taken), .zero)
    anchor = instant
    anchorPosition = taken
  }

  /// The next `count` samples are given out: when the first was heard, and what was lost before it.
  public mutating func give(_ count: Int) -> CaptureBlock {
    let first = time(ofFrame: made * Int64(rate) / Int64(AudioFormat.captureRate))
    made += Int64(count)
    guard count > 0 else { return CaptureBlock(count: 0, firstSample: first, lost: 0) }
    let byTime = lostTime.nanoseconds * Int64(AudioFormat.captureRate) / 1_000_000_000
    let byCount = lost * Int64(AudioFormat.captureRate) / Int64(rate)
    lostTime = .zero
    lost -= byCount * Int64(rate) / Int64(AudioFormat.captureRate)
    return CaptureBlock(count: count, firstSample: first, lost: Int(byTime + byCount))
  }

  private func time(ofFrame position: Int64) -> Instant {
    let distance = position - anchorPosition
    return distance < 0 ? anchor - duration(ofFrames: -distance) : anchor + duration(ofFrames: distance)
  }

  private func duration(ofFrames frames: Int64) -> Duration {
    .nanoseconds(frames / Int64(rate) * 1_000_000_000 + frames % Int64(rate) * 1_000_000_000 / Int64(rate))
  }
}
