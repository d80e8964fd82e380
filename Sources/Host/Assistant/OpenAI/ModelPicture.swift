import CTesseract
import Foundation

/// A picture as vision models take it: upright, no larger than they look at, JPEG.
enum ModelPicture {
  /// Models reduce larger pictures themselves, after they were sent: pixels of the longer side.
  private static let longestSide = 1024
  /// JPEG's quality of 1…100; print stays legible.
  private static let quality: Int32 = 85

  /// The picture as it is when it fits already.
  static func fit(_ picture: Picture, part: BackEndFailure.Part) throws(BackEndFailure) -> Picture {
    let upright: Raster
    do {
      upright = try Raster.decoded(picture)
    } catch {
      throw BackEndFailure(part, error.reason)
    }
    let longer = max(upright.width, upright.height)
    if longer <= longestSide, picture.rotation % 360 == 0 { return picture }
    let factor = min(1, Float(longestSide) / Float(longer))
    guard let scaled = upright.scaled(by: factor), let bytes = scaled.jpeg(quality: quality) else {
      throw BackEndFailure(part, "the picture cannot be made smaller")
    }
    return Picture(bytes: bytes, format: .jpeg)
  }
}

extension Raster {
  /// The picture as JPEG; nil when leptonica cannot.
  func jpeg(quality: Int32) -> [UInt8]? {
    var data: UnsafeMutablePointer<UInt8>?
    var size = 0
    // JPEG has no palette and no alpha.
    guard let plain = Raster(pixGetDepth(pix) == 32 ? pixClone(pix) : pixConvertTo8(pix, 0)),
      pixWriteMemJpeg(&data, &size, plain.pix, quality, 0) == 0, let data
    else { return nil }
    defer { free(data) }
    return Array(UnsafeBufferPointer(start: data, count: size))
  }
}
