import COpus
import Foundation

/// Opus for tests: a hum as a question, and how loud an answer is.
enum Sound {
  /// 20 ms packets of a 200 Hz hum, 16 kHz.
  static func question(packets: Int) throws -> [[UInt8]] {
    var error: Int32 = 0
    guard let encoder = copus_voice_encoder_create(16_000, 24_000, 5, 0, &error) else { throw Failure() }
    defer { opus_encoder_destroy(encoder) }
    return (0..<packets).map { packet in
      let samples = (0..<320).map { Int16(8000 * sin(2 * Double.pi * 200 * Double(packet * 320 + $0) / 16_000)) }
      var bytes = [UInt8](repeating: 0, count: 1275)
      let count = opus_encode(encoder, samples, 320, &bytes, 1275)
      return Array(bytes.prefix(Int(count)))
    }
  }

  /// The mean magnitude of what the packets hold.
  static func loudness(_ packets: [[UInt8]], rate: Int32) throws -> Int {
    var error: Int32 = 0
    guard let decoder = copus_decoder_create(rate, &error) else { throw Failure() }
    defer { opus_decoder_destroy(decoder) }
    var (sum, total) = (0, 0)
    for packet in packets {
      var samples = [Int16](repeating: 0, count: 5760)
      let count = opus_decode(decoder, packet, Int32(packet.count), &samples, 5760, 0)
      guard count >= 0 else { throw Failure() }
      for sample in samples.prefix(Int(count)) { sum += Int(sample.magnitude) }
      total += Int(count)
    }
    return total == 0 ? 0 : sum / total
  }

  struct Failure: Error {}
}
