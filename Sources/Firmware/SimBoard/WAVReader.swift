/// What is wrong with a WAV file, in plain words.
public enum WAVError: Error, Sendable, Equatable {
  case notWAV
  case truncated(chunk: String, needs: Int, has: Int)
  case noFormat
  case noSound
  case badFormat(String)
  case unsupported(String)

  public var explanation: String {
    switch self {
    case .notWAV: "it is not a WAV file (it does not begin with RIFF and WAVE)"
    case .truncated(let chunk, let needs, let has):
      "its chunk \"" + chunk + "\" should hold " + decimal(needs) + " bytes but only " + decimal(has) + " are there"
    case .noFormat: "it has no fmt chunk before its sound"
    case .noSound: "it holds no sound"
    case .badFormat(let what): "its format makes no sense: " + what
    case .unsupported(let what): "its sound is stored in a way that is not supported: " + what
    }
  }
}

/// The sound of a WAV file, mixed down to one channel.
public struct WAVSound: Sendable {
  /// Samples per second.
  public var rate: Int
  /// Nominally −1…1; float files may go beyond.
  public var samples: [Float]
}

/// Reads WAV files: RIFF with PCM of 8, 16, 24 or 32 bits or 32-bit float, plain or as WAVE_FORMAT_EXTENSIBLE, at any rate, with any
/// number of channels. Every read is checked against the end of the file.
///
/// Layout: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0" (1991) and the WAVEFORMATEXTENSIBLE page.
public enum WAVReader {
  /// Rates that the resampler takes in good quality.
  static let rates = 1_000...768_000
  static let mostChannels = 64

  public static func read(_ bytes: [UInt8]) throws(WAVError) -> WAVSound {
    guard bytes.count >= 12, tag(bytes, at: 0, is: "RIFF"), tag(bytes, at: 8, is: "WAVE") else { throw .notWAV }
    var format: Format?
    var position = 12
    while position + 8 <= bytes.count {
      let size = Int(word32(bytes, position + 4))
      let start = position + 8
      let available = bytes.count - start
      if tag(bytes, at: position, is: "data") {
        guard let format else { throw .noFormat }
        // A program that wrote to a pipe could not know the size.
        let isOpenEnded = size == 0xFFFF_FFFF
        guard isOpenEnded || size <= available else { throw .truncated(chunk: "data", needs: size, has: available) }
        return try decode(bytes, start, isOpenEnded ? available - available % format.frame : size, format)
      }
      guard size <= available else { throw .truncated(chunk: name(bytes, position), needs: size, has: available) }
      if tag(bytes, at: position, is: "fmt ") { format = try Format(bytes, start, size) }
      // Chunks begin at even places.
      position = start + size + size % 2
    }
    if format == nil { throw .noFormat }
    throw .noSound
  }

  private enum Encoding { case unsigned8, signed16, signed24, signed32, float32 }

  private struct Format {
    var encoding: Encoding
    var channels: Int
    var rate: Int
    /// Bytes of one sample of every channel.
    var frame: Int

    init(_ bytes: [UInt8], _ start: Int, _ size: Int) throws(WAVError) {
      guard size >= 16 else { throw .truncated(chunk: "fmt ", needs: 16, has: size) }
      var code = word16(bytes, start)
      channels = word16(bytes, start + 2)
      rate = Int(word32(bytes, start + 4))
      frame = word16(bytes, start + 12)
      let bits = word16(bytes, start + 14)
      if code == 0xFFFE {
        guard size >= 40 else { throw .truncated(chunk: "fmt ", needs: 40, has: size) }
        code = word16(bytes, start + 24)
        guard bytes[(start + 26)..<(start + 40)].elementsEqual(WAVReader.waveGUIDTail) else {
          throw .unsupported("unknown sub-format")
        }
      }
      guard (1...WAVReader.mostChannels).contains(channels) else { throw .badFormat(decimal(channels) + " channels") }
      guard WAVReader.rates.contains(rate) else { throw .badFormat(decimal(rate) + " samples per second") }
      switch (code, bits) {
      case (1, 8): encoding = .unsigned8
      case (1, 16): encoding = .signed16
      case (1, 24): encoding = .signed24
      case (1, 32): encoding = .signed32
      case (3, 32): encoding = .float32
      default: throw .unsupported("format code " + decimal(code) + " with " + decimal(bits) + " bits")
      }
      guard frame == channels * bits / 8 else {
        throw .badFormat(decimal(frame) + " bytes for " + decimal(channels) + " channels of " + decimal(bits) + " bits")
      }
    }
  }

  /// The last 14 bytes of the GUIDs that stand for format codes (KSDATAFORMAT_SUBTYPE_PCM and its kin).
  private static let waveGUIDTail: [UInt8] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]

  private static func decode(_ bytes: [UInt8], _ start: Int, _ size: Int, _ format: Format) throws(WAVError) -> WAVSound {
    guard size > 0 else { throw .noSound }
    guard size % format.frame == 0 else {
      throw .badFormat("its sound of " + decimal(size) + " bytes ends in the middle of a frame of " + decimal(format.frame))
    }
    let frames = size / format.frame
    let width = format.frame / format.channels
    let share = 1 / Float(format.channels)
    var samples: [Float] = []
    samples.reserveCapacity(frames)
    var position = start
    for _ in 0..<frames {
      var sum: Float = 0
      for _ in 0..<format.channels {
        sum += sample(bytes, position, format.encoding)
        position += width
      }
      samples.append(sum * share)
    }
    return WAVSound(rate: format.rate, samples: samples)
  }

  private static func sample(_ bytes: [UInt8], _ position: Int, _ encoding: Encoding) -> Float {
    switch encoding {
    case .unsigned8: return (Float(bytes[position]) - 128) / 128
    case .signed16: return Float(Int16(truncatingIfNeeded: word16(bytes, position))) / 32_768
    case .signed24:
      let high = UInt32(bytes[position]) << 8 | UInt32(bytes[position + 1]) << 16 | UInt32(bytes[position + 2]) << 24
      return Float(Int32(bitPattern: high) >> 8) / 8_388_608
    case .signed32: return Float(Int32(bitPattern: word32(bytes, position))) / 2_147_483_648
    case .float32:
      let value = Float(bitPattern: word32(bytes, position))
      return value.isFinite ? min(max(value, -loudest), loudest) : 0
    }
  }

  /// 48 dB above full scale: numbers without measure would overflow in the sums of a filter.
  private static let loudest: Float = 256

  private static func word16(_ bytes: [UInt8], _ position: Int) -> Int {
    Int(bytes[position]) | Int(bytes[position + 1]) << 8
  }

  private static func word32(_ bytes: [UInt8], _ position: Int) -> UInt32 {
    UInt32(word16(bytes, position)) | UInt32(word16(bytes, position + 2)) << 16
  }

  private static func tag(_ bytes: [UInt8], at position: Int, is tag: StaticString) -> Bool {
    tag.withUTF8Buffer { bytes[position..<(position + 4)].elementsEqual($0) }
  }

  private static func name(_ bytes: [UInt8], _ position: Int) -> String {
    String(decoding: bytes[position..<(position + 4)].map { (32...126).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
}
