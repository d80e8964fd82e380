import Foundation
import HAL
import Testing
import Units

@testable import Overlay

/// A back buffer with what tests want to know of it.
struct Picture {
  let geometry: DisplayGeometry
  var pixels: [UInt32]

  init(_ geometry: DisplayGeometry, filling: UInt32 = 0) {
    self.geometry = geometry
    pixels = [UInt32](repeating: filling, count: geometry.width * geometry.height)
  }

  mutating func draw(_ card: Card, _ compositor: inout Compositor, remaining: Percent? = nil) -> Drawing {
    var span = pixels.mutableSpan
    return compositor.draw(card, remaining: remaining, on: &span)
  }

  mutating func clear(_ compositor: inout Compositor) -> Rectangle? {
    var span = pixels.mutableSpan
    return compositor.clear(on: &span)
  }

  /// Share of pixels that are not black, in percent, in a part of the picture given in fractions.
  func coverage(x: ClosedRange<Double> = 0...1, y: ClosedRange<Double> = 0...1) -> Double {
    var lit = 0
    var all = 0
    for row in Int(y.lowerBound * Double(geometry.height))..<Int(y.upperBound * Double(geometry.height)) {
      for column in Int(x.lowerBound * Double(geometry.width))..<Int(x.upperBound * Double(geometry.width)) {
        all += 1
        if pixels[row * geometry.width + column] & 0xffffff != 0 { lit += 1 }
      }
    }
    return 100 * Double(lit) / Double(all)
  }

  func isDark(outside area: Rectangle) -> Bool {
    for row in 0..<geometry.height {
      for column in 0..<geometry.width where pixels[row * geometry.width + column] & 0xffffff != 0 {
        let inside = column >= area.x && column < area.x + area.width && row >= area.y && row < area.y + area.height
        if !inside { return false }
      }
    }
    return true
  }

  /// Writes a PPM for a person to look at when `SOTTO_PICTURES` names a folder.
  func keep(_ name: String) {
    guard let folder = ProcessInfo.processInfo.environment["SOTTO_PICTURES"] else { return }
    var bytes = Data("P6 \(geometry.width) \(geometry.height) 255\n".utf8)
    for pixel in pixels { bytes.append(contentsOf: [UInt8(pixel >> 16 & 255), UInt8(pixel >> 8 & 255), UInt8(pixel & 255)]) }
    try? bytes.write(to: URL(fileURLWithPath: folder + "/" + name + ".ppm"))
  }
}

let wide = DisplayGeometry(width: 640, height: 400, density: 160)
let small = DisplayGeometry(width: 128, height: 64, density: 150)
let least = DisplayGeometry(width: 96, height: 64, density: 120)
let dense = DisplayGeometry(width: 1280, height: 720, density: 320)

let longAnswer =
  "The sign says that the museum is open from ten to six, on Thursdays until eight, and that it is closed on Mondays and on public holidays. Tickets are sold until one hour before it closes."

@Suite(.serialized) struct CompositorTests {
  static let cards: [(String, Card, Percent?)] = [
    ("listening", Card(.listening, title: "Listening"), nil),
    ("hearing", Card(.listening, title: "Listening", body: "what does the sign over there say and is it still"), nil),
    ("digits", Card(.digits, title: "Same digits on the host? Press to confirm", body: "482913"), nil),
    ("short", Card(.answer, title: "Time", body: "16:05"), Percent(80)),
    ("answer", Card(.answer, title: "Time", body: "It is five past four in the afternoon."), Percent(70)),
    ("long", Card(.answer, title: "What the sign says", body: longAnswer), Percent(55)),
    (
      "notice", Card(.notice, title: "Host away", body: "The paired host does not answer. Your question was not sent."),
      Percent(40)
    ),
    ("reminder", Card(.reminder, title: "Timer", body: "Tea is ready."), Percent(100)),
    (
      "scripts", Card(.answer, title: "Größe: naïve Ωμέγα", body: "Привет, мир. Zażółć gęślą jaźń. שלום עולם 🙂 ∑≤√2"), Percent(90)
    ),
    (
      "unbroken",
      Card(.answer, title: "Link", body: "https://example.org/a/very/long/address/without/any/space/at/all/that/must/break"), nil
    ),
  ]

  @Test(arguments: [wide, small, least, dense])
  func everyCardIsDrawnInsideItsDamageAndClearedWithoutATrace(geometry: DisplayGeometry) {
    var compositor = Compositor(geometry)
    var picture = Picture(geometry)
    for (name, card, remaining) in Self.cards {
      let drawing = picture.draw(card, &compositor, remaining: remaining)
      #expect(drawing.textError == nil)
      picture.keep("\(name)-\(geometry.width)")
      #expect(picture.coverage() > 0.2, "\(name) is empty")
      #expect(picture.coverage() < 40, "\(name) covers too much")
      #expect(picture.isDark(outside: drawing.damage), "\(name) drew outside its damage")
      let cleared = picture.clear(&compositor)
      #expect(cleared != nil)
      #expect(picture.pixels.allSatisfy { $0 == 0 }, "\(name) left a trace")
    }
    #expect(picture.clear(&compositor) == nil)
  }

  @Test func aCardReplacesTheOneBeforeWithinItsDamage() {
    var compositor = Compositor(wide)
    var picture = Picture(wide)
    _ = picture.draw(Self.cards[5].1, &compositor)
    let second = picture.draw(Self.cards[3].1, &compositor)
    var fresh = Compositor(wide)
    var expected = Picture(wide)
    _ = expected.draw(Self.cards[3].1, &fresh)
    #expect(picture.pixels == expected.pixels)
    #expect(picture.isDark(outside: second.damage))
  }

  @Test func anAnswerLeavesTheUpperHalfOfTheViewFree() {
    var compositor = Compositor(wide)
    var picture = Picture(wide)
    _ = picture.draw(Self.cards[4].1, &compositor, remaining: Percent(70))
    #expect(picture.coverage(y: 0...0.5) == 0)
    #expect(picture.coverage(y: 0.5...1) > 1)
    // The margins are free on all sides.
    #expect(picture.coverage(x: 0...0.04) == 0)
    #expect(picture.coverage(y: 0.94...1) == 0)
  }

  @Test func digitsStandInTheMiddle() {
    var compositor = Compositor(wide)
    var picture = Picture(wide)
    _ = picture.draw(Self.cards[2].1, &compositor)
    let left = picture.coverage(x: 0...0.5)
    let right = picture.coverage(x: 0.5...1)
    #expect(abs(left - right) < max(left, right) * 0.35)
    #expect(picture.coverage(x: 0.2...0.8, y: 0.35...0.75) > 8)
  }

  @Test func theBarShowsTheTimeThatIsLeft() {
    var compositor = Compositor(wide)
    func barLength(_ remaining: Percent) -> Int {
      var picture = Picture(wide)
      _ = picture.draw(Card(.answer, title: "A"), &compositor, remaining: remaining)
      let accent = CardStyle.accent(.answer)
      return picture.pixels.suffix(wide.width * 40).filter { $0 == accent }.count
    }
    let full = barLength(Percent(100))
    let half = barLength(Percent(50))
    #expect(full > 400)
    #expect(abs(half * 2 - full) < full / 10)
    #expect(barLength(Percent(0)) == 0)
  }

  @Test func nothingIsLoadedBeforeTheFirstCard() {
    let text = TextRenderer()
    var compositor = Compositor(wide, text: text)
    #expect(!text.isLoaded)
    var picture = Picture(wide)
    _ = picture.draw(Self.cards[3].1, &compositor)
    #expect(text.isLoaded)
    text.unload()
    #expect(!text.isLoaded)
    _ = picture.draw(Self.cards[3].1, &compositor)
    #expect(text.isLoaded)
  }
}

@Suite(.serialized) struct TextTests {
  let text = TextRenderer()
  let style = TextStyle(pixels: 20)

  @Test func linesFitAndNothingIsLostWhenThereIsRoom() throws {
    let lines = try text.wrap(longAnswer, style, width: 300, lines: 100)
    #expect(lines.count > 4)
    for line in lines { #expect(try text.width(of: line, style) <= 300) }
    #expect(lines.joined(separator: " ") == longAnswer)
  }

  @Test func tooMuchTextEndsInAnEllipsis() throws {
    let lines = try text.wrap(longAnswer, style, width: 300, lines: 2)
    #expect(lines.count == 2)
    #expect(lines[1].hasSuffix("…"))
    #expect(!lines[1].hasSuffix(" …"))
    #expect(try text.width(of: lines[1], style) <= 300)
    // It ends after a whole word of the text.
    let shown = lines[0] + " " + lines[1].dropLast()
    #expect(longAnswer.hasPrefix(shown + " "))
  }

  @Test func lineEndsInTheTextBreakAndEmptyTextHasNoLines() throws {
    #expect(try text.wrap("one\ntwo", style, width: 300, lines: 9) == ["one", "two"])
    #expect(try text.wrap("  \n ", style, width: 300, lines: 9) == [])
    #expect(try text.wrap("", style, width: 300, lines: 9) == [])
    #expect(try text.wrap("text", style, width: 300, lines: 0) == [])
  }

  @Test func aWordThatIsTooWideBreaksInside() throws {
    let word = String(repeating: "abcdefghij", count: 10)
    let lines = try text.wrap(word, style, width: 200, lines: 100)
    #expect(lines.joined() == word)
    for line in lines { #expect(try text.width(of: line, style) <= 200) }
  }

  @Test func aCombiningMarkStaysWithItsLetter() throws {
    let word = String(repeating: "e\u{301}", count: 60)
    for line in try text.wrap(word, style, width: 100, lines: 100) { #expect(line.unicodeScalars.first != "\u{301}") }
  }

  @Test func aWidthBelowOneLetterStillEnds() throws {
    #expect(try text.wrap("abc", style, width: 1, lines: 100) == ["a", "b", "c"])
    #expect(try text.wrap("abc def", style, width: 1, lines: 2).count == 2)
  }

  @Test func anyUTF8IsDrawnAndNeverOutsideThePixels() throws {
    var picture = Picture(small)
    for seed in 0..<200 {
      var value = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15
      var sample = ""
      for _ in 0..<12 {
        value = value &* 6_364_136_223_846_793_005 &+ 1
        if let scalar = Unicode.Scalar(UInt32(value >> 33) % 0x1FFFF) { sample.unicodeScalars.append(scalar) }
      }
      var span = picture.pixels.mutableSpan
      try text.draw(
        sample, style, colour: 0xffffff, x: seed % 200 - 40, baseline: seed % 90 - 10, on: &span, width: small.width,
        height: small.height)
    }
    #expect(picture.coverage() > 0)
  }

  @Test func sizeAndWeightMatter() throws {
    let regular = try text.width(of: "Measure", style)
    #expect(try text.width(of: "Measure", TextStyle(pixels: 40)) > regular * 3 / 2)
    #expect(try text.width(of: "Measure", TextStyle(pixels: 20, isBold: true)) > regular)
    let metrics = try text.metrics(style)
    #expect(metrics.ascent > 10 && metrics.descent > 0 && metrics.lineHeight >= metrics.ascent + metrics.descent - 2)
  }
}
