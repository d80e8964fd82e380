/// How samples are laid out.
public struct SoundFormat: Sendable, Equatable, Codable {
  /// In hertz.
  public var rate: Int
  /// Bytes of a sample.
  public var width: Int
  public var channels: Int

  public init(rate: Int, width: Int = 2, channels: Int = 1) {
    self.rate = rate
    self.width = width
    self.channels = channels
  }

  /// Rates that sound hardware has.
  private static let rates = 8_000...192_000

  /// Why sound of this format is not taken; nil when it is: signed samples of 16 bits, one or two channels.
  public var objection: String? {
    if width != 2 { return "sound of \(width * 8) bits a sample (16 are taken)" }
    if !(1...2).contains(channels) { return "sound with \(channels) channels (1 or 2 are taken)" }
    return Self.rates.contains(rate) ? nil : "sound of \(rate) Hz (8000 to 192000 are taken)"
  }

  /// The samples in bytes of this format, mixed to one channel. An odd byte at the end is dropped.
  public func mono(_ bytes: [UInt8]) -> [Int16] {
    let frame = 2 * channels
    return stride(from: 0, to: bytes.count - bytes.count % frame, by: frame).map { start in
      var sum = 0
      for channel in 0..<channels {
        let at = start + 2 * channel
        sum += Int(Int16(bitPattern: UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8))
      }
      return Int16(sum / channels)
    }
  }

  /// 16-bit little-endian bytes.
  public static func bytes(_ samples: [Int16]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(samples.count * 2)
    for sample in samples {
      bytes.append(UInt8(truncatingIfNeeded: sample))
      bytes.append(UInt8(truncatingIfNeeded: sample >> 8))
    }
    return bytes
  }
}
