import HAL

/// A picture to judge a display by: a frame one pixel wide along the edges (is anything cut off?), eight colour bars (are red, green
/// and blue where they belong?), sixteen steps of grey (are shades lost?), and a white square in the upper left corner of the grey
/// (which way is up?).
public struct TestCard: Sendable, Hashable {
  public let width: Int
  public let height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// From left to right: white, yellow, cyan, green, magenta, red, blue, black.
  public static let bars: InlineArray<8, UInt32> = [
    0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000, 0x0000ff, 0x000000,
  ]

  /// The colour of one pixel, `0x00RRGGBB`.
  public func pixel(x: Int, y: Int) -> UInt32 {
    if x == 0 || y == 0 || x == width - 1 || y == height - 1 { return 0xffffff }
    let split = height * 2 / 3
    if y < split { return Self.bars[x * 8 / width] }
    let side = max((height - split) / 3, 2)
    if x <= side, y <= split + side { return 0xffffff }
    return UInt32(x * 16 / width * 17) * 0x010101
  }

  /// Draws it into `width * height` pixels.
  public func draw(on pixels: inout MutableSpan<UInt32>) {
    for y in 0..<height { for x in 0..<width { pixels[y * width + x] = pixel(x: x, y: y) } }
  }
}
