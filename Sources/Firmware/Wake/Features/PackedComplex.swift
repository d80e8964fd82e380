import CVector

/// Arithmetic on four complex numbers in one vector: real, imaginary, real, imaginary … as 16-bit fractions.
enum PackedComplex {
  typealias Vector = SIMD8<Int16>

  /// What divides by four, or by two, in 16-bit arithmetic: a product with 8191, or 16383, rounded to nearest.
  ///
  /// The upper half of x · 2f is x · f / 2¹⁵ rounded down; bit 14 of x · f says whether to round up.
  struct Divisor {
    private let factor: Vector
    private let doubled: Vector

    init(_ factor: Int16) {
      self.factor = Vector(repeating: factor)
      doubled = Vector(repeating: 2 &* factor)
    }

    @inline(__always)
    func callAsFunction(_ vector: Vector) -> Vector {
      let low = unsafeBitCast(vector &* factor, to: SIMD8<UInt16>.self)
      let isUp = (low &<< SIMD8(repeating: 1)) &>> SIMD8(repeating: 15)
      return sotto_high_products(vector, doubled) &+ unsafeBitCast(isUp, to: Vector.self)
    }
  }

  /// Products with four factors that lie as (cosine, −sine) and (sine, cosine).
  @inline(__always)
  static func product(_ vector: Vector, _ real: Vector, _ imaginary: Vector) -> Vector {
    let realPart = rounded(pairSums(vector, real))
    let imaginaryPart = rounded(pairSums(vector, imaginary))
    return unsafeBitCast((realPart & SIMD4(repeating: 0xFFFF)) | (imaginaryPart &<< SIMD4(repeating: 16)), to: Vector.self)
  }

  @inline(__always)
  private static func rounded(_ sums: SIMD4<Int32>) -> SIMD4<Int32> {
    (sums &+ SIMD4(repeating: 1 << 14)) &>> SIMD4(repeating: 15)
  }

  /// For each pair of lanes the sum of the two products: one instruction on most processors.
  @inline(__always)
  static func pairSums(_ a: Vector, _ b: Vector) -> SIMD4<Int32> { sotto_pair_sums(a, b) }

  /// The transform of four values, the last three already times their factors.
  @inline(__always)
  static func butterfly(_ a: Vector, _ b: Vector, _ c: Vector, _ d: Vector) -> (Vector, Vector, Vector, Vector) {
    let sum = a &+ c
    let difference = a &- c
    let outer = b &+ d
    let turned = conjugate(swapped(b &- d))
    return (sum &+ outer, difference &+ turned, sum &- outer, difference &- turned)
  }

  /// Imaginary and real parts change places.
  @inline(__always)
  private static func swapped(_ vector: Vector) -> Vector {
    let words = unsafeBitCast(vector, to: SIMD4<UInt32>.self)
    return unsafeBitCast((words &<< SIMD4(repeating: 16)) | (words &>> SIMD4(repeating: 16)), to: Vector.self)
  }

  @inline(__always)
  static func conjugate(_ vector: Vector) -> Vector {
    let sign = Vector(0, -1, 0, -1, 0, -1, 0, -1)
    return (vector ^ sign) &- sign
  }

  /// The last of the four first.
  @inline(__always)
  static func reversed(_ vector: Vector) -> Vector {
    let words = unsafeBitCast(vector, to: SIMD4<UInt32>.self)
    return unsafeBitCast(SIMD4(words[3], words[2], words[1], words[0]), to: Vector.self)
  }

  /// (a + b) / 2, rounded down.
  @inline(__always)
  static func mean(_ a: Vector, _ b: Vector) -> Vector {
    (a & b) &+ ((a ^ b) &>> Vector(repeating: 1))
  }

  /// Rows to columns.
  @inline(__always)
  static func transposed(_ rows: (Vector, Vector, Vector, Vector)) -> (Vector, Vector, Vector, Vector) {
    let a = unsafeBitCast(rows.0, to: SIMD4<UInt32>.self)
    let b = unsafeBitCast(rows.1, to: SIMD4<UInt32>.self)
    let c = unsafeBitCast(rows.2, to: SIMD4<UInt32>.self)
    let d = unsafeBitCast(rows.3, to: SIMD4<UInt32>.self)
    return (
      unsafeBitCast(SIMD4(a[0], b[0], c[0], d[0]), to: Vector.self),
      unsafeBitCast(SIMD4(a[1], b[1], c[1], d[1]), to: Vector.self),
      unsafeBitCast(SIMD4(a[2], b[2], c[2], d[2]), to: Vector.self),
      unsafeBitCast(SIMD4(a[3], b[3], c[3], d[3]), to: Vector.self)
    )
  }
}
