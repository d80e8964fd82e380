import COpus

/// An Opus call failed; `code` is libopus' error number.
public struct OpusFailure: Error, Sendable, Equatable, CustomStringConvertible {
  public var operation: String
  public var code: Int32
  public var description: String { "Opus could not \(operation): \(String(cString: opus_strerror(code)))" }
}

/// The sound formats of the protocol.
public enum HostAudio {
  /// What the recogniser takes, in hertz. Opus decodes to it whatever the glasses' capture rate was.
  public static let heardRate: Int32 = 16_000
  /// What the voice makes, in hertz.
  public static let spokenRate: Int32 = 24_000
  /// One packet in milliseconds, in both directions.
  public static let packetMilliseconds: Int32 = 20
  /// Clear speech at 4 kB/s (RFC 7587, section 3.1.1, gives 28–40 kbit/s for fullband speech).
  public static let bitrate: Int32 = 32_000

  /// The answer's, over a link that bore so many bits a second of the wearer's voice; 0 when it bore the most. The answer has half as much again as
  /// the question, as on a link that bears everything.
  public static func bitrate(after question: UInt32) -> Int32 {
    switch question {
    case 0, 24_000...: bitrate
    case 16_000...: 24_000
    case 12_000...: 16_000
    default: 12_000
    }
  }
}

/// How much work the encoder puts into the answer's sound, on libopus' scale of complexity 0…10. Rate, packets and their timing are the same
/// whatever it is.
public struct EncoderEffort: Sendable, Hashable {
  /// 0…10; others are clamped.
  public let complexity: Int32

  public init(_ complexity: Int32) { self.complexity = min(max(complexity, 0), 10) }

  /// For ears: 5 takes half the time of 10 and sounds the same for speech at this rate.
  public static let speech = EncoderEffort(5)
  /// For sound that nobody judges, such as the scripted voice's tone.
  public static let least = EncoderEffort(0)
}

/// Decodes the wearer's speech to 16 kHz. Not shared between threads.
final class UplinkDecoder {
  /// After this many lost packets in a row the made-up sound is silence (libopus fades within about 60 ms), so making more of it
  /// would only cost the recogniser time.
  static let longestConcealment = 5
  private static let packetSamples = Int(HostAudio.heardRate / 1000 * HostAudio.packetMilliseconds)
  private let decoder: OpaquePointer

  init() throws(OpusFailure) {
    var error: Int32 = 0
    guard let decoder = copus_decoder_create(HostAudio.heardRate, &error) else {
      throw OpusFailure(operation: "make a decoder", code: error)
    }
    self.decoder = decoder
  }

  deinit { opus_decoder_destroy(decoder) }

  /// The sound of one packet, after made-up sound for the `lost` packets before it.
  func decode(_ packet: [UInt8], lost: Int) throws(OpusFailure) -> [Int16] {
    var samples: [Int16] = []
    for _ in 0..<min(lost, Self.longestConcealment) { samples += try conceal() }
    // Opus allows 120 ms in a packet. One that holds more than the protocol's 20 ms fails: it would make questions six times as long.
    var piece = [Int16](repeating: 0, count: Self.packetSamples)
    let count = opus_decode(decoder, packet, Int32(packet.count), &piece, Int32(piece.count), 0)
    guard count >= 0 else { throw OpusFailure(operation: "decode a packet", code: count) }
    return samples + piece.prefix(Int(count))
  }

  /// Made-up sound for one packet.
  func conceal() throws(OpusFailure) -> [Int16] {
    var piece = [Int16](repeating: 0, count: Self.packetSamples)
    let count = copus_decoder_conceal(decoder, &piece, Int32(piece.count))
    guard count >= 0 else { throw OpusFailure(operation: "conceal a loss", code: count) }
    return Array(piece.prefix(Int(count)))
  }
}

/// Encodes the answer's speech from 24 kHz, one encoder for each turn. Not shared between threads.
final class SpeechEncoder {
  private static let packetSamples = Int(HostAudio.spokenRate / 1000 * HostAudio.packetMilliseconds)
  /// RFC 6716 bounds a packet of one frame to 1275 bytes.
  private static let largestPacket = 1275

  private let encoder: OpaquePointer
  private var pending: [Int16] = []
  private var recall: SpeechRecall?

  /// With a memory, what other turns have said before in the same way is not encoded again.
  init(effort: EncoderEffort, memory: SpeechMemory? = nil) throws(OpusFailure) {
    recall = memory.map { SpeechRecall($0) }
    var error: Int32 = 0
    guard
      let encoder = copus_voice_encoder_create(HostAudio.spokenRate, HostAudio.bitrate, effort.complexity, 0, &error)
    else { throw OpusFailure(operation: "make an encoder", code: error) }
    self.encoder = encoder
  }

  deinit { opus_encoder_destroy(encoder) }

  /// From the next packet on. What is remembered was encoded with the most, and serves no more.
  func set(bitrate: Int32) throws(OpusFailure) {
    if bitrate != HostAudio.bitrate { recall = nil }
    let code = copus_encoder_set_bitrate(encoder, bitrate)
    guard code == OPUS_OK else { throw OpusFailure(operation: "change the bit rate", code: code) }
  }

  /// The packets that `samples` complete; the rest waits for more.
  func encode(_ samples: [Int16]) throws(OpusFailure) -> [[UInt8]] {
    pending += samples
    var packets: [[UInt8]] = []
    var start = 0
    while pending.count - start >= Self.packetSamples {
      packets.append(try packet(Array(pending[start..<start + Self.packetSamples])))
      start += Self.packetSamples
    }
    pending.removeFirst(start)
    return packets
  }

  /// The last packet, filled up with silence; nil when nothing waits.
  func finish() throws(OpusFailure) -> [UInt8]? {
    guard !pending.isEmpty else { return nil }
    let frame = pending + [Int16](repeating: 0, count: Self.packetSamples - pending.count)
    pending.removeAll()
    return try packet(frame)
  }

  private func packet(_ frame: [Int16]) throws(OpusFailure) -> [UInt8] {
    guard recall != nil else { return try encoded(frame) }
    return try recall!.packet(frame) { (frame) throws(OpusFailure) in try encoded(frame) }
  }

  private func encoded(_ frame: [Int16]) throws(OpusFailure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.largestPacket)
    let count = opus_encode(encoder, frame, Int32(frame.count), &bytes, Int32(bytes.count))
    guard count > 0 else { throw OpusFailure(operation: "encode speech", code: count) }
    return Array(bytes.prefix(Int(count)))
  }
}
