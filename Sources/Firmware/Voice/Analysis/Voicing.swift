import CMath
import HAL
import Units

/// How much a moment sounds like a voice: vowels and hums are nearly periodic at the pace of the vocal folds, noise and knocks are not.
public struct Voicing: Sendable, Hashable {
  /// 0 (noise) … 1 (a clear tone of a voice's pitch).
  public var strength: Float
  /// The pitch in hertz that is most likely, 80…400; without meaning where `strength` is low.
  public var pitch: Float
  /// Share of the power between 1 and 4 kHz in that between 100 Hz and 4 kHz, 0…1: vowels have mouths, hums have noses only.
  public var brightness: Float

  public init(strength: Float, pitch: Float, brightness: Float) {
    self.strength = strength
    self.pitch = pitch
    self.brightness = brightness
  }

  /// From here on a frame counts as voiced; white noise stays below it but for 2 frames in 100 (VoicingTests).
  public static let threshold: Float = 0.6

  public var isVoiced: Bool { strength >= Self.threshold }
}

/// Measures voicing over the last 32 ms: the highest peak of the autocorrelation, the window's own taken out (Boersma 1993), of what lies
/// between 100 Hz and 2 kHz. Two transforms a measurement; nothing is allocated after `init`.
public final class VoicingMeter {
  private static let length = RealFourier.length
  private static let bins = RealFourier.bins
  /// Lags of 400 and of 80 Hz.
  private static let shortestLag = AudioFormat.captureRate / 400
  private static let longestLag = AudioFormat.captureRate / 80
  /// Bins of 31.25 Hz: 100 Hz, 1, 2 and 4 kHz.
  private static let lowest = 4
  private static let middle = 32
  private static let voiceEnd = 64
  private static let brightEnd = 128

  private let fourier = RealFourier()
  private let history = FixedTable<Float>(zeros: length)
  /// Samples since the last that was not zero.
  private var mute = length
  private let window = FixedTable<Float>(zeros: length)
  /// For each lag what the window alone leaves of a periodic sound.
  private let windowShare = FixedTable<Float>(zeros: longestLag + 2)
  private let time = FixedTable<Float>(zeros: length)
  private let real = FixedTable<Float>(zeros: bins)
  private let imaginary = FixedTable<Float>(zeros: bins)

  public init() {
    for index in 0..<Self.length {
      window[index] = Float(0.5 - 0.5 * sotto_cosine(2 * Double.pi * (Double(index) + 0.5) / Double(Self.length)))
    }
    var whole: Float = 0
    for index in 0..<Self.length { whole += window[index] * window[index] }
    for lag in 0..<windowShare.count {
      var sum: Float = 0
      for index in lag..<Self.length { sum += window[index] * window[index - lag] }
      windowShare[lag] = sum / whole
    }
  }

  /// Forgets the sound so far.
  public func reset() {
    history.fill(0)
    mute = Self.length
  }

  /// Takes the next samples, at most 512, and measures the last 32 ms with them.
  public func measure(_ samples: Span<Int16>) -> Voicing {
    let count = min(samples.count, Self.length)
    mute = min(mute + count, Self.length)
    for index in 0..<count where samples[samples.count - count + index] != 0 { mute = count - 1 - index }
    // A history of zeros stays one.
    guard mute < Self.length else { return Voicing(strength: 0, pitch: 0, brightness: 0) }
    let kept = Self.length - count
    history.base.update(from: history.base + count, count: kept)
    for index in 0..<count { history.base[kept + index] = Float(samples[samples.count - count + index]) / 32_768 }
    for index in 0..<Self.length { time.base[index] = history.base[index] * window.base[index] }
    fourier.forward(time.base, real.base, imaginary.base)
    var low: Float = 0
    var bright: Float = 0
    for bin in 0..<Self.bins {
      let power = real.base[bin] * real.base[bin] + imaginary.base[bin] * imaginary.base[bin]
      if bin >= Self.lowest && bin < Self.middle { low += power }
      if bin >= Self.middle && bin < Self.brightEnd { bright += power }
      real.base[bin] = bin >= Self.lowest && bin < Self.voiceEnd ? power : 0
    }
    imaginary.fill(0)
    let total = low + bright
    guard total > 0 else { return Voicing(strength: 0, pitch: 0, brightness: 0) }
    fourier.inverse(real.base, imaginary.base, time.base)
    let (strength, pitch) = peak()
    return Voicing(strength: strength, pitch: pitch, brightness: bright / total)
  }

  /// The autocorrelation is circular over 512 samples; lags up to 200 of windowed sound mix with little.
  private func peak() -> (strength: Float, pitch: Float) {
    let whole = time.base[0]
    guard whole > 0 else { return (0, 0) }
    var best: Float = 0
    var place = Self.shortestLag
    for lag in Self.shortestLag...Self.longestLag {
      let value = time.base[lag] / (windowShare.base[lag] * whole)
      if value > best {
        best = value
        place = lag
      }
    }
    return (min(best, 1), Float(AudioFormat.captureRate) / Float(place))
  }
}
