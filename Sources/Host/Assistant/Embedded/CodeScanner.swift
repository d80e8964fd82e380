import CZBar
import Foundation

/// Finds bar codes and QR codes.
enum CodeScanner {
  /// “Y800”: eight bits of grey for each pixel.
  private static let grey: UInt = 0x3030_3859

  static func codes(in picture: Raster) -> [PictureText.Code] {
    let scanner = zbar_image_scanner_create()
    let image = zbar_image_create()
    defer {
      zbar_image_destroy(image)
      zbar_image_scanner_destroy(scanner)
    }
    zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 1)
    zbar_image_set_format(image, Self.grey)
    zbar_image_set_size(image, UInt32(picture.width), UInt32(picture.height))
    let pixels = picture.luminance()
    return pixels.withUnsafeBytes { bytes in
      zbar_image_set_data(image, bytes.baseAddress, UInt(bytes.count), nil)
      guard zbar_scan_image(scanner, image) > 0 else { return [] }
      var codes: [PictureText.Code] = []
      var symbol = zbar_image_first_symbol(image)
      while let current = symbol {
        let data = UnsafeBufferPointer(start: zbar_symbol_get_data(current), count: Int(zbar_symbol_get_data_length(current)))
        let text = data.withMemoryRebound(to: UInt8.self) { String(decoding: $0, as: UTF8.self) }
        let code = PictureText.Code(kind: String(cString: zbar_get_symbol_name(zbar_symbol_get_type(current))), text: text)
        if !codes.contains(code) { codes.append(code) }
        symbol = zbar_symbol_next(current)
      }
      return codes
    }
  }
}
