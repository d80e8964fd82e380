import CMath
import Units

/// Discrete Fourier transform of 512 real 16-bit samples in 16-bit arithmetic with 15 fractional bits.
///
/// The samples are taken as 256 complex ones, transformed by four stages of radix 4 (decimation in time; each stage divides by four, so that
/// nothing overflows) and taken apart into the 257 values of the real transform, divided by two once more: the result is the transform divided by 512.
/// Every product is rounded to nearest as (x + 2¹⁴) >> 15, each division by 4 or 2 is a product with 8191 or 16383 (32767 divided, in
/// integers): this is the arithmetic that the wake-word models were trained on, and `tools/bench wake --exact` compares it bit by bit.
///
/// Complex values lie as real, imaginary, real, imaginary …; four of them are a vector.
struct FixedPointFFT: ~Copyable {
  static let size = 512
  private static let complexSize = size / 2
  private static let one = 32767

  /// Real samples in: `size` of them. Filled by whoever transforms, and overwritten by no one.
  let input = FixedTable<Int16>(repeating: 0, count: size)
  /// Values 0…256 out, and room up to a whole vector.
  let output = FixedTable<Int16>(repeating: 0, count: size + 8)
  private let work = FixedTable<Int16>(repeating: 0, count: size)
  /// For each stage but the first, for each vector of four values, the factors of the second, third and fourth input: a vector (cosine, −sine)
  /// for the real part and one (sine, cosine) for the imaginary.
  private let stageFactors: FixedTable<Int16>
  /// The same for the last step; the first vector belongs to values 1…4.
  private let realFactors: FixedTable<Int16>

  private let quartered = PackedComplex.Divisor(8191)
  private let halved = PackedComplex.Divisor(16383)

  init() {
    stageFactors = FixedTable(repeating: 0, count: (4 + 16 + 64) / 4 * 6 * 8)
    var position = 0
    for width in [4, 16, 64] {
      let stride = Self.complexSize / (4 * width)
      for first in Swift.stride(from: 0, to: width, by: 4) {
        for multiple in 1...3 {
          for lane in 0..<4 {
            let index = (first + lane) * stride * multiple
            Self.put(
              Self.factor(-2 * Double.pi * Double(index) / Double(Self.complexSize)), in: stageFactors, at: position + 2 * lane)
          }
          position += 16
        }
      }
    }
    realFactors = FixedTable(repeating: 0, count: Self.complexSize / 2 / 4 * 16)
    for index in 0..<Self.complexSize / 2 {
      let factor = Self.factor(-Double.pi * (Double(index + 1) / Double(Self.complexSize) + 0.5))
      Self.put(factor, in: realFactors, at: index / 4 * 16 + index % 4 * 2)
    }
  }

  private static func factor(_ angle: Double) -> (cosine: Int16, sine: Int16) {
    (
      Int16((0.5 + Double(one) * sotto_cosine(angle)).rounded(.down)),
      Int16((0.5 + Double(one) * sotto_sine(angle)).rounded(.down))
    )
  }

  private static func put(_ factor: (cosine: Int16, sine: Int16), in table: borrowing FixedTable<Int16>, at position: Int) {
    table[position] = factor.cosine
    table[position + 1] = -factor.sine
    table[position + 8] = factor.sine
    table[position + 9] = factor.cosine
  }

  /// Transforms `input` into `output`.
  func transform() {
    firstStage()
    stage(width: 4, factors: 0)
    stage(width: 16, factors: 48)
    stage(width: 64, factors: 48 + 4 * 48)
    takeApart()
  }

  /// Sixteen times four groups side by side: each takes every 64th value and leaves four in a row.
  private func firstStage() {
    let real = SIMD8<Int16>(Int16(Self.one), 0, Int16(Self.one), 0, Int16(Self.one), 0, Int16(Self.one), 0)
    let imaginary = SIMD8<Int16>(0, Int16(Self.one), 0, Int16(Self.one), 0, Int16(Self.one), 0, Int16(Self.one))
    for block in 0..<16 {
      let position = 8 * block
      let values = PackedComplex.butterfly(
        quartered(input.vector(at: position)),
        PackedComplex.product(quartered(input.vector(at: position + 128)), real, imaginary),
        PackedComplex.product(quartered(input.vector(at: position + 256)), real, imaginary),
        PackedComplex.product(quartered(input.vector(at: position + 384)), real, imaginary))
      let groups = PackedComplex.transposed(values)
      // The digits of base four of a group's place are those of its first input in reverse.
      let place = 2 * ((block & 3) * 16 + (block >> 2) * 4)
      work.store(groups.0, at: place)
      work.store(groups.1, at: place + 128)
      work.store(groups.2, at: place + 256)
      work.store(groups.3, at: place + 384)
    }
  }

  /// Joins four transforms of `width` values each, wherever four lie in a row.
  private func stage(width: Int, factors first: Int) {
    let step = 2 * width
    for group in stride(from: 0, to: Self.size, by: 4 * step) {
      var factors = first
      for position in stride(from: group, to: group + step, by: 8) {
        let values = PackedComplex.butterfly(
          quartered(work.vector(at: position)),
          PackedComplex.product(
            quartered(work.vector(at: position + step)), stageFactors.vector(at: factors),
            stageFactors.vector(at: factors + 8)),
          PackedComplex.product(
            quartered(work.vector(at: position + 2 * step)), stageFactors.vector(at: factors + 16),
            stageFactors.vector(at: factors + 24)),
          PackedComplex.product(
            quartered(work.vector(at: position + 3 * step)), stageFactors.vector(at: factors + 32),
            stageFactors.vector(at: factors + 40)))
        work.store(values.0, at: position)
        work.store(values.1, at: position + step)
        work.store(values.2, at: position + 2 * step)
        work.store(values.3, at: position + 3 * step)
        factors += 48
      }
    }
  }

  /// From the transform of even samples as real and odd ones as imaginary parts to the transform of all.
  private func takeApart() {
    let zero = halved(SIMD8(work[0], work[1], 0, 0, 0, 0, 0, 0))
    output[0] = zero[0] &+ zero[1]
    output[1] = 0
    for first in stride(from: 1, through: Self.complexSize / 2, by: 4) {
      let near = halved(work.vector(at: 2 * first))
      let mirrored = 2 * (Self.complexSize - first - 3)
      let far = halved(PackedComplex.conjugate(PackedComplex.reversed(work.vector(at: mirrored))))
      let sum = near &+ far
      let factors = (first - 1) / 4 * 16
      let product = PackedComplex.product(near &- far, realFactors.vector(at: factors), realFactors.vector(at: factors + 8))
      output.store(PackedComplex.mean(sum, product), at: 2 * first)
      // The value in the middle is written twice; the second counts.
      let mirror = PackedComplex.mean(PackedComplex.conjugate(sum), 0 &- PackedComplex.conjugate(product))
      output.store(PackedComplex.reversed(mirror), at: mirrored)
    }
    output[2 * Self.complexSize] = zero[0] &- zero[1]
    output[2 * Self.complexSize + 1] = 0
  }
}
