import CSpeexDSP
import HAL

/// Changes the sample rate of a stream with SpeexDSP's resampler, mono, 16 bits. Its memory is taken at the start; processing takes none.
///
/// Output sample `n` is the sound at input position `n * from / to`: the filter's own delay is taken off at the start, and held
/// back at the end until `latency` more samples have come.
public final class StreamResampler {
  public let from: Int
  public let to: Int
  private let state: OpaquePointer

  /// Of 0…10. Speech up to 7 kHz passes whole and what would fold back is at least 60 dB down (StreamResamplerTests measures both).
  private static let quality: Int32 = 5

  public init(from: Int, to: Int) throws(DeviceError) {
    var code: Int32 = 0
    guard let state = speex_resampler_init(1, UInt32(from), UInt32(to), StreamResampler.quality, &code) else {
      throw DeviceError(.processor, "resample", .unsupported)
    }
    self.from = from
    self.to = to
    self.state = state
    speex_resampler_skip_zeros(state)
  }

  deinit { speex_resampler_destroy(state) }

  /// Samples of input that the filter holds back.
  public var latency: Int { Int(speex_resampler_get_input_latency(state)) }

  /// Forgets the sound so far.
  public func reset() {
    speex_resampler_reset_mem(state)
    speex_resampler_skip_zeros(state)
  }

  /// Takes input and makes output as far as both reach; returns how much of each.
  public func process(
    _ input: UnsafePointer<Int16>, count: Int, into output: UnsafeMutablePointer<Int16>, room: Int
  ) -> (taken: Int, made: Int) {
    var taken = UInt32(clamping: count)
    var made = UInt32(clamping: room)
    guard speex_resampler_process_int(state, 0, input, &taken, output, &made) == 0 else { return (count, 0) }
    return (Int(taken), Int(made))
  }
}
