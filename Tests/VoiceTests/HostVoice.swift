import COpus
import Foundation

func cosine(_ angle: Double) -> Double { cos(angle) }

/// What the host does with an answer's sound: Opus at 24 kHz, packets of 20 ms.
enum HostVoice {
  struct Failed: Error {}

  /// `loss` above 0 puts redundancy into the packets.
  static func encode(_ samples: [Int16], loss: Int32 = 0) throws -> [[UInt8]] {
    var status: Int32 = 0
    guard let codec = copus_voice_encoder_create(24_000, 32_000, 5, loss, &status) else { throw Failed() }
    defer { opus_encoder_destroy(codec) }
    var packets: [[UInt8]] = []
    for start in stride(from: 0, to: samples.count - 479, by: 480) {
      var packet = [UInt8](repeating: 0, count: 1_275)
      let written = opus_encode(codec, Array(samples[start..<start + 480]), 480, &packet, 1_275)
      guard written > 0 else { throw Failed() }
      packets.append(Array(packet[..<Int(written)]))
    }
    return packets
  }
}
