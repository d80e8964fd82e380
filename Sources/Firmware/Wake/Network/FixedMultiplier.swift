/// A positive real number as a 31-bit fraction and a power of two: what brings an accumulator of products back to eight bits.
///
/// Both ways of rounding are those of TensorFlow Lite's reference operators, bit by bit.
struct FixedMultiplier {
  /// 2³⁰ … 2³¹ − 1, or 0.
  private(set) var factor: Int32
  /// Left when positive.
  private(set) var shift: Int32

  /// `real` is zero or more and finite.
  init(_ real: Double) {
    guard real > 0 else {
      (factor, shift) = (0, 0)
      return
    }
    var exponent = Int32(real.exponent) + 1
    var fraction = Int64((real.significand / 2 * Double(Int64(1) << 31)).rounded(.toNearestOrAwayFromZero))
    if fraction == Int64(1) << 31 {
      fraction /= 2
      exponent += 1
    }
    if exponent < -31 { (fraction, exponent) = (0, 0) }
    factor = Int32(fraction)
    shift = min(exponent, 30)
  }

  /// The same divided by a number of summands from 1 to 2¹⁶, as the reference operators do it: so many bits more below the point, and then divided
  /// without rounding.
  func divided(by count: Int) -> FixedMultiplier {
    var divided = self
    let bits = min(Int32(Int.bitWidth - 1 - count.leadingZeroBitCount), 31 + shift)
    divided.factor = Int32(truncatingIfNeeded: (Int64(factor) << Int64(bits)) / Int64(count))
    divided.shift = shift - bits
    return divided
  }

  /// Rounded to nearest after the product, and again, halves away from zero, after the shift: how convolutions do it.
  @inline(__always)
  func twiceRounded(_ value: Int32) -> Int32 {
    let shifted = Int64(value &<< max(shift, 0))
    let product = Int32(truncatingIfNeeded: (shifted &* Int64(factor) &+ 1 << 30) &>> 31)
    guard shift < 0 else { return product }
    return (product &+ (1 << (-shift - 1)) &+ (product &>> 31)) &>> -shift
  }

  /// Rounded once, halves up: how fully connected layers do it.
  @inline(__always)
  func onceRounded(_ value: Int32) -> Int32 {
    let total = Int64(31 - shift)
    let sum = Int64(value) &* Int64(factor) &+ (1 &<< (total - 1))
    return Int32(clamping: sum &>> total)
  }
}
