import HAL
import Units

/// A camera's picture made of one frame, with as few copies as its format allows.
///
/// The bytes of Motion JPEG stay where the kernel put them, up to the picture's end marker; one case copies them once, and is counted: a camera that
/// leaves out the Huffman tables. Raw frames are compressed (`StillEncoder`), unless the buffer itself is wanted (`CameraSettings.isLent`).
final class CameraPicture {
  /// Where a picture's bytes are.
  enum Bytes {
    case device(count: Int)
    case encoder
    case completed
    /// In the buffer alone, as the format has them.
    case raw
  }

  private let settings: CameraSettings
  private var encoder: StillEncoder?
  private var tables: [UInt8] = []
  private var completed: [UInt8] = []
  /// Pictures whose bytes were copied.
  private(set) var copies: UInt64 = 0
  /// Pictures that were compressed.
  private(set) var encodings: UInt64 = 0

  init(_ settings: CameraSettings) { self.settings = settings }

  /// The picture of a frame that the caller keeps meanwhile; nil when the frame is no whole JPEG.
  func make(of frame: CameraFrame, from device: V4L2Device) throws(DeviceError) -> (size: FrameSize, bytes: Bytes)? {
    if settings.isLent { return (device.size, .raw) }
    guard device.layout == .jpeg else {
      try currentEncoder().encode(frame, of: device)
      encodings += 1
      return (device.size, .encoder)
    }
    guard let picture = MotionJPEG(device.bytes(of: frame, plane: 0).span) else { return nil }
    let size = FrameSize(width: picture.width, height: picture.height)
    if picture.hasTables { return (size, .device(count: picture.count)) }
    try complete(picture, frame, from: device)
    return (size, .completed)
  }

  /// Hands out the bytes of the picture that was made last; those of a lent one are the buffer's owner's to read.
  func with<Result>(
    _ bytes: Bytes, of frame: CameraFrame, in device: V4L2Device, _ body: (Span<UInt8>) -> Result
  ) -> Result {
    switch bytes {
    case .device(let count):
      let whole = device.bytes(of: frame, plane: 0)
      return body(UnsafeBufferPointer(rebasing: whole[..<min(count, whole.count)]).span)
    case .encoder:
      let jpeg = encoder?.jpeg ?? []
      return body(jpeg.span.extracting(first: encoder?.count ?? 0))
    case .completed:
      let jpeg = completed
      return body(jpeg.span)
    case .raw: return body(device.bytes(of: frame, plane: 0).span)
    }
  }

  /// libv4l's converter belongs to the descriptor that is closed now.
  func deviceClosed() { encoder = nil }

  private func currentEncoder() throws(DeviceError) -> StillEncoder {
    if let encoder { return encoder }
    let made = try StillEncoder(quality: settings.quality)
    encoder = made
    return made
  }

  /// Puts the usual Huffman tables into a frame that relies on them: decoders for files want them there.
  private func complete(_ picture: MotionJPEG, _ frame: CameraFrame, from device: V4L2Device) throws(DeviceError) {
    if tables.isEmpty { tables = try currentEncoder().usualTables() }
    let bytes = device.bytes(of: frame, plane: 0)
    completed.removeAll(keepingCapacity: true)
    completed.append(contentsOf: bytes[..<picture.scan])
    completed.append(contentsOf: tables)
    completed.append(contentsOf: bytes[picture.scan..<picture.count])
    copies += 1
  }
}
