import CSpeexDSP
import HAL
import Units

/// Changes the sample rate of whole sounds with the SpeexDSP resampler.
public enum Resampling {
  /// Of 0…10: the library's own choice for high quality on the desktop.
  private static let quality: Int32 = 8
  private static let chunk = 4096

  /// `sound` at the microphone's rate as 16-bit samples. The first sample stays the first: the filter's delay is taken off.
  public static func captured(_ sound: WAVSound) throws(DeviceError) -> [Int16] {
    guard sound.rate != AudioFormat.captureRate else { return sound.samples.map(pulseCode) }
    let expected = (sound.samples.count * AudioFormat.captureRate + sound.rate - 1) / sound.rate
    var code: Int32 = 0
    guard
      let state = speex_resampler_init(
        1, spx_uint32_t(sound.rate), spx_uint32_t(AudioFormat.captureRate), quality, &code)
    else { throw DeviceError(.microphone, "resample", .unsupported) }
    defer { speex_resampler_destroy(state) }
    speex_resampler_skip_zeros(state)

    var result: [Int16] = []
    result.reserveCapacity(expected)
    var output = [Float](repeating: 0, count: chunk)
    // Silence after the sound pushes its end out of the filter.
    let tail = Int(speex_resampler_get_input_latency(state)) + 1
    let input = sound.samples + [Float](repeating: 0, count: tail)
    var position = 0
    while result.count < expected {
      var taken = spx_uint32_t(min(input.count - position, chunk))
      var made = spx_uint32_t(output.count)
      let status = input.withUnsafeBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
          speex_resampler_process_float(state, 0, source.baseAddress! + position, &taken, target.baseAddress!, &made)
        }
      }
      guard status == 0 else { throw DeviceError(.microphone, "resample", .unsupported) }
      if taken == 0 && made == 0 { break }
      position += Int(taken)
      for index in 0..<min(Int(made), expected - result.count) { result.append(pulseCode(output[index])) }
    }
    return result
  }

  /// One sample of −1…1 as a 16-bit number, rounded and clamped.
  static func pulseCode(_ sample: Float) -> Int16 {
    let scaled = sample * 32_768
    if scaled >= 32_767 { return 32_767 }
    if scaled <= -32_768 { return -32_768 }
    return Int16(Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
  }
}
