import CImage
import HAL
import Testing

@testable import Drivers

/// What cameras send and what is made of it, against libjpeg.
@Suite struct MotionJPEGTests {
  // MARK: Reading markers

  private func jpeg(width: Int = 32, height: Int = 16) throws -> [UInt8] {
    var samples = [UInt8](repeating: 0, count: width * height * 2)
    for index in samples.indices { samples[index] = UInt8(truncatingIfNeeded: index &* 37 &+ index / 7) }
    return try RawPicture(yuyv: samples, width: width, height: height).jpeg(quality: 90)
  }

  private func parsed(_ bytes: [UInt8]) -> MotionJPEG? { MotionJPEG(bytes.span) }

  private func decodes(_ bytes: [UInt8]) -> Bool {
    var planes = sotto_jpeg_planes()
    let result = sotto_jpeg_read_planes(bytes, bytes.count, &planes)
    sotto_picture_free(planes.bytes)
    return result == 0
  }

  @Test func sizeAndLengthAreReadFromTheMarkers() throws {
    let bytes = try jpeg(width: 50, height: 30)
    let picture = try #require(parsed(bytes))
    #expect(picture.width == 50 && picture.height == 30)
    #expect(picture.count == bytes.count)
    #expect(picture.hasTables)
    #expect(bytes[picture.scan] == 0xFF && bytes[picture.scan + 1] == 0xDA)
  }

  @Test func whatIsPaddedBehindThePictureIsLeftOut() throws {
    let bytes = try jpeg()
    #expect(parsed(bytes + [UInt8](repeating: 0, count: 700))?.count == bytes.count)
    #expect(parsed(bytes + [1, 2, 3])?.count == bytes.count)
  }

  @Test func whatIsNoWholePictureIsRefused() throws {
    let bytes = try jpeg()
    for count in 0..<bytes.count { #expect(parsed([UInt8](bytes[..<count])) == nil, "\(count)") }
    #expect(parsed([UInt8](repeating: 0xFF, count: 100)) == nil)
    #expect(parsed([0xFF, 0xD8] + [UInt8](repeating: 0xFF, count: 100)) == nil)
    #expect(parsed([0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 0, 0]) == nil)
  }

  /// Every single damaged byte gives a picture or none, never a place outside of the frame.
  @Test func damagedFramesStayInTheirBuffer() throws {
    let bytes = try jpeg()
    for place in bytes.indices {
      for value: UInt8 in [0, 1, 0xFF] {
        var damaged = bytes
        damaged[place] = value
        guard let picture = parsed(damaged) else { continue }
        #expect(picture.count <= damaged.count && picture.scan < picture.count)
      }
    }
  }

  @Test func missingTablesAreThoseThatTheEncoderWrites() throws {
    let bytes = try jpeg()
    let tables = MotionJPEG.tables(of: bytes.span)
    // Four segments: luma and chroma, for the mean values and for the rest (T.81, K.3): 28 + 162 symbols and their headers, twice.
    #expect(tables.count == 2 * (2 + 2 + 17 + 12) + 2 * (2 + 2 + 17 + 162))
    #expect(try StillEncoder(quality: 50).usualTables() == tables)

    var bare: [UInt8] = []
    let picture = try #require(parsed(bytes))
    var place = 2
    bare += bytes[..<2]
    while place < picture.scan {
      let length = 2 + Int(bytes[place + 2]) << 8 + Int(bytes[place + 3])
      if bytes[place + 1] != 0xC4 { bare += bytes[place..<place + length] }
      place += length
    }
    bare += bytes[picture.scan...]
    let stripped = try #require(parsed(bare))
    #expect(!stripped.hasTables)
    let mended = [UInt8](bare[..<stripped.scan]) + tables + [UInt8](bare[stripped.scan...])
    #expect(parsed(mended)?.hasTables == true)
    #expect(decodes(mended))
  }
}
