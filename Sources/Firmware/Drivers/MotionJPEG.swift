/// What a frame of a Motion JPEG camera is, read from its markers (ITU-T T.81, annex B) without decoding it.
public struct MotionJPEG: Sendable, Hashable {
  public let width: Int
  public let height: Int
  /// Bytes up to the end of the image; drivers pad behind it.
  public let count: Int
  /// Where the scan begins: decoding tables that are missing go before it.
  public let scan: Int
  /// Whether the frame has its own Huffman tables. Cameras may leave out the usual ones, as AVI allows.
  public let hasTables: Bool

  private static let startOfImage: UInt8 = 0xD8
  private static let endOfImage: UInt8 = 0xD9
  private static let startOfScan: UInt8 = 0xDA
  private static let huffmanTables: UInt8 = 0xC4

  /// Nil for what is no JPEG, or one that is cut off.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count >= 4, bytes[0] == 0xFF, bytes[1] == MotionJPEG.startOfImage else { return nil }
    var size: (width: Int, height: Int)?
    var hasTables = false
    var place = 2
    while place + 4 <= bytes.count {
      guard bytes[place] == 0xFF else { return nil }
      let marker = bytes[place + 1]
      // A marker may have any number of fill bytes before it.
      if marker == 0xFF {
        place += 1
        continue
      }
      let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      guard length >= 2, place + 2 + length <= bytes.count else { return nil }
      if marker == MotionJPEG.huffmanTables { hasTables = true }
      if MotionJPEG.isFrameHeader(marker), length >= 8 {
        size = (
          Int(bytes[place + 7]) << 8 | Int(bytes[place + 8]), Int(bytes[place + 5]) << 8 | Int(bytes[place + 6])
        )
      }
      if marker == MotionJPEG.startOfScan {
        guard let size, size.width > 0, size.height > 0 else { return nil }
        guard let end = MotionJPEG.end(of: bytes, after: place + 2 + length) else { return nil }
        width = size.width
        height = size.height
        count = end
        scan = place
        self.hasTables = hasTables
        return
      }
      place += 2 + length
    }
    return nil
  }

  /// SOF0…SOF15 without the three numbers in between that mean something else.
  private static func isFrameHeader(_ marker: UInt8) -> Bool {
    marker >= 0xC0 && marker <= 0xCF && marker != huffmanTables && marker != 0xC8 && marker != 0xCC
  }

  /// The place behind the last end-of-image marker: within a scan those two bytes do not occur.
  private static func end(of bytes: Span<UInt8>, after start: Int) -> Int? {
    var place = bytes.count
    while place >= start + 2 {
      if bytes[place - 1] == endOfImage, bytes[place - 2] == 0xFF { return place }
      place -= 1
    }
    return nil
  }

  /// The segments of Huffman tables in a JPEG, one after the other: what another frame may lack.
  public static func tables(of bytes: Span<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var place = 2
    while place + 4 <= bytes.count, bytes[place] == 0xFF, bytes[place + 1] != startOfScan {
      let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      guard length >= 2, place + 2 + length <= bytes.count else { break }
      if bytes[place + 1] == huffmanTables {
        for index in place..<place + 2 + length { result.append(bytes[index]) }
      }
      place += 2 + length
    }
    return result
  }
}
