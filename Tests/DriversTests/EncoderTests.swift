import CImage
import Foundation
import HAL
import Testing

@testable import Drivers

/// A picture in the memory layouts that cameras have.
struct RawPicture {
  var width: Int
  var height: Int
  /// Packed 4:2:2, or luma and what follows it.
  var bytes: [UInt8]
  var describe: (UnsafePointer<UInt8>, inout sotto_camera_picture) -> Void

  init(yuyv bytes: [UInt8], width: Int, height: Int, stride: Int? = nil) {
    self.width = width
    self.height = height
    self.bytes = bytes
    let stride = UInt32(stride ?? width * 2)
    describe = { start, picture in
      picture.luma = start
      picture.luma_step = 2
      picture.luma_stride = stride
      picture.blue = start + 1
      picture.red = start + 3
      picture.chroma_step = 4
      picture.chroma_stride = stride
      picture.across = 2
      picture.down = 1
    }
  }

  init(nv12 bytes: [UInt8], width: Int, height: Int, stride: Int, rows: Int) {
    self.width = width
    self.height = height
    self.bytes = bytes
    describe = { start, picture in
      picture.luma = start
      picture.luma_step = 1
      picture.luma_stride = UInt32(stride)
      picture.blue = start + stride * rows
      picture.red = start + stride * rows + 1
      picture.chroma_step = 2
      picture.chroma_stride = UInt32(stride)
      picture.across = 2
      picture.down = 2
    }
  }

  init(grey bytes: [UInt8], width: Int, height: Int, stride: Int) {
    self.width = width
    self.height = height
    self.bytes = bytes
    describe = { start, picture in
      picture.luma = start
      picture.luma_step = 1
      picture.luma_stride = UInt32(stride)
    }
  }

  func jpeg(quality: Int32, room: Int = 65_536) throws -> [UInt8] {
    let encoder = try #require(sotto_jpeg_encoder_create())
    defer { sotto_jpeg_encoder_destroy(encoder) }
    var output = [UInt8](repeating: 0, count: room)
    let count = encode(with: encoder, quality: quality, into: &output)
    try #require(count > 0)
    return [UInt8](output[..<Int(count)])
  }

  func encode(with encoder: OpaquePointer, quality: Int32, into output: inout [UInt8]) -> Int64 {
    bytes.withUnsafeBufferPointer { source in
      var picture = sotto_camera_picture()
      picture.width = UInt32(width)
      picture.height = UInt32(height)
      describe(source.baseAddress!, &picture)
      return sotto_jpeg_encode(encoder, &picture, quality, &output, output.count)
    }
  }
}

/// JPEG from raw frames, byte for byte as libturbojpeg's own function for planes makes it (`tjCompressFromYUVPlanes`, quality 85,
/// accurate DCT): the golden files hold its output for the same samples.
@Suite struct EncoderTests {
  // Neither side is a whole number of blocks.
  private let width = 50
  private let height = 38

  private func sample(_ plane: Int, _ x: Int, _ y: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (x * x * 7 + y * 13 + x * y * 3 + plane * 91) >> 1)
  }

  private func golden(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")
    return try [UInt8](Data(contentsOf: folder.appending(path: "camera-\(name).jpg")))
  }

  private func yuyv(stride: Int) -> RawPicture {
    var bytes = [UInt8](repeating: 0xEE, count: stride * height)
    for y in 0..<height {
      for x in 0..<width {
        bytes[y * stride + 2 * x] = sample(0, x, y)
        bytes[y * stride + 2 * x + 1] = sample(x % 2 == 0 ? 1 : 2, x / 2, y)
      }
    }
    return RawPicture(yuyv: bytes, width: width, height: height, stride: stride)
  }

  private func nv12(stride: Int, rows: Int) -> RawPicture {
    var bytes = [UInt8](repeating: 0xEE, count: stride * (rows + height / 2))
    for y in 0..<height { for x in 0..<width { bytes[y * stride + x] = sample(0, x, y) } }
    for y in 0..<height / 2 {
      for x in 0..<width / 2 {
        bytes[(rows + y) * stride + 2 * x] = sample(1, x, y)
        bytes[(rows + y) * stride + 2 * x + 1] = sample(2, x, y)
      }
    }
    return RawPicture(nv12: bytes, width: width, height: height, stride: stride, rows: rows)
  }

  private func grey(stride: Int) -> RawPicture {
    var bytes = [UInt8](repeating: 0xEE, count: stride * height)
    for y in 0..<height { for x in 0..<width { bytes[y * stride + x] = sample(0, x, y) } }
    return RawPicture(grey: bytes, width: width, height: height, stride: stride)
  }

  @Test func packedFramesAreCompressedExactly() throws {
    #expect(try yuyv(stride: 100).jpeg(quality: 85) == golden("422"))
    #expect(try yuyv(stride: 128).jpeg(quality: 85) == golden("422"))
  }

  @Test func framesWithInterleavedChromaAreCompressedExactly() throws {
    #expect(try nv12(stride: 50, rows: 38).jpeg(quality: 85) == golden("420"))
    #expect(try nv12(stride: 64, rows: 48).jpeg(quality: 85) == golden("420"))
  }

  @Test func greyFramesAreCompressedExactly() throws {
    #expect(try grey(stride: 50).jpeg(quality: 85) == golden("grey"))
  }

  @Test func samplesComeBackAtTheBestQuality() throws {
    let bytes = try nv12(stride: 50, rows: 38).jpeg(quality: 100)
    var planes = sotto_jpeg_planes()
    try #require(sotto_jpeg_read_planes(bytes, bytes.count, &planes) == 0)
    defer { sotto_picture_free(planes.bytes) }
    #expect(planes.width.0 == 64 && planes.height.0 == 48 && planes.width.1 == 32 && planes.height.1 == 24)
    let chroma = Int(planes.width.0 * planes.height.0)
    for y in 0..<height {
      for x in 0..<width { #expect(abs(Int(planes.bytes[y * 64 + x]) - Int(sample(0, x, y))) <= 2) }
    }
    for y in 0..<height / 2 {
      for x in 0..<width / 2 { #expect(abs(Int(planes.bytes[chroma + y * 32 + x]) - Int(sample(1, x, y))) <= 2) }
    }
  }

  @Test func anEncoderIsUsedAgainAlsoAfterAPictureThatDidNotFit() throws {
    let encoder = try #require(sotto_jpeg_encoder_create())
    defer { sotto_jpeg_encoder_destroy(encoder) }
    let whole = try golden("422")
    for room in [1, 100, 700, whole.count] {
      var small = [UInt8](repeating: 0, count: room)
      #expect(yuyv(stride: 100).encode(with: encoder, quality: 85, into: &small) == -28)
    }
    var output = [UInt8](repeating: 0, count: whole.count + 1)
    #expect(yuyv(stride: 100).encode(with: encoder, quality: 85, into: &output) == Int64(whole.count))
    #expect([UInt8](output[..<whole.count]) == whole)
    #expect(grey(stride: 50).encode(with: encoder, quality: 85, into: &output) > 0)
    let empty = RawPicture(grey: [0], width: 0, height: 1, stride: 1)
    #expect(empty.encode(with: encoder, quality: 85, into: &output) == -22)
  }
}
