import Wyoming

/// Brings a service's sound to the seam's rate, and bounds how much of it one sentence may have.
///
/// Not sendable: used by the task that reads the service's sound.
final class SpokenSound {
  /// No sentence is spoken for longer than this many seconds.
  private static let longest = 120

  private let resampler: Resampler
  private let ratio: Double
  private var left: Int

  init(rate: Int) {
    resampler = Resampler(from: rate, to: SampleRate.spoken)
    ratio = Double(SampleRate.spoken) / Double(rate)
    left = Self.longest * rate
  }

  /// The samples at 24 kHz. Throws when the service does not end.
  func take(_ samples: [Int16]) throws(HTTPFailure) -> [Int16] {
    left -= samples.count
    guard left >= 0 else { throw HTTPFailure("speaks one sentence for over \(Self.longest) s") }
    if ratio == 1 { return samples }
    let sound = samples.map { Float($0) / 32768 }
    return sound.withUnsafeBufferPointer { resampler.resample($0, ratio: ratio) }
  }
}
