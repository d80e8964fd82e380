import Units

/// The kernel's name of a pixel format: four characters, `MJPG`, `YUYV`.
public struct PixelCode: RawRepresentable, Hashable, Sendable {
  /// The first character is the lowest byte (videodev2.h, `v4l2_fourcc`).
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The first four bytes of the text; what is shorter ends in spaces (`Y8  `).
  public init(_ text: String) {
    var value: UInt32 = 0
    var place: UInt32 = 0
    for byte in text.utf8.prefix(4) {
      value |= UInt32(byte) << place
      place += 8
    }
    while place < 32 {
      value |= 0x20 << place
      place += 8
    }
    rawValue = value
  }

  /// Four characters; what does not print is a point.
  public var text: String {
    var bytes: [UInt8] = []
    for place: UInt32 in [0, 8, 16, 24] {
      let byte = UInt8(truncatingIfNeeded: rawValue >> place)
      bytes.append(byte >= 0x20 && byte < 0x7F ? byte : UInt8(ascii: "."))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// What the driver can do with frames of a pixel format.
public enum PixelLayout: Sendable, Hashable {
  /// Each frame is a JPEG: it goes out as it lies in the kernel's buffer.
  case jpeg
  /// 4:2:0, luma and then pairs of chroma, in one memory plane or in two.
  case nv12
  /// 4:2:2, packed as luma, blue, luma, red.
  case yuyv
  /// 4:2:0 in three planes one after the other.
  case planar420
  /// Luma alone, 8 bits.
  case grey
  /// libv4lconvert makes planar 4:2:0 from it.
  case convertible
  /// The naked sensor's colour mosaic, in any packing.
  case bayer
  case unknown

  public init(_ code: PixelCode, converts: (PixelCode) -> Bool) {
    if PixelLayout.matches(code, "MJPG") || PixelLayout.matches(code, "JPEG") {
      self = .jpeg
    } else if PixelLayout.matches(code, "NV12") || PixelLayout.matches(code, "NM12") {
      self = .nv12
    } else if PixelLayout.matches(code, "YUYV") {
      self = .yuyv
    } else if PixelLayout.matches(code, "YU12") {
      self = .planar420
    } else if PixelLayout.matches(code, "GREY") {
      self = .grey
    } else if PixelLayout.isBayer(code) {
      self = .bayer
    } else {
      self = converts(code) ? .convertible : .unknown
    }
  }

  /// The less there is to do for a picture, the earlier it is tried.
  var effort: Int {
    switch self {
    case .jpeg: 0
    case .nv12: 1
    case .planar420: 2
    case .yuyv: 3
    case .convertible: 4
    case .grey: 5
    case .bayer, .unknown: .max
    }
  }

  private static func matches(_ code: PixelCode, _ name: String) -> Bool { code == PixelCode(name) }

  /// The codes of videodev2.h whose samples stand behind a colour mosaic: 8 to 16 bits, plain, packed and compressed.
  private static func isBayer(_ code: PixelCode) -> Bool {
    for name in bayerNames where code == PixelCode(name) { return true }
    return false
  }

  private static let bayerNames: [String] = [
    "BA81", "GBRG", "GRBG", "RGGB",
    "BG10", "GB10", "BA10", "RG10", "pBAA", "pgAA", "pGAA", "pRAA",
    "aBA8", "aGA8", "agA8", "aRA8", "bBA8", "bGA8", "BD10", "bRA8",
    "BG12", "GB12", "BA12", "RG12", "pBCC", "pgCC", "pGCC", "pRCC",
    "BG14", "GB14", "GR14", "RG14", "pBEE", "pgEE", "pGEE", "pREE",
    "BYR2", "GB16", "GR16", "RG16", "ip3b", "ip3g", "ip3G", "ip3r",
    "PC1B", "PC1G", "PC1g", "PC1R",
  ]
}
