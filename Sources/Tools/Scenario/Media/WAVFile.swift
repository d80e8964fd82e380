import Foundation
import Units

/// The one form of WAV that rigs make: mono, 16-bit.
enum WAVFile {
  /// `samples` are little-endian.
  static func data(_ samples: Data, rate: UInt32) -> Data {
    var data = Data()
    func word(_ text: String) { data.append(contentsOf: text.utf8) }
    func number32(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    func number16(_ value: UInt16) { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    word("RIFF")
    number32(36 + UInt32(samples.count))
    word("WAVEfmt ")
    number32(16)
    number16(1)
    number16(1)
    number32(rate)
    number32(rate * 2)
    number16(2)
    number16(16)
    word("data")
    number32(UInt32(samples.count))
    data.append(samples)
    return data
  }

  /// A hum at 16 kHz that energy-based detectors take for speech: harmonics of 140 Hz, swelling four times a second as syllables do.
  static func hum(_ duration: Duration) -> Data {
    let count = Int(duration.nanoseconds / 62_500)
    var samples: [Int16] = []
    samples.reserveCapacity(count + syllable.count)
    while samples.count < count { samples += syllable }
    return samples.prefix(count).withUnsafeBytes { Data($0) }
  }

  /// A burst of noise at 16 kHz as loud as speech that sets in at once and dies away, as a cough does.
  static func cough(_ duration: Duration) -> Data {
    let count = Int(duration.nanoseconds / 62_500)
    var state: UInt64 = 0x5077_0c0c
    let samples = (0..<count).map { index -> Int16 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Double(Int64(bitPattern: state) >> 33) / Double(1 << 30)
      let fall = exp(-3 * Double(index) / Double(max(count, 1)))
      return Int16((noise * fall * min(Double(index) / 80, 1) * 9000).rounded()).littleEndian
    }
    return samples.withUnsafeBytes { Data($0) }
  }

  /// A quarter of a second, after which the hum repeats itself: 35 periods of its tone, one of its swelling. Little-endian.
  private static let syllable: [Int16] = (0..<4_000).map { index in
    let time = Double(index) / 16_000
    let tones = (1...5).reduce(0.0) { sum, harmonic in sum + sin(2 * .pi * 140 * Double(harmonic) * time) / Double(harmonic) }
    let swell = 0.6 - 0.4 * cos(2 * .pi * 4 * time)
    return Int16((tones * swell * 6000).rounded()).littleEndian
  }
}
