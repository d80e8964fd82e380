/// A voice.
public protocol TextToSpeech: Sendable {
  func warmUp() async throws
  /// The sound of one sentence as it is made: 24 kHz, mono. The stream throws `BackEndFailure`, and the work stops early when
  /// it is no longer consumed.
  func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error>
}

/// The sample rates at the seam of the assistant, in hertz: what the wire's Opus streams carry.
public enum SampleRate {
  public static let heard = 16_000
  public static let spoken = 24_000
}
