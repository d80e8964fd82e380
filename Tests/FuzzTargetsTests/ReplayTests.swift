import Foundation
import Testing

@testable import FuzzTargets

/// Numbers that depend only on the seed (a linear congruential generator; Knuth's constants).
private struct Congruential: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}

/// What `tools/fuzz` does for as long as wanted, for a moment: the same changes each time, to files of each kind, with every access checked.
@Suite struct ReplayTests {
  private static let installed =
    (ProcessInfo.processInfo.environment["SOTTO_CACHE"] ?? NSHomeDirectory() + "/.cache/sotto") + "/models/wake/"

  private static func seeds(of target: FuzzTarget) throws -> [[UInt8]] {
    switch target {
    case .model:
      return try ["hey_jarvis", "okay_nabu"].map {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: installed + $0 + ".tflite")))
      }
    case .manifest:
      return [
        Array(
          #"{"wake_word": "H\u00e9 \ud83d\ude00", "model": "a.tflite", "x": ["en", [null]], "version": 2, "micro": {"probability_cutoff": 0.97e0, "sliding_window_size": 5, "feature_step_size": 10}}"#
            .utf8)
      ]
    case .wav: return [wave(code: 1, bits: 16), wave(code: 1, bits: 24), wave(code: 3, bits: 32), wave(code: 1, bits: 8)]
    case .words: return [Array("okay_nabu, hey_jarvis high,alexa 0.85".utf8)]
    }
  }

  private static func wave(code: UInt16, bits: UInt16) -> [UInt8] {
    var bytes = Array("RIFF____WAVEfmt ".utf8)
    func number(_ value: Int, _ width: Int) {
      for place in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
    }
    let frame = 2 * Int(bits) / 8
    number(16, 4)
    number(Int(code), 2)
    number(2, 2)
    number(44_100, 4)
    number(44_100 * frame, 4)
    number(frame, 2)
    number(Int(bits), 2)
    bytes += Array("data".utf8)
    number(64 * frame, 4)
    for index in 0..<64 * frame { bytes.append(UInt8(truncatingIfNeeded: index * 37)) }
    return bytes
  }

  /// Bytes changed, cut out, put in twice, cut off, or numbers at the ends of their range put in their place.
  private static func changed(_ seed: [UInt8], _ random: inout Congruential) -> [UInt8] {
    var bytes = seed
    for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0, 1, 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 3: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 4: bytes.removeSubrange(place..<min(place + Int.random(in: 1...16, using: &random), bytes.count))
      case 5: bytes.insert(contentsOf: bytes[place..<min(place + 8, bytes.count)], at: place)
      case 6:
        let number: [UInt8] =
          [[0, 0, 0, 0], [255, 255, 255, 255], [255, 255, 255, 127], [0, 0, 0, 128], [1, 0, 0, 0]]
          .randomElement(using: &random) ?? []
        for (offset, byte) in number.enumerated() where place + offset < bytes.count { bytes[place + offset] = byte }
      default: if Int.random(in: 0..<4, using: &random) == 0 { bytes.removeSubrange(place...) }
      }
    }
    return bytes
  }

  @Test(arguments: FuzzTarget.allCases) func changedFilesDoNoHarm(target: FuzzTarget) throws {
    var random = Congruential(state: 2_026)
    let rounds = target == .model ? 250 : 3_000
    for seed in try Self.seeds(of: target) {
      target.feed(seed)
      for _ in 0..<rounds { target.feed(Self.changed(seed, &random)) }
    }
  }

  @Test(arguments: FuzzTarget.allCases) func nothingAndNoiseDoNoHarm(target: FuzzTarget) {
    var random = Congruential(state: 7)
    target.feed([])
    for length in 1..<200 {
      var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      target.feed(bytes)
      // Past the mark of a model, and of a sound.
      if length > 12 { bytes.replaceSubrange(4..<8, with: Array("TFL3".utf8)) }
      target.feed(bytes)
    }
  }
}
