import CAllocationCount
import HAL
import Testing
import Units

@testable import Drivers

@Suite("What reaches the panel's buffer")
struct PanelPainterTests {
  /// A picture of 3×2 pixels, numbered.
  static let picture: [UInt32] = [0x010101, 0x020202, 0x030303, 0x040404, 0x050505, 0x060606]

  /// Paints into a buffer filled with 0xEE and gives its 32-bit pixels with what is beyond the width left out.
  static func painted(
    _ painter: PanelPainter, _ part: Rectangle = Rectangle(x: 0, y: 0, width: 3, height: 2), of picture: [UInt32] = picture,
    bufferWidth: Int, bufferHeight: Int, padding: Int = 8
  ) -> [UInt32] {
    let stride = bufferWidth * 4 + padding
    var bytes = [UInt8](repeating: 0xEE, count: stride * bufferHeight)
    bytes.withUnsafeMutableBytes { painter.paint(part, of: picture.span, into: $0.baseAddress!, stride: stride) }
    return bytes.withUnsafeBytes { bytes in
      (0..<bufferHeight).flatMap { y in (0..<bufferWidth).map { bytes.load(fromByteOffset: y * stride + $0 * 4, as: UInt32.self) }
      }
    }
  }

  static func painter(_ turn: Turn, tone: PanelTone = .colour, bufferWidth: Int, bufferHeight: Int) -> PanelPainter {
    PanelPainter(
      width: 3, height: 2, turn: turn, format: .xrgb8888, tone: tone, bufferWidth: bufferWidth, bufferHeight: bufferHeight)
  }

  @Test(
    "the picture is turned clockwise",
    arguments: [
      (Turn.none, 3, 2, [1, 2, 3, 4, 5, 6]),
      (.quarter, 2, 3, [4, 1, 5, 2, 6, 3]),
      (.half, 3, 2, [6, 5, 4, 3, 2, 1]),
      (.threeQuarters, 2, 3, [3, 6, 2, 5, 1, 4]),
    ])
  func turns(turn: Turn, width: Int, height: Int, expected: [UInt32]) {
    let painter = Self.painter(turn, bufferWidth: width, bufferHeight: height)
    #expect(Self.painted(painter, bufferWidth: width, bufferHeight: height) == expected.map { $0 * 0x010101 })
  }

  @Test("a buffer larger than the picture holds it in its middle and is left alone around it")
  func centred() {
    let painter = Self.painter(.none, bufferWidth: 5, bufferHeight: 4)
    let e: UInt32 = 0xEEEE_EEEE
    let p = Self.picture
    #expect(
      Self.painted(painter, bufferWidth: 5, bufferHeight: 4)
        == [e, e, e, e, e, e, p[0], p[1], p[2], e, e, p[3], p[4], p[5], e, e, e, e, e, e])
  }

  @Test("only the damage is painted, and its place in the buffer is told", arguments: Turn.allCases)
  func damage(turn: Turn) {
    let sides = turn.swapsSides ? (4, 6) : (6, 4)
    let painter = Self.painter(turn, bufferWidth: sides.0, bufferHeight: sides.1)
    for y in 0..<2 {
      for x in 0..<3 {
        let part = Rectangle(x: x, y: y, width: 3 - x, height: 2 - y)
        let target = painter.target(of: part)
        let pixels = Self.painted(painter, part, bufferWidth: sides.0, bufferHeight: sides.1)
        var touched: [UInt32] = []
        for row in 0..<sides.1 {
          for column in 0..<sides.0 where pixels[row * sides.0 + column] != 0xEEEE_EEEE {
            #expect(column >= target.x && column < target.x + target.width)
            #expect(row >= target.y && row < target.y + target.height)
            touched.append(pixels[row * sides.0 + column])
          }
        }
        let expected = (y..<2).flatMap { row in (x..<3).map { Self.picture[row * 3 + $0] } }
        #expect(touched.sorted() == expected.sorted())
      }
    }
  }

  @Test(
    "RGB565 keeps the upper bits",
    arguments: [
      (0x000000, 0x0000), (0xffffff, 0xffff), (0xff0000, 0xf800), (0x00ff00, 0x07e0), (0x0000ff, 0x001f), (0x070307, 0x0000),
      (0x080408, 0x0821),
    ] as [(UInt32, UInt16)])
  func rgb565(pixel: UInt32, expected: UInt16) {
    let painter = PanelPainter(
      width: 1, height: 1, turn: .none, format: .rgb565, tone: .colour, bufferWidth: 1, bufferHeight: 1)
    var buffer: [UInt16] = [0xAAAA, 0xBBBB]
    buffer.withUnsafeMutableBytes {
      painter.paint(Rectangle(x: 0, y: 0, width: 1, height: 1), of: [pixel].span, into: $0.baseAddress!, stride: 2)
    }
    #expect(buffer == [expected, 0xBBBB])
  }

  @Test("brightness by BT.601: green counts most, white is 255")
  func brightness() {
    #expect(PanelPainter.brightness(0xffffff) == 255)
    #expect(PanelPainter.brightness(0xff0000) == 76)
    #expect(PanelPainter.brightness(0x00ff00) == 149)
    #expect(PanelPainter.brightness(0x0000ff) == 28)
  }

  @Test("two tones by threshold: half brightness is white")
  func threshold() {
    let painter = Self.painter(.none, tone: .threshold, bufferWidth: 3, bufferHeight: 2)
    let picture: [UInt32] = [0x7f7f7f, 0x808080, 0xff0000, 0x00ff00, 0, 0xffffff]
    #expect(
      Self.painted(painter, of: picture, bufferWidth: 3, bufferHeight: 2) == [0, 0xffffff, 0, 0xffffff, 0, 0xffffff])
  }

  @Test("two tones by dots: a grey area has as many white dots as its brightness says, black and white none of the other")
  func dither() {
    for (grey, dots) in [(0, 0), (7, 0), (8, 1), (64, 4), (128, 8), (192, 12), (247, 15), (248, 16), (255, 16)] as [(UInt32, Int)]
    {
      let painter = PanelPainter(
        width: 4, height: 4, turn: .none, format: .xrgb8888, tone: .dithered, bufferWidth: 4, bufferHeight: 4)
      let pixels = Self.painted(
        painter, Rectangle(x: 0, y: 0, width: 4, height: 4), of: [UInt32](repeating: grey * 0x010101, count: 16), bufferWidth: 4,
        bufferHeight: 4)
      #expect(pixels.allSatisfy { $0 == 0 || $0 == 0xffffff })
      #expect(pixels.count { $0 == 0xffffff } == dots, "grey \(grey)")
    }
  }
}

@Suite("What changed in a picture")
struct DamageRegionTests {
  static func rectangles(_ region: DamageRegion) -> Set<Rectangle> { Set((0..<region.count).map { region[$0] }) }
  static func box(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> Rectangle {
    Rectangle(x: x, y: y, width: width, height: height)
  }

  @Test("what is inside is swallowed, what makes one box with another is joined, what is apart stays apart")
  func joins() {
    var region = DamageRegion()
    region.add(Self.box(0, 0, 0, 5))
    #expect(region.isEmpty)
    region.add(Self.box(0, 0, 10, 10))
    region.add(Self.box(2, 2, 3, 3))
    #expect(Self.rectangles(region) == [Self.box(0, 0, 10, 10)])
    region.add(Self.box(10, 0, 5, 10))
    #expect(Self.rectangles(region) == [Self.box(0, 0, 15, 10)])
    region.add(Self.box(100, 100, 1, 1))
    #expect(Self.rectangles(region) == [Self.box(0, 0, 15, 10), Self.box(100, 100, 1, 1)])
    region.add(Self.box(0, 0, 200, 200))
    #expect(Self.rectangles(region) == [Self.box(0, 0, 200, 200)])
  }

  @Test("a fifth one is joined with that which costs the fewest pixels")
  func fifth() {
    var region = DamageRegion()
    for corner in [Self.box(0, 0, 10, 10), Self.box(500, 0, 10, 10), Self.box(0, 500, 10, 10), Self.box(500, 500, 10, 10)] {
      region.add(corner)
    }
    #expect(region.count == 4)
    region.add(Self.box(490, 515, 10, 10))
    #expect(region.count == 4)
    #expect(Self.rectangles(region).contains(Self.box(490, 500, 20, 25)))
  }

  @Test("no changed pixel is ever left out, whatever is added")
  func holdsAll() {
    var state: UInt64 = 42
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<200 {
      var region = DamageRegion()
      var changed = [Bool](repeating: false, count: 32 * 32)
      for _ in 0..<12 {
        let x = next(32)
        let y = next(32)
        let box = Self.box(x, y, 1 + next(32 - x), 1 + next(32 - y))
        region.add(box)
        for row in box.y..<(box.y + box.height) {
          for column in box.x..<(box.x + box.width) { changed[row * 32 + column] = true }
        }
        #expect(region.count <= DamageRegion.most)
      }
      for index in changed.indices where changed[index] {
        let held = Self.rectangles(region).contains {
          index % 32 >= $0.x && index % 32 < $0.x + $0.width && index / 32 >= $0.y && index / 32 < $0.y + $0.height
        }
        #expect(held)
      }
    }
  }
}

@Suite("A steady picture")
struct SteadyPictureTests {
  @Test("copying damage into a panel's buffer and keeping account of it allocates nothing", arguments: Turn.allCases)
  func allocatesNothing(turn: Turn) {
    let painter = PanelPainter(
      width: 64, height: 32, turn: turn, format: .rgb565, tone: .dithered, bufferWidth: 64, bufferHeight: 64)
    let picture = [UInt32](repeating: 0x336699, count: 64 * 32)
    var buffer = [UInt8](repeating: 0, count: 64 * 64 * 2)
    var region = DamageRegion()
    var scanout = Scanout()
    buffer.withUnsafeMutableBytes { bytes in
      var before: UInt64 = 0
      for step in 0..<220 {
        // What is made at the first use is not counted.
        if step == 20 { before = sotto_allocations() }
        _ = scanout.handle(step == 0 ? .turnOn : .present, at: Instant(nanoseconds: Int64(step)))
        region.add(Rectangle(x: step % 32, y: step % 16, width: 8, height: 8))
        for index in 0..<region.count { painter.paint(region[index], of: picture.span, into: bytes.baseAddress!, stride: 128) }
        if step % 3 == 0 { region.removeAll() }
        _ = scanout.handle(.done, at: Instant(nanoseconds: Int64(step)))
      }
      #expect(sotto_allocations() == before)
    }
  }
}
