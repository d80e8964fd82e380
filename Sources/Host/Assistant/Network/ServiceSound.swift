import Wyoming

/// Brings a service's sound to the seam's rate, and bounds how much of it there may be.
///
/// Not sendable: used by the task that reads the service's sound.
public final class ServiceSound {
  /// No answer is spoken for longer than this many seconds.
  private static let longest = 120

  private let resampler: Resampler
  private let ratio: Double
  private var left: Int

  /// `rate` in hertz, 8000 to 192000.
  public init(rate: Int) {
    resampler = Resampler(from: rate, to: SampleRate.spoken)
    ratio = Double(SampleRate.spoken) / Double(rate)
    left = Self.longest * rate
  }

  /// The samples at 24 kHz. Throws when the service does not end.
  public func take(_ samples: [Int16]) throws(WyomingFailure) -> [Int16] {
    left -= samples.count
    guard left >= 0 else { throw .tooLong("over \(Self.longest) s of sound at once") }
    if ratio == 1 { return samples }
    let sound = samples.map { Float($0) / 32768 }
    return sound.withUnsafeBufferPointer { resampler.resample($0, ratio: ratio) }
  }
}
