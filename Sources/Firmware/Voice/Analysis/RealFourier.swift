import CMath
import Units

/// The discrete Fourier transform of 512 real numbers and its inverse, in single precision.
///
/// Spectra are 257 bins, real and imaginary parts apart, so that arithmetic on them runs in vectors. The inverse of the forward
/// transform is the identity. The complex half-length transform is Stockham's, radix 4 (256 = 4⁴), which needs no bit reversal.
/// Working memory is part of the object; nothing is allocated after `init`.
final class RealFourier {
  static let length = 512
  static let bins = 257
  private static let half = 256

  /// e^(−2πi·k/256) for the complex transform, e^(−2πi·k/512) to take the two halves apart.
  private let cosine = FixedTable<Float>(zeros: half)
  private let sine = FixedTable<Float>(zeros: half)
  private let splitCosine = FixedTable<Float>(zeros: half)
  private let splitSine = FixedTable<Float>(zeros: half)
  private let realA = FixedTable<Float>(zeros: half)
  private let imaginaryA = FixedTable<Float>(zeros: half)
  private let realB = FixedTable<Float>(zeros: half)
  private let imaginaryB = FixedTable<Float>(zeros: half)

  init() {
    for index in 0..<Self.half {
      let angle = -2 * Double.pi * Double(index) / Double(Self.half)
      cosine[index] = Float(sotto_cosine(angle))
      sine[index] = Float(sotto_sine(angle))
      splitCosine[index] = Float(sotto_cosine(angle / 2))
      splitSine[index] = Float(sotto_sine(angle / 2))
    }
  }

  /// `samples` has 512 numbers, `real` and `imaginary` have room for 257.
  func forward(_ samples: UnsafePointer<Float>, _ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
    let half = Self.half
    for index in 0..<half {
      realA.base[index] = samples[2 * index]
      imaginaryA.base[index] = samples[2 * index + 1]
    }
    transform()
    real[0] = realA.base[0] + imaginaryA.base[0]
    imaginary[0] = 0
    real[half] = realA.base[0] - imaginaryA.base[0]
    imaginary[half] = 0
    for index in 1..<half {
      let mirror = half - index
      let evenReal = (realA.base[index] + realA.base[mirror]) * 0.5
      let evenImaginary = (imaginaryA.base[index] - imaginaryA.base[mirror]) * 0.5
      let oddReal = (imaginaryA.base[index] + imaginaryA.base[mirror]) * 0.5
      let oddImaginary = (realA.base[mirror] - realA.base[index]) * 0.5
      let c = splitCosine.base[index]
      let s = splitSine.base[index]
      real[index] = evenReal + c * oddReal - s * oddImaginary
      imaginary[index] = evenImaginary + c * oddImaginary + s * oddReal
    }
  }

  /// `real` and `imaginary` have 257 numbers, `samples` has room for 512. The imaginary parts of the first and the last bin are ignored.
  func inverse(_ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>, _ samples: UnsafeMutablePointer<Float>) {
    let half = Self.half
    // The conjugate goes in and comes out, which turns the forward transform into the inverse.
    realA.base[0] = (real[0] + real[half]) * 0.5
    imaginaryA.base[0] = (real[half] - real[0]) * 0.5
    for index in 1..<half {
      let mirror = half - index
      let evenReal = (real[index] + real[mirror]) * 0.5
      let evenImaginary = (imaginary[index] - imaginary[mirror]) * 0.5
      let differenceReal = (real[index] - real[mirror]) * 0.5
      let differenceImaginary = (imaginary[index] + imaginary[mirror]) * 0.5
      let c = splitCosine.base[index]
      let s = -splitSine.base[index]
      let oddReal = differenceReal * c - differenceImaginary * s
      let oddImaginary = differenceReal * s + differenceImaginary * c
      realA.base[index] = evenReal - oddImaginary
      imaginaryA.base[index] = -(evenImaginary + oddReal)
    }
    transform()
    let scale = 1 / Float(half)
    for index in 0..<half {
      samples[2 * index] = realA.base[index] * scale
      samples[2 * index + 1] = -imaginaryA.base[index] * scale
    }
  }

  /// The complex transform of 256 numbers in `realA`, `imaginaryA`, in place by way of the other pair.
  private func transform() {
    stage(64, 1, realA.base, imaginaryA.base, realB.base, imaginaryB.base)
    stage(16, 4, realB.base, imaginaryB.base, realA.base, imaginaryA.base)
    stage(4, 16, realA.base, imaginaryA.base, realB.base, imaginaryB.base)
    stage(1, 64, realB.base, imaginaryB.base, realA.base, imaginaryA.base)
  }

  /// One stage: `quarter` butterflies, each over `stride` neighbours.
  private func stage(
    _ quarter: Int, _ stride: Int, _ fromReal: UnsafeMutablePointer<Float>, _ fromImaginary: UnsafeMutablePointer<Float>,
    _ toReal: UnsafeMutablePointer<Float>, _ toImaginary: UnsafeMutablePointer<Float>
  ) {
    let step = stride * quarter
    for place in 0..<quarter {
      let turn = place * stride
      let c1 = cosine.base[turn]
      let s1 = sine.base[turn]
      let c2 = cosine.base[2 * turn]
      let s2 = sine.base[2 * turn]
      let c3 = c1 * c2 - s1 * s2
      let s3 = c1 * s2 + s1 * c2
      let from = place * stride
      let to = 4 * place * stride
      for q in 0..<stride {
        let aR = fromReal[from + q]
        let aI = fromImaginary[from + q]
        let bR = fromReal[from + step + q]
        let bI = fromImaginary[from + step + q]
        let cR = fromReal[from + 2 * step + q]
        let cI = fromImaginary[from + 2 * step + q]
        let dR = fromReal[from + 3 * step + q]
        let dI = fromImaginary[from + 3 * step + q]
        let sumACR = aR + cR
        let sumACI = aI + cI
        let differenceACR = aR - cR
        let differenceACI = aI - cI
        let sumBDR = bR + dR
        let sumBDI = bI + dI
        // i · (b − d)
        let turnedR = dI - bI
        let turnedI = bR - dR
        toReal[to + q] = sumACR + sumBDR
        toImaginary[to + q] = sumACI + sumBDI
        let oneR = differenceACR - turnedR
        let oneI = differenceACI - turnedI
        toReal[to + stride + q] = oneR * c1 - oneI * s1
        toImaginary[to + stride + q] = oneR * s1 + oneI * c1
        let twoR = sumACR - sumBDR
        let twoI = sumACI - sumBDI
        toReal[to + 2 * stride + q] = twoR * c2 - twoI * s2
        toImaginary[to + 2 * stride + q] = twoR * s2 + twoI * c2
        let threeR = differenceACR + turnedR
        let threeI = differenceACI + turnedI
        toReal[to + 3 * stride + q] = threeR * c3 - threeI * s3
        toImaginary[to + 3 * stride + q] = threeR * s3 + threeI * c3
      }
    }
  }
}
