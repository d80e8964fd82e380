/// A picture as half blocks: each character is two pixels, one above the other, in 24-bit colour.
public struct TerminalPicture: Sendable {
  public let width: Int
  public let height: Int
  /// `0x00RRGGBB`, row after row.
  public let pixels: [UInt32]

  public init(width: Int, height: Int, pixels: [UInt32]) {
    precondition(pixels.count == width * height, "a picture has as many pixels as its size says")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Lines for a terminal of `columns` characters, scaled down by averaging; never scaled up. Each line ends with a colour reset.
  public func lines(columns: Int) -> [String] {
    guard width > 0, height > 0, columns > 0 else { return [] }
    let targetWidth = min(columns, width)
    let targetHeight = max(2, (height * targetWidth / width + 1) / 2 * 2)
    var lines: [String] = []
    for row in stride(from: 0, to: targetHeight, by: 2) {
      var line = ""
      var previous: (UInt32, UInt32)?
      for column in 0..<targetWidth {
        let top = average(column, row, targetWidth, targetHeight)
        let bottom = average(column, row + 1, targetWidth, targetHeight)
        if previous == nil || previous! != (top, bottom) { line += "\u{1B}[38;2;\(channels(top));48;2;\(channels(bottom))m" }
        previous = (top, bottom)
        line += "▀"
      }
      lines.append(line + "\u{1B}[0m")
    }
    return lines
  }

  private func average(_ column: Int, _ row: Int, _ targetWidth: Int, _ targetHeight: Int) -> UInt32 {
    let left = column * width / targetWidth
    let right = max(left + 1, (column + 1) * width / targetWidth)
    let top = min(row * height / targetHeight, height - 1)
    let bottom = max(top + 1, min((row + 1) * height / targetHeight, height))
    var red = 0
    var green = 0
    var blue = 0
    for y in top..<bottom {
      for x in left..<right {
        let pixel = pixels[y * width + x]
        red += Int(pixel >> 16 & 255)
        green += Int(pixel >> 8 & 255)
        blue += Int(pixel & 255)
      }
    }
    let count = (bottom - top) * (right - left)
    return UInt32(red / count) << 16 | UInt32(green / count) << 8 | UInt32(blue / count)
  }

  private func channels(_ pixel: UInt32) -> String { "\(pixel >> 16 & 255);\(pixel >> 8 & 255);\(pixel & 255)" }
}
