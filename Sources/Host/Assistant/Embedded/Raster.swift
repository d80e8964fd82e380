import CTesseract

/// A decoded picture in leptonica's form.
///
/// Not sendable: used on the reader's own thread.
final class Raster {
  let pix: UnsafeMutablePointer<Pix>

  /// Takes the picture over; nil when an operation of leptonica failed.
  init?(_ pix: UnsafeMutablePointer<Pix>?) {
    guard let pix else { return nil }
    self.pix = pix
  }

  deinit {
    var pix: UnsafeMutablePointer<Pix>? = pix
    pixDestroy(&pix)
  }

  var width: Int { Int(pixGetWidth(pix)) }
  var height: Int { Int(pixGetHeight(pix)) }

  /// Pixels of the largest picture that is decoded: a 48-megapixel sensor. A few kilobytes of PNG can announce a hundred times more.
  static let mostPixels = 50_000_000

  /// Decodes a JPEG or PNG and turns it upright.
  static func decoded(_ picture: Picture) throws(BackEndFailure) -> Raster {
    setMsgSeverity(Int32(L_SEVERITY_NONE))
    var (width, height) = (Int32(0), Int32(0))
    let isKnown = picture.bytes.withUnsafeBufferPointer {
      pixReadHeaderMem($0.baseAddress, $0.count, nil, &width, &height, nil, nil, nil) == 0
    }
    guard isKnown else { throw BackEndFailure(.imageReader, "the picture is damaged or is no JPEG or PNG") }
    guard Int(width) * Int(height) <= mostPixels else {
      throw BackEndFailure(.imageReader, "the picture has too many pixels")
    }
    let decoded = picture.bytes.withUnsafeBufferPointer { Raster(pixReadMem($0.baseAddress, $0.count)) }
    guard let decoded else { throw BackEndFailure(.imageReader, "the picture is damaged or is no JPEG or PNG") }
    let quarters = ((picture.rotation % 360) + 360) % 360 / 90
    guard let upright = quarters == 0 ? decoded : Raster(pixRotateOrth(decoded.pix, Int32(quarters))) else {
      throw BackEndFailure(.imageReader, "there is not enough memory for the picture")
    }
    return upright
  }

  func grey() -> Raster? { Raster(pixConvertTo8(pix, 0)) }

  /// Without single-pixel noise: each pixel becomes the median of its 3×3 neighbourhood.
  func denoised() -> Raster? { Raster(pixMedianFilter(pix, 3, 3)) }

  func scaled(by factor: Float) -> Raster? { factor == 1 ? Raster(pixClone(pix)) : Raster(pixScale(pix, factor, factor)) }

  /// The part of the picture inside this box, which is cut to the picture's edges.
  func cropped(_ box: PixelBox) -> Raster? {
    let left = max(0, box.left)
    let top = max(0, box.top)
    var rectangle = boxCreate(
      Int32(left), Int32(top), Int32(min(width, box.right) - left), Int32(min(height, box.bottom) - top))
    defer { boxDestroy(&rectangle) }
    return Raster(pixClipRectangle(pix, rectangle, nil))
  }

  /// The grey values row by row, one byte each.
  func luminance() -> [UInt8] {
    var values = [UInt8](repeating: 0, count: width * height)
    let stride = Int(pixGetWpl(pix))
    guard let words = pixGetData(pix) else { return values }
    for row in 0..<height {
      for column in 0..<width {
        // Leptonica packs four pixels into a word, the leftmost in its highest byte.
        let word = words[row * stride + column / 4]
        values[row * width + column] = UInt8(truncatingIfNeeded: word >> UInt32(24 - column % 4 * 8))
      }
    }
    return values
  }
}

/// A box in pixels; `right` and `bottom` are just outside.
struct PixelBox: Sendable, Equatable {
  var left: Int
  var top: Int
  var right: Int
  var bottom: Int

  var height: Int { bottom - top }

  func union(_ other: PixelBox) -> PixelBox {
    PixelBox(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right), bottom: max(bottom, other.bottom))
  }

  func grown(horizontally: Int, vertically: Int) -> PixelBox {
    PixelBox(left: left - horizontally, top: top - vertically, right: right + horizontally, bottom: bottom + vertically)
  }
}
