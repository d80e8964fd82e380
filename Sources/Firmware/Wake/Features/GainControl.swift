import CMath
import Units

/// Automatic gain for each channel: the signal is divided by a power of the noise around it (per-channel amplitude normalisation).
///
/// gain = 2²¹ · (noise + 80)^−0.95. A table holds, for each power of two, a parabola through three points of it.
struct GainControl: ~Copyable {
  private static let gainBits = 21
  private static let strength: Float = 0.95
  private static let offset: Float = 80
  /// Fractional bits of the ratio between signal and noise.
  private static let ratioBits: UInt32 = 12
  private static let outputBits: UInt32 = 6

  private let noiseBits: Int
  private let ratioShift: UInt64
  /// The gain for a noise of 0 and 1, then for each interval [2ⁿ⁻¹, 2ⁿ), n = 2…32: value, slope, curvature, nothing.
  private let table = FixedTable<Int16>(repeating: 0, count: 2 + 4 * 31)

  /// `correctionBits`: how far the signal lies below its true scale.
  init(correctionBits: Int) {
    noiseBits = Int(StationaryNoise.estimateBits) - correctionBits
    ratioShift = UInt64(Self.gainBits - correctionBits - Int(Self.ratioBits))
    table[0] = gain(0)
    table[1] = gain(1)
    for interval in 2...32 {
      let begin = UInt32(1) << UInt32(interval - 1)
      let end = interval == 32 ? begin + (begin - 1) : 2 * begin
      let value = gain(begin)
      let toMiddle = Int32(gain(begin + begin / 2)) - Int32(value)
      let toEnd = Int32(gain(end)) - Int32(value)
      let slope = 4 * toMiddle - toEnd
      let place = 4 * interval - 6
      table[place] = value
      table[place + 1] = Int16(truncatingIfNeeded: slope)
      table[place + 2] = Int16(truncatingIfNeeded: toEnd - slope)
    }
  }

  private func gain(_ noise: UInt32) -> Int16 {
    let level = Float(noise) / Float(UInt32(1) << UInt32(noiseBits))
    let gain = Float(1 << Self.gainBits) * sotto_power(level + Self.offset, -Self.strength)
    return gain > Float(Int16.max) ? .max : Int16(gain + 0.5)
  }

  func apply(to signal: borrowing FixedTable<UInt32>, noise: borrowing FixedTable<UInt32>) {
    for channel in 0..<signal.count {
      let gain = UInt64(UInt32(truncatingIfNeeded: Int32(interpolated(noise[channel]))))
      let ratio = UInt32(truncatingIfNeeded: (UInt64(signal[channel]) &* gain) &>> ratioShift)
      signal[channel] = Self.compressed(ratio)
    }
  }

  @inline(__always)
  private func interpolated(_ noise: UInt32) -> Int16 {
    if noise <= 2 { return table[Int(noise)] }
    let interval = 32 - noise.leadingZeroBitCount
    let fraction = Int32(
      truncatingIfNeeded: (interval < 11 ? noise &<< UInt32(11 - interval) : noise &>> UInt32(interval - 11)) & 0x3FF)
    let place = 4 * interval - 6
    var result = (Int32(table[place + 2]) &* fraction) &>> 5
    result &+= Int32(table[place + 1]) &<< 5
    result = (result &* fraction &+ 1 << 14) &>> 15
    return Int16(truncatingIfNeeded: result &+ Int32(table[place]))
  }

  /// A parabola up to a ratio of 2, a straight line above.
  @inline(__always)
  private static func compressed(_ ratio: UInt32) -> UInt32 {
    if ratio < 2 << ratioBits { return (ratio &* ratio) &>> (2 + 2 * ratioBits - outputBits) }
    return (ratio &>> (ratioBits - outputBits)) &- (1 << outputBits)
  }
}
