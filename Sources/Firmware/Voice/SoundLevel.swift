/// How loud a frame is, in hundredths of a decibel relative to full scale (0 is the mean square of a full-scale square wave).
///
/// Integer arithmetic throughout, so that every build on every processor decides alike.
public struct SoundLevel: Comparable, Hashable, Sendable {
  public var centibels: Int32

  public init(centibels: Int32) { self.centibels = centibels }
  public static func decibels(_ value: Int32) -> SoundLevel { SoundLevel(centibels: value * 100) }

  /// What is given for digital silence: below the quantisation noise of 16 bits.
  public static let silence = SoundLevel(centibels: -10_000)

  public static func < (a: SoundLevel, b: SoundLevel) -> Bool { a.centibels < b.centibels }
  public static func + (a: SoundLevel, b: SoundLevel) -> SoundLevel { SoundLevel(centibels: a.centibels + b.centibels) }
  public static func - (a: SoundLevel, b: SoundLevel) -> SoundLevel { SoundLevel(centibels: a.centibels - b.centibels) }

  /// The level of `count` samples whose squares add up to `sum`.
  public init(sumOfSquares sum: UInt64, count: Int) {
    guard sum > 0, count > 0 else {
      self = .silence
      return
    }
    // 10·log10(mean / 32768²) = 3.0103·(log2 sum − log2 count − 30) dB, with log2 in 1/65536.
    let bits = log2Fixed(sum) - log2Fixed(UInt64(count)) - (30 << 16)
    self.init(centibels: max(Int32(truncatingIfNeeded: (bits * 30_103 / 100) >> 16), Self.silence.centibels))
  }
}

/// log2 of `value` (at least 1) in 1/65536, by squaring the mantissa bit by bit; the last bit may be one too low.
private func log2Fixed(_ value: UInt64) -> Int64 {
  let exponent = 63 - value.leadingZeroBitCount
  var mantissa = (value << UInt64(63 - exponent)) >> 32  // 1.31 fixed point, at least 1
  var result = Int64(exponent)
  for _ in 0..<16 {
    result <<= 1
    mantissa = (mantissa * mantissa) >> 31
    if mantissa >= 1 << 32 {
      mantissa >>= 1
      result |= 1
    }
  }
  return result
}

/// Measures frames through a first-order high-pass at about 270 Hz, which removes what microphones add without meaning: offset,
/// wind rumble, steps, mains hum.
struct LevelMeter: Sendable {
  /// Pole of the filter in 1/32768: 0.9.
  private static let pole: Int64 = 29_491
  private var lastInput: Int64 = 0
  private var lastOutput: Int64 = 0
  private var hasInput = false

  mutating func measure(_ samples: Span<Int16>) -> SoundLevel {
    var sum: UInt64 = 0
    for index in samples.indices {
      let input = Int64(samples[index])
      // Without this an offset at the start would sound like a click.
      if !hasInput {
        lastInput = input
        hasInput = true
      }
      // The state carries 8 fraction bits.
      let output = ((input - lastInput) << 8) + lastOutput * Self.pole / 32_768
      lastInput = input
      lastOutput = output
      let rounded = output / 256
      sum += UInt64(rounded * rounded)
    }
    return SoundLevel(sumOfSquares: sum, count: samples.count)
  }
}
