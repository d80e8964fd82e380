import CImage
import CV4L2
import HAL
import Units

/// Makes a JPEG from a raw frame. Its memory is taken with the first picture of a size and kept.
final class StillEncoder {
  private let encoder: OpaquePointer
  private let quality: Int32
  private var converter: OpaquePointer?
  private var converted: [UInt8] = []
  private(set) var jpeg: [UInt8] = []
  /// Bytes of `jpeg` that are the picture.
  private(set) var count = 0

  init(quality: Int) throws(DeviceError) {
    guard let encoder = sotto_jpeg_encoder_create() else { throw DeviceError(.camera, "make encoder", .full) }
    self.encoder = encoder
    self.quality = Int32(min(max(quality, 1), 100))
  }

  deinit {
    sotto_jpeg_encoder_destroy(encoder)
    if let converter { sotto_v4l2_converter_destroy(converter) }
  }

  /// Compresses a frame into `jpeg`.
  func encode(_ frame: CameraFrame, of device: V4L2Device) throws(DeviceError) {
    if device.layout == .convertible { try convert(frame, of: device) }
    let result = withPicture(frame, of: device) { picture in compress(picture) }
    guard let result else { throw DeviceError(.camera, "compress", .malformed) }
    guard result >= 0 else { throw DeviceError(system: .camera, "compress", Int32(clamping: result)) }
    count = Int(result)
  }

  /// The Huffman tables that this encoder writes: the usual ones of the JPEG standard (T.81, annex K), which frames without tables mean.
  func usualTables() throws(DeviceError) -> [UInt8] {
    let grey = [UInt8](repeating: 128, count: 16 * 16 * 2)
    let result = grey.withUnsafeBufferPointer { samples in
      var picture = sotto_camera_picture()
      picture.width = 16
      picture.height = 16
      StillEncoder.place(yuyv: samples.baseAddress!, stride: 32, in: &picture)
      return compress(picture)
    }
    guard result > 0 else { throw DeviceError(.camera, "make tables", .malformed) }
    let made = jpeg
    return MotionJPEG.tables(of: made.span.extracting(first: Int(result)))
  }

  private func compress(_ picture: sotto_camera_picture) -> Int64 {
    // Noise at the best quality takes about two bytes a pixel.
    let room = Int(picture.width) * Int(picture.height) * 3 + 4096
    if jpeg.count < room { jpeg = [UInt8](repeating: 0, count: room) }
    var picture = picture
    return jpeg.withUnsafeMutableBufferPointer { sotto_jpeg_encode(encoder, &picture, quality, $0.baseAddress, $0.count) }
  }

  private func convert(_ frame: CameraFrame, of device: V4L2Device) throws(DeviceError) {
    if converter == nil { converter = try device.converter() }
    let room = device.size.area * 3 / 2
    if converted.count != room { converted = [UInt8](repeating: 0, count: room) }
    let source = device.bytes(of: frame, plane: 0)
    guard let start = source.baseAddress else { throw DeviceError(.camera, "convert", .malformed) }
    var format = device.format
    let made = converted.withUnsafeMutableBufferPointer {
      sotto_v4l2_convert(converter, &format, start, source.count, $0.baseAddress, $0.count)
    }
    guard made >= 0 else { throw DeviceError(system: .camera, "convert", made) }
  }

  /// Where the samples of a frame lie; nil when the frame has fewer bytes than its format needs.
  private func withPicture<Result>(
    _ frame: CameraFrame, of device: V4L2Device, _ body: (sotto_camera_picture) -> Result
  ) -> Result? {
    var picture = sotto_camera_picture()
    picture.width = device.format.width
    picture.height = device.format.height
    let width = Int(picture.width)
    let height = Int(picture.height)
    if device.layout == .convertible {
      return converted.withUnsafeBufferPointer { bytes in
        StillEncoder.place(planar: bytes.baseAddress!, stride: width, in: &picture)
        return body(picture)
      }
    }
    let bytes = device.bytes(of: frame, plane: 0)
    guard let start = bytes.baseAddress else { return nil }
    let stride = max(Int(device.format.plane.0.stride), device.layout == .yuyv ? width * 2 : width)
    switch device.layout {
    case .yuyv:
      guard bytes.count >= stride * (height - 1) + width * 2 else { return nil }
      StillEncoder.place(yuyv: start, stride: stride, in: &picture)
    case .nv12:
      let isSplit = device.format.planes > 1
      let chroma = isSplit ? device.bytes(of: frame, plane: 1) : bytes
      let chromaStart = isSplit ? 0 : stride * height
      let chromaStride = isSplit ? max(Int(device.format.plane.1.stride), width) : stride
      let chromaRows = (height + 1) / 2
      guard let base = chroma.baseAddress, bytes.count >= stride * (height - 1) + width,
        chroma.count >= chromaStart + chromaStride * (chromaRows - 1) + (width + 1) / 2 * 2
      else { return nil }
      picture.luma = start
      picture.luma_step = 1
      picture.luma_stride = UInt32(stride)
      picture.blue = base + chromaStart
      picture.red = base + chromaStart + 1
      picture.chroma_step = 2
      picture.chroma_stride = UInt32(chromaStride)
      picture.across = 2
      picture.down = 2
    case .planar420:
      let needed = stride * height + 2 * ((stride + 1) / 2) * ((height + 1) / 2)
      guard bytes.count >= needed else { return nil }
      StillEncoder.place(planar: start, stride: stride, in: &picture)
    case .grey:
      guard bytes.count >= stride * (height - 1) + width else { return nil }
      picture.luma = start
      picture.luma_step = 1
      picture.luma_stride = UInt32(stride)
    case .jpeg, .convertible, .bayer, .unknown: return nil
    }
    return body(picture)
  }

  private static func place(yuyv start: UnsafePointer<UInt8>, stride: Int, in picture: inout sotto_camera_picture) {
    picture.luma = start
    picture.luma_step = 2
    picture.luma_stride = UInt32(stride)
    picture.blue = start + 1
    picture.red = start + 3
    picture.chroma_step = 4
    picture.chroma_stride = UInt32(stride)
    picture.across = 2
    picture.down = 1
  }

  private static func place(planar start: UnsafePointer<UInt8>, stride: Int, in picture: inout sotto_camera_picture) {
    let height = Int(picture.height)
    let chromaStride = (stride + 1) / 2
    picture.luma = start
    picture.luma_step = 1
    picture.luma_stride = UInt32(stride)
    picture.blue = start + stride * height
    picture.red = start + stride * height + chromaStride * ((height + 1) / 2)
    picture.chroma_step = 1
    picture.chroma_stride = UInt32(chromaStride)
    picture.across = 2
    picture.down = 2
  }

  /// Mean brightness of a sparse grid of a raw frame's luma, times 16; what exposure control changes.
  static func brightness(of frame: CameraFrame, from device: V4L2Device) -> Int {
    let bytes = device.bytes(of: frame, plane: 0)
    guard bytes.count > 0 else { return 0 }
    let step = max(bytes.count / gridPoints, 1) | 1
    // Odd steps meet luma and chroma of packed formats alike: packed luma stands at even places.
    let isPacked = device.layout == .yuyv
    let end = device.layout == .nv12 || device.layout == .planar420 ? min(bytes.count, device.size.area) : bytes.count
    var sum = 0
    var count = 0
    var place = 0
    while place < end {
      sum += Int(bytes[isPacked ? place & ~1 : place])
      count += 1
      place += step
    }
    return count == 0 ? 0 : sum * 16 / count
  }

  private static let gridPoints = 1024
}
