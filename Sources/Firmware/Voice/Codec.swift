import COpus
import HAL

/// Why the codec refused. Raw values are fixed.
public enum CodecError: UInt8, Error, Sendable, Hashable {
  /// The codec could not be made (no memory, wrong build).
  case unavailable = 1
  /// The packet is empty, not Opus, or damaged.
  case malformed = 2
  /// The codec failed inside.
  case failed = 3
}

/// Limits of the codec.
public enum OpusLimits {
  /// Largest packet of one frame (RFC 6716, section 3.2.1, R5 after the code-0 TOC byte: 1 + 1275 with header; the encoder
  /// never exceeds 1275 for one frame).
  public static let longestPacket = 1_275
  /// Longest sound in one packet, 120 ms, at the playback rate (RFC 6716, section 3.2.5).
  public static let longestSound = AudioFormat.playbackRate * 120 / 1_000
}

/// How the wearer's voice is encoded.
public struct UplinkSettings: Sendable, Hashable {
  /// Bits per second, variable. Opus wideband speech is transparent to recognisers from about 16 kbit/s; 24 kbit/s leaves room for
  /// noise and still costs under 3 % of a Bluetooth or Wi-Fi link.
  public var bitrate: Int32 = 24_000
  /// 0…10. 4 is the last step that buys quality: over ten human clips at 24 kbit/s the mean log-mel distance to the original is
  /// 2.26 dB at 0, 2.18 at 3, 1.96 at 4 and 5, 1.93 at 8 to 10, for 49, 85, 115 and 240 µs per frame (libopus 1.3.1, x86-64).
  public var complexity: Int32 = 4
  /// The same for frames in which nobody speaks: most of what is sent before the first word and after the last.
  public var quietComplexity: Int32 = 0
  /// In-band forward error correction is on when this is above 0. It is 0: the link is TLS over TCP, which loses no
  /// packets, so redundancy would be bits for nothing. A datagram transport would set it to the measured loss.
  public var expectedLossPercent: Int32 = 0

  public init() {}
}
