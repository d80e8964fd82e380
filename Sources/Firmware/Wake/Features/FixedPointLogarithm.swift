import CMath
import Units

/// Natural logarithm of integers, times 64, as a 16-bit number: a piecewise straight correction to the position between two powers of two.
struct FixedPointLogarithm: ~Copyable {
  private static let fractionalBits = 16
  private static let segmentBits = 7
  /// ln 2 with 16 fractional bits.
  private static let ln2: UInt64 = 45_426
  private static let outputBits: UInt64 = 6
  private static let half: UInt64 = 1 << 15

  /// log₂(1 + x) − x at the ends of 128 segments.
  private let corrections = FixedTable<Int32>(repeating: 0, count: 1 << segmentBits + 2)

  init() {
    for index in 0...(1 << Self.segmentBits) {
      let x = Double(index) / Double(1 << Self.segmentBits)
      corrections[index] = Int32(((sotto_log2(1 + x) - x) * Double(1 << Self.fractionalBits)).rounded())
    }
  }

  /// Of 0 and 1 the logarithm is 0.
  @inline(__always)
  func apply(_ value: UInt32) -> UInt16 {
    guard value > 1 else { return 0 }
    let whole = 31 - value.leadingZeroBitCount
    var fraction = Int32(truncatingIfNeeded: Int64(value) - 1 << Int64(whole))
    fraction =
      whole < Self.fractionalBits
      ? fraction &<< Int32(Self.fractionalBits - whole) : fraction &>> Int32(whole - Self.fractionalBits)
    let segment = Int(fraction &>> Int32(Self.fractionalBits - Self.segmentBits))
    let begin = Int32(segment) &<< Int32(Self.fractionalBits - Self.segmentBits)
    let low = corrections[segment]
    let between = ((corrections[segment + 1] &- low) &* (fraction &- begin)) &>> Int32(Self.fractionalBits)
    let binary = UInt64(whole) << UInt64(Self.fractionalBits) + UInt64(fraction &+ low &+ between)
    let natural = (Self.ln2 &* binary &+ Self.half) &>> UInt64(Self.fractionalBits)
    let scaled = (natural &<< Self.outputBits &+ Self.half) &>> UInt64(Self.fractionalBits)
    return UInt16(min(scaled, UInt64(UInt16.max)))
  }
}
