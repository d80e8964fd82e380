import CImage
import Overlay

/// A picture that is painted with rectangles and words, and written as a PNG: what reports are drawn on.
public struct Canvas {
  public let width: Int
  public let height: Int
  private var pixels: [UInt32]
  private let text = TextRenderer()

  /// White; colours are 0x00RRGGBB.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
    pixels = [UInt32](repeating: 0xFFFFFF, count: width * height)
  }

  /// Fills a rectangle as far as it lies on the canvas.
  public mutating func fill(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ colour: UInt32) {
    for row in max(y, 0)..<max(max(y, 0), min(y + height, self.height)) {
      for column in max(x, 0)..<max(max(x, 0), min(x + width, self.width)) { pixels[row * self.width + column] = colour }
    }
  }

  /// Writes words from `x` on. Without fonts on the machine the picture stays without words.
  public mutating func write(
    _ words: String, x: Int, baseline: Int, pixels size: Int, isBold: Bool = false, colour: UInt32 = 0x222222
  ) {
    let (text, width, height) = (text, width, height)
    var span = pixels.mutableSpan
    _ = try? text.draw(
      words, TextStyle(pixels: size, isBold: isBold), colour: colour, x: x, baseline: baseline, on: &span, width: width,
      height: height)
  }

  /// False when the file cannot be written.
  public func write(to path: String) -> Bool {
    pixels.withUnsafeBufferPointer { sotto_png_write(path, $0.baseAddress, UInt32(width), UInt32(height)) == 0 }
  }
}
