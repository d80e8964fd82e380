import HAL

/// Copies the changed part of a picture into a buffer of the panel: turned, centred, and in the panel's format. Pure arithmetic.
public struct PanelPainter: Sendable, Hashable {
  /// The picture as the wearer sees it.
  public let width: Int
  public let height: Int
  public let turn: Turn
  public let format: PanelFormat
  public let tone: PanelTone
  /// Where the turned picture begins in the buffer. What is around it stays black.
  public let left: Int
  public let top: Int

  /// The buffer must hold the turned picture.
  public init(
    width: Int, height: Int, turn: Turn, format: PanelFormat, tone: PanelTone, bufferWidth: Int, bufferHeight: Int
  ) {
    self.width = width
    self.height = height
    self.turn = turn
    self.format = format
    self.tone = tone
    let turnedWidth = turn.swapsSides ? height : width
    let turnedHeight = turn.swapsSides ? width : height
    precondition(turnedWidth <= bufferWidth && turnedHeight <= bufferHeight)
    left = (bufferWidth - turnedWidth) / 2
    top = (bufferHeight - turnedHeight) / 2
  }

  /// Where a part of the picture lies in the buffer.
  public func target(of part: Rectangle) -> Rectangle {
    switch turn {
    case .none: Rectangle(x: left + part.x, y: top + part.y, width: part.width, height: part.height)
    case .quarter:
      Rectangle(x: left + height - part.y - part.height, y: top + part.x, width: part.height, height: part.width)
    case .half:
      Rectangle(
        x: left + width - part.x - part.width, y: top + height - part.y - part.height, width: part.width, height: part.height)
    case .threeQuarters:
      Rectangle(x: left + part.y, y: top + width - part.x - part.width, width: part.height, height: part.width)
    }
  }

  /// `picture` is `width * height` pixels `0x00RRGGBB`; `part` lies inside it. `stride` is the buffer's bytes from row to row.
  public func paint(_ part: Rectangle, of picture: Span<UInt32>, into buffer: UnsafeMutableRawPointer, stride: Int) {
    guard part.width > 0 else { return }
    if turn == .none, format == .xrgb8888, tone == .colour { return copy(part, of: picture, into: buffer, stride: stride) }
    // The step in the buffer for one pixel to the right in the picture.
    let across =
      switch turn {
      case .none: format.bytes
      case .quarter: stride
      case .half: -format.bytes
      case .threeQuarters: -stride
      }
    for y in part.y..<(part.y + part.height) {
      var place = offset(x: part.x, y: y, stride: stride)
      for x in part.x..<(part.x + part.width) {
        let pixel = toned(picture[y * width + x], x: x, y: y)
        switch format {
        case .xrgb8888: buffer.storeBytes(of: pixel, toByteOffset: place, as: UInt32.self)
        case .rgb565: buffer.storeBytes(of: Self.packed(pixel), toByteOffset: place, as: UInt16.self)
        }
        place += across
      }
    }
  }

  /// Nothing is to be changed: whole rows at once.
  private func copy(_ part: Rectangle, of picture: Span<UInt32>, into buffer: UnsafeMutableRawPointer, stride: Int) {
    picture.withUnsafeBytes { bytes in
      for y in part.y..<(part.y + part.height) {
        let row = bytes.baseAddress! + (y * width + part.x) * 4
        (buffer + (top + y) * stride + (left + part.x) * 4).copyMemory(from: row, byteCount: part.width * 4)
      }
    }
  }

  private func offset(x: Int, y: Int, stride: Int) -> Int {
    let place = target(of: Rectangle(x: x, y: y, width: 1, height: 1))
    return place.y * stride + place.x * format.bytes
  }

  private func toned(_ pixel: UInt32, x: Int, y: Int) -> UInt32 {
    switch tone {
    case .colour: return pixel & 0xffffff
    case .threshold: return Self.brightness(pixel) >= 128 ? 0xffffff : 0
    case .dithered: return Self.brightness(pixel) >= Self.bayer[(y & 3) * 4 + (x & 3)] ? 0xffffff : 0
    }
  }

  /// 5, 6 and 5 bits; the lower ones are cut off.
  static func packed(_ pixel: UInt32) -> UInt16 {
    UInt16(truncatingIfNeeded: (pixel >> 8 & 0xf800) | (pixel >> 5 & 0x07e0) | (pixel >> 3 & 0x001f))
  }

  /// 0…255 by the weights of ITU-R BT.601 in 256ths.
  static func brightness(_ pixel: UInt32) -> UInt32 {
    ((pixel >> 16 & 0xff) * 77 + (pixel >> 8 & 0xff) * 150 + (pixel & 0xff) * 29) >> 8
  }

  /// The 4×4 Bayer matrix as brightness from which a dot is white: `16 m + 8` for m = 0…15, so that black stays black and white white.
  private static let bayer: InlineArray<16, UInt32> = [
    8, 136, 40, 168,
    200, 72, 232, 104,
    56, 184, 24, 152,
    248, 120, 216, 88,
  ]
}
