import CMath
import Units

/// From the spectrum to the magnitudes of 40 overlapping triangular bands, evenly spaced on the mel scale from 125 Hz to 7,500 Hz.
///
/// Each value of the spectrum belongs to two neighbouring bands, with a weight of 12 fractional bits to each.
struct MelFilterbank: ~Copyable {
  static let channels = 40
  /// Fractional bits of the weights.
  static let weightBits = 12
  private static let lowerLimit: Float = 125
  private static let upperLimit: Float = 7500
  private static let hertzPerValue = Float(16_000 / 2) / Float(FixedPointFFT.size / 2)
  /// The first value that counts: the lower limit, and never the constant part.
  private static let firstValue = Int(1.5 + lowerLimit / hertzPerValue)

  /// For each value from `firstValue`: its weight in the band where it rises, and in the one before.
  private let weights = FixedTable<UInt16>(repeating: 0, count: FixedPointFFT.size / 2)
  private let complements = FixedTable<UInt16>(repeating: 0, count: FixedPointFFT.size / 2)
  /// The value after the last of each band, and of the edge above the last.
  private let ends = FixedTable<UInt16>(repeating: 0, count: channels + 1)
  /// Squared magnitudes.
  private let energies = FixedTable<UInt32>(repeating: 0, count: FixedPointFFT.size / 2)

  init() {
    let lowest = Self.mel(Self.lowerLimit)
    let spacing = (Self.mel(Self.upperLimit) - lowest) / Float(Self.channels + 1)
    var index = Self.firstValue
    var below = lowest
    for band in 0...Self.channels {
      let center = lowest + spacing * Float(band + 1)
      while Self.mel(Float(index) * Self.hertzPerValue) <= center {
        let weight = (center - Self.mel(Float(index) * Self.hertzPerValue)) / (center - below)
        weights[index] = Self.quantized(weight)
        complements[index] = Self.quantized(1 - weight)
        index += 1
      }
      ends[band] = UInt16(index)
      below = center
    }
  }

  private static func mel(_ frequency: Float) -> Float { 1127 * sotto_log1p(frequency / 700) }

  private static func quantized(_ weight: Float) -> UInt16 { UInt16((weight * Float(1 << weightBits) + 0.5).rounded(.down)) }

  /// Writes each band's magnitude to `magnitudes` (`channels` of them). `headroom` is the number of bits that the sound was shifted up by
  /// before its transform.
  func apply(_ spectrum: borrowing FixedTable<Int16>, headroom: Int, to magnitudes: borrowing FixedTable<UInt32>) {
    let last = Int(ends[Self.channels])
    for index in stride(from: Self.firstValue & ~3, to: last, by: 4) {
      let values: SIMD8<Int16> = spectrum.vector(at: 2 * index)
      energies.store(SIMD4<UInt32>(truncatingIfNeeded: PackedComplex.pairSums(values, values)), at: index)
    }
    var index = Self.firstValue
    // What the band before gives to this one: of the first one only its upper slope counts.
    var fromBelow: UInt64 = 0
    for band in 0...Self.channels {
      var sum = fromBelow
      fromBelow = 0
      let end = Int(ends[band])
      while index < end {
        let energy = UInt64(energies[index])
        sum &+= energy &* UInt64(weights[index])
        fromBelow &+= energy &* UInt64(complements[index])
        index &+= 1
      }
      if band > 0 { magnitudes[band - 1] = Self.squareRoot(sum) >> UInt32(headroom) }
    }
  }

  /// Rounded to nearest; below 2³² never above 65,535.
  @inline(__always)
  private static func squareRoot(_ value: UInt64) -> UInt32 {
    // Energies are below 2³² and weights sum up to less than 2²⁰: a `Double` holds the value exactly.
    var root = UInt64(Double(value).squareRoot())
    if root &* root > value { root &-= 1 }
    let largest: UInt64 = value >> 32 == 0 ? 0xFFFF : 0xFFFF_FFFF
    if value &- root &* root > root, root != largest { root &+= 1 }
    return UInt32(truncatingIfNeeded: root)
  }
}
