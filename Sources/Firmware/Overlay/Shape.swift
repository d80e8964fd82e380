import HAL

/// Antialiased shapes on XRGB8888 pixels, clipped to the display. A pixel is covered by how far its centre lies inside the
/// outline, which is one pixel soft.
enum Shape {
  /// Fills `area` with one colour.
  static func fill(_ area: Rectangle, _ colour: UInt32, on pixels: inout MutableSpan<UInt32>, _ geometry: DisplayGeometry) {
    let left = max(area.x, 0)
    let right = min(area.x + area.width, geometry.width)
    guard left < right else { return }
    for y in max(area.y, 0)..<max(min(area.y + area.height, geometry.height), max(area.y, 0)) {
      for x in left..<right { pixels[y * geometry.width + x] = colour }
    }
  }

  /// A rounded box; `radius` of half its shorter side makes a pill or a disc. With `stroke` only its outline, that thick, inside
  /// the box.
  static func box(
    x: Float, y: Float, width: Float, height: Float, radius: Float, stroke: Float? = nil, _ colour: UInt32,
    on pixels: inout MutableSpan<UInt32>, _ geometry: DisplayGeometry
  ) {
    let middleX = x + width / 2
    let middleY = y + height / 2
    let radius = min(radius, min(width, height) / 2)
    for row in max(Int(y) - 1, 0)..<max(min(Int(y + height) + 2, geometry.height), max(Int(y) - 1, 0)) {
      for column in max(Int(x) - 1, 0)..<max(min(Int(x + width) + 2, geometry.width), max(Int(x) - 1, 0)) {
        let outX = abs(Float(column) + 0.5 - middleX) - width / 2 + radius
        let outY = abs(Float(row) + 0.5 - middleY) - height / 2 + radius
        let corner = (max(outX, 0) * max(outX, 0) + max(outY, 0) * max(outY, 0)).squareRoot()
        let distance = corner + min(max(outX, outY), 0) - radius
        var coverage = min(max(0.5 - distance, 0), 1)
        if let stroke { coverage = min(coverage, min(max(0.5 + distance + stroke, 0), 1)) }
        blend(colour, coverage, &pixels[row * geometry.width + column])
      }
    }
  }

  private static func blend(_ colour: UInt32, _ coverage: Float, _ pixel: inout UInt32) {
    let weight = UInt32(coverage * 256)
    guard weight > 0 else { return }
    let below = pixel
    // Red and blue together, then green: each product stays within its 16 bits.
    let redBlue = (((colour & 0xff00ff) * weight + (below & 0xff00ff) * (256 - weight)) >> 8) & 0xff00ff
    let green = (((colour & 0x00ff00) * weight + (below & 0x00ff00) * (256 - weight)) >> 8) & 0x00ff00
    pixel = redBlue | green
  }
}
