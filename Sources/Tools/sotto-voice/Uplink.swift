import COpus
import Foundation
import HAL
import Voice

/// A sound as the host hears it: through the glasses' encoder and a decoder at the microphone's rate.
enum Uplink {
  static func run(_ path: String, out: String) throws {
    let sound = try Sound.read(path)
    let encoder = try UplinkEncoder()
    var status: Int32 = 0
    guard let decoder = copus_decoder_create(Int32(AudioFormat.captureRate), &status) else {
      throw Failure(description: "no Opus decoder")
    }
    defer { opus_decoder_destroy(decoder) }
    var heard: [Int16] = []
    var piece = [Int16](repeating: 0, count: OpusLimits.longestSound)
    func hear(_ packet: Span<UInt8>) {
      let made = packet.withUnsafeBufferPointer {
        opus_decode(decoder, $0.baseAddress, Int32($0.count), &piece, Int32(piece.count), 0)
      }
      heard += piece.prefix(Int(max(made, 0)))
    }
    try encoder.encode(sound.span) { _, packet in hear(packet) }
    try encoder.finish { _, packet in hear(packet) }
    try Sound.write(heard, out)
  }
}
