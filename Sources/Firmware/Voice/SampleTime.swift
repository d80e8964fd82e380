import HAL
import Units

/// Conversions between counts of samples and time. Exact at the capture rate (62 500 ns per sample), rounded down to the
/// nanosecond at the playback rate.
public enum SampleTime {
  /// Length of one codec frame in both directions.
  public static let frame: Duration = .milliseconds(20)
  /// Samples of one frame from the microphone: 320.
  public static let captureFrame = AudioFormat.captureRate / 50
  /// Samples of one frame for the speaker: 480.
  public static let playbackFrame = AudioFormat.playbackRate / 50

  public static func duration(of samples: Int, rate: Int) -> Duration {
    .nanoseconds(Int64(samples) * 1_000_000_000 / Int64(rate))
  }

  /// Whole samples in `duration`; at least 0.
  public static func samples(in duration: Duration, rate: Int) -> Int {
    Int(max(duration.microseconds, 0) * Int64(rate) / 1_000_000)
  }
}
