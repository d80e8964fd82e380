import CSpeexDSP

/// Brings an engine's sound to the rate of the seam. Keeps its filter's state between pieces of one sentence.
///
/// Not sendable: made and used on an engine's own thread.
final class Resampler {
  /// SpeexDSP's quality of 0…10; 5 is inaudible on speech and costs less than 1 % of a core.
  private static let quality: Int32 = 5
  private let state: OpaquePointer?

  /// Rates in hertz. The same rate passes sound through.
  init(from: Int, to: Int) {
    var failure: Int32 = 0
    state = from == to ? nil : speex_resampler_init(1, UInt32(from), UInt32(to), Self.quality, &failure)
    precondition(failure == 0, "the resampler refused constant arguments")
    if let state { speex_resampler_skip_zeros(state) }
  }

  deinit { if let state { speex_resampler_destroy(state) } }

  func resample(_ samples: UnsafeBufferPointer<Float>, ratio: Double) -> [Int16] {
    guard let state, let source = samples.baseAddress else { return samples.map(Self.clipped) }
    var used = UInt32(samples.count)
    var made = UInt32(Double(samples.count) * ratio + 64)
    let sound = [Float](unsafeUninitializedCapacity: Int(made)) { target, count in
      speex_resampler_process_float(state, 0, source, &used, target.baseAddress, &made)
      count = Int(made)
    }
    return sound.map(Self.clipped)
  }

  private static func clipped(_ sample: Float) -> Int16 {
    Int16((max(-1, min(1, sample)) * 32767).rounded())
  }
}

extension SampleRate {
  /// A whole recording at another rate, in hertz.
  public static func converted(_ samples: [Int16], from: Int, to: Int) -> [Int16] {
    let sound = samples.map { Float($0) / 32768 }
    return sound.withUnsafeBufferPointer { Resampler(from: from, to: to).resample($0, ratio: Double(to) / Double(from)) }
  }
}
