import Foundation
import HAL
import Testing

@testable import Drivers

@Suite struct StreamResamplerTests {
  private func sine(_ hertz: Double, rate: Int, seconds: Double = 1, amplitude: Double = 16_000) -> [Int16] {
    (0..<Int(Double(rate) * seconds)).map { Int16((amplitude * sin(2 * .pi * hertz * Double($0) / Double(rate))).rounded()) }
  }

  /// In pieces of odd lengths, as they come from a device.
  private func resampled(_ input: [Int16], _ resampler: StreamResampler, pieces: [Int] = [1, 480, 37, 1024]) -> [Int16] {
    var output: [Int16] = []
    var buffer = [Int16](repeating: 0, count: 300)
    var place = 0
    var turn = 0
    while place < input.count {
      let piece = min(pieces[turn % pieces.count], input.count - place)
      turn += 1
      var taken = 0
      while taken < piece {
        let (used, made) = input.withUnsafeBufferPointer { source in
          buffer.withUnsafeMutableBufferPointer {
            resampler.process(source.baseAddress! + place + taken, count: piece - taken, into: $0.baseAddress!, room: $0.count)
          }
        }
        output += buffer[..<made]
        taken += used
      }
      place += piece
    }
    return output
  }

  private func level(_ samples: ArraySlice<Int16>) -> Double {
    let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
    return 20 * log10(max(power.squareRoot(), 0.01) / (16_000 / 2.0.squareRoot()))
  }

  @Test(arguments: [48_000, 44_100, 32_000])
  func speechPassesAndWhatWouldFoldBackDoesNot(rate: Int) throws {
    for hertz in [200.0, 1_000, 3_400, 7_000] {
      let output = resampled(sine(hertz, rate: rate), try StreamResampler(from: rate, to: 16_000))
      #expect(abs(level(output[1_000..<15_000])) < 0.5, "\(hertz) Hz")
    }
    for hertz in [9_500.0, 12_000, 15_000] {
      let output = resampled(sine(hertz, rate: rate), try StreamResampler(from: rate, to: 16_000))
      #expect(level(output[1_000..<15_000]) < -60, "\(hertz) Hz")
    }
  }

  @Test func theSoundStaysWhereItIs() throws {
    let input = sine(440, rate: 48_000)
    let output = resampled(input, try StreamResampler(from: 48_000, to: 16_000))
    for index in 500..<15_000 { #expect(abs(Int(output[index]) - Int(input[3 * index])) < 40) }
  }

  @Test func theWayInPiecesIsTheSame() throws {
    let input = sine(1_234, rate: 48_000, seconds: 0.2)
    let whole = resampled(input, try StreamResampler(from: 48_000, to: 16_000), pieces: [input.count])
    #expect(resampled(input, try StreamResampler(from: 48_000, to: 16_000)) == whole)
  }

  @Test func afterAResetItIsAsNew() throws {
    let resampler = try StreamResampler(from: 24_000, to: 48_000)
    let input = sine(700, rate: 24_000, seconds: 0.1)
    let first = resampled(input, resampler)
    resampler.reset()
    #expect(resampled(input, resampler) == first)
    #expect(first.count >= 2 * (input.count - resampler.latency) - 2)
  }
}
