import Foundation
import HAL
import Units
import Voice

/// Numbers that depend only on the seed (SplitMix64 by Steele, Lea and Flood).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

func milliseconds(_ value: Int64) -> Instant { Instant(nanoseconds: value * 1_000_000) }

/// Test signals at 16 kHz.
enum Signal {
  /// Gaussian-like white noise with an RMS of `decibels` re full scale.
  static func noise(milliseconds: Int, decibels: Double, seed: UInt64 = 1) -> [Int16] {
    var random = SeededNumbers(state: seed)
    let scale = 32_768 * pow(10, decibels / 20)
    return (0..<milliseconds * 16).map { _ in
      // Four uniform numbers of 16 bits, centred: variance 1/3.
      let bits = random.next()
      let sum = Double(bits & 0xffff) + Double(bits >> 16 & 0xffff) + Double(bits >> 32 & 0xffff) + Double(bits >> 48)
      let value = (sum / 65_536 - 2) * 3.0.squareRoot()
      return Int16(max(min(value * scale, 32_767), -32_768))
    }
  }

  static func tone(milliseconds: Int, hertz: Double, decibels: Double, rate: Double = 16_000) -> [Int16] {
    let amplitude = 32_768 * pow(10, decibels / 20) * 2.0.squareRoot()
    return (0..<milliseconds * Int(rate) / 1_000).map { Int16((amplitude * sin(2 * .pi * hertz * Double($0) / rate)).rounded()) }
  }

  /// Speech-like: harmonics of 120 Hz in syllables of 180 ms with 40 ms dips 25 dB down, RMS about `decibels` in the syllables.
  static func syllables(milliseconds: Int, decibels: Double) -> [Int16] {
    let amplitude = 32_768 * pow(10, decibels / 20) / 2
    return (0..<milliseconds * 16).map { index in
      let time = Double(index) / 16_000
      let inSyllable = index % (220 * 16) < 180 * 16
      var voice = 0.0
      for harmonic in 2...12 {
        let number = Double(harmonic)
        voice += sin(2 * Double.pi * 120 * number * time + number * number) / number.squareRoot()
      }
      let value: Double = amplitude * voice * (inSyllable ? 1 : 0.056)
      return Int16(max(min(value, 32_767), -32_768))
    }
  }

  static func zeros(milliseconds: Int) -> [Int16] { [Int16](repeating: 0, count: milliseconds * 16) }

  static func mix(_ a: [Int16], _ b: [Int16]) -> [Int16] {
    (0..<max(a.count, b.count)).map { index in
      let sum = Int(index < a.count ? a[index] : 0) + Int(index < b.count ? b[index] : 0)
      return Int16(clamping: sum)
    }
  }

  static func rms(_ samples: some Collection<Int16>) -> Double {
    samples.isEmpty ? 0 : (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
  }
}

/// The human clips of Debian's pocketsphinx-testdata, 16 kHz mono.
enum HumanClips {
  static let folder = "/usr/share/pocketsphinx/test/data/"
  static let names =
    (1...5).map { "cards/00\($0).wav" }
    + ["0870", "0880", "0890", "0920", "0930"].map { "librivox/sense_and_sensibility_01_austen_64kb-\($0).wav" }
    + ["goforward.raw", "numbers.raw", "something.raw"]

  static var areInstalled: Bool { FileManager.default.fileExists(atPath: folder + names[0]) }

  static func samples(_ name: String) throws -> [Int16] {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + name)))
    if name.hasSuffix(".wav") { bytes.removeFirst(44) }
    return (0..<bytes.count / 2).map { Int16(bitPattern: UInt16(bytes[2 * $0]) | UInt16(bytes[2 * $0 + 1]) << 8) }
  }
}

/// Runs a detector over samples that begin at `start`; stops when it is over.
func endpoints(
  _ samples: [Int16], policy: ListeningPolicy = ListeningPolicy(), start: Instant = .zero, wake: Instant = .zero
) -> [EndpointEvent] {
  var detector = EndpointDetector(policy, wake: wake)
  var events: [EndpointEvent] = []
  var index = 0
  while index < samples.count {
    let end = min(index + 320, samples.count)
    let at = start + SampleTime.duration(of: index, rate: AudioFormat.captureRate)
    if let event = detector.feed(samples.span.extracting(index..<end), firstSample: at) { events.append(event) }
    index = end
  }
  return events
}
