import CMath
import Units

/// 30 ms of sound under a raised-cosine window, a new one each 10 ms.
///
/// Samples are 16 bit at 16 kHz; coefficients have 12 fractional bits and are taken in the middle of each sample's interval.
struct AnalysisWindow: ~Copyable {
  /// Samples under the window.
  static let size = 480
  /// Samples from one window to the next.
  static let step = 160
  private static let fractionalBits: Int16 = 12

  private let coefficients = FixedTable<Int16>(repeating: 0, count: size)
  private let input = FixedTable<Int16>(repeating: 0, count: size)
  private var used = 0

  init() {
    // In single precision throughout: in double precision one coefficient would round to the other side.
    let angle = Float(Double.pi * 2) / Float(Self.size)
    for index in 0..<Self.size {
      let value = 0.5 - 0.5 * sotto_cosine_float(angle * (Float(index) + 0.5))
      coefficients[index] = Int16((value * Float(1 << Self.fractionalBits) + 0.5).rounded(.down))
    }
  }

  mutating func reset() {
    input.fill(0)
    used = 0
  }

  /// Takes samples from `samples`, beginning at `position`, until the window is full or there are no more; says whether it is full.
  mutating func fill(from samples: Span<Int16>, at position: inout Int) -> Bool {
    let count = min(Self.size - used, samples.count - position)
    samples.withUnsafeBufferPointer { source in
      if count > 0, let start = source.baseAddress { input.copy(start + position, count: count, to: used) }
    }
    used += count
    position += count
    return used == Self.size
  }

  /// Writes the windowed samples of a full window to the beginning of `output` (at least `size`), moves on by a step, and returns the
  /// number of bits that the largest of them leaves free, 0…15: 15 for silence.
  mutating func apply(to output: borrowing FixedTable<Int16>) -> Int {
    // Of the largest magnitude only the highest bit counts: that of all of them together.
    var bits = SIMD8<Int16>.zero
    for index in stride(from: 0, to: Self.size, by: 8) {
      let product = widen(input.vector(at: index)) &* widen(coefficients.vector(at: index))
      let value = SIMD8<Int16>(truncatingIfNeeded: product &>> SIMD8(repeating: Int32(Self.fractionalBits)))
      output.store(value, at: index)
      let sign = value &>> SIMD8(repeating: 15)
      bits |= (value ^ sign) &- sign
    }
    input.copy(input.base + Self.step, count: Self.size - Self.step, to: 0)
    used -= Self.step
    // The most negative value has no magnitude in 16 bits and does not count, as in the models' training.
    let halves = bits.lowHalf | bits.highHalf
    let all = (halves[0] | halves[1] | halves[2] | halves[3]) & Int16.max
    return all.leadingZeroBitCount - 1
  }

  @inline(__always)
  private func widen(_ vector: SIMD8<Int16>) -> SIMD8<Int32> { SIMD8<Int32>(truncatingIfNeeded: vector) }
}
