import HAL
import Units

/// What a drawing did.
public struct Drawing: Sendable, Hashable {
  /// The pixels that may differ from before: what was drawn now and what was cleared of the last card.
  public var damage: Rectangle
  /// Why there is no text on it, if there is none. The glyph and the bar are there all the same.
  public var textError: TextError?
}

/// Lays cards out and draws them on black.
///
/// ```
///   ┌────────────────────────────┐        ┌────────────────────────────┐
///   │                            │        │     title, quiet, centred  │
///   │ ● title in the accent      │        │                            │
///   │ Body, one to four lines,   │        │        123 456             │
///   │ as large as fits…          │        │                            │
///   │ ▬▬▬▬▬▬▬▬▬▬──────── time    │        │                            │
///   └────────────────────────────┘        └────────────────────────────┘
///     answer, notice, reminder, listening    digits
/// ```
///
/// Works for any geometry of at least 96×64; sizes follow the density. It remembers what it has drawn, so it clears no more
/// than that. Text is laid out anew with each draw: cards change seldom.
public struct Compositor {
  public static let leastWidth = 96
  public static let leastHeight = 64

  private let geometry: DisplayGeometry
  private let text: TextRenderer
  private let style: CardStyle
  private var drawn: Rectangle?

  /// The renderer loads its fonts with the first card.
  public init(_ geometry: DisplayGeometry, text: TextRenderer = TextRenderer()) {
    precondition(geometry.width >= Self.leastWidth && geometry.height >= Self.leastHeight, "the display is too small for cards")
    self.geometry = geometry
    self.text = text
    style = CardStyle(geometry)
  }

  /// Draws a card instead of the last one. `remaining` is how much of its time is left, for the thin bar; nil draws no bar.
  /// `pixels` is the whole back buffer (`Display.withPixels`), which nobody else draws into.
  public mutating func draw(_ card: Card, remaining: Percent? = nil, on pixels: inout MutableSpan<UInt32>) -> Drawing {
    let before = drawn
    _ = clear(on: &pixels)
    var area = Rectangle(x: style.margin, y: geometry.height - style.margin, width: 0, height: 0)
    var failure: TextError?
    do {
      switch card.kind {
      case .digits: area = try drawDigits(card, on: &pixels)
      case .listening, .answer, .notice, .reminder: area = try drawBlock(card, remaining, on: &pixels)
      }
    } catch {
      failure = error
      area = drawWithoutText(card, remaining, on: &pixels)
    }
    drawn = area.clipped(to: geometry)
    return Drawing(damage: area.clipped(to: geometry).union(before), textError: failure)
  }

  /// Takes the last card away; nil when there was none.
  public mutating func clear(on pixels: inout MutableSpan<UInt32>) -> Rectangle? {
    guard let area = drawn else { return nil }
    Shape.fill(area, 0, on: &pixels, geometry)
    drawn = nil
    return area
  }

  private func drawBlock(
    _ card: Card, _ remaining: Percent?, on pixels: inout MutableSpan<UInt32>
  ) throws(TextError) -> Rectangle {
    let titleStyle = TextStyle(pixels: style.title, isBold: true)
    let titleMetrics = try text.metrics(titleStyle)
    let glyph = style.title
    let indent = Int(Self.glyphWidth(card.kind) * Float(glyph)) + glyph / 2
    let titleLines = try text.wrap(card.title, titleStyle, width: style.measure - indent, lines: 1)
    let (bodyLines, bodyStyle) = try fitBody(card)
    let bodyMetrics = try text.metrics(bodyStyle)
    let lineHeight = bodyMetrics.ascent + bodyMetrics.descent + bodyStyle.pixels / 8
    let barHeight = remaining == nil ? 0 : style.stroke + style.body / 2
    let gap = bodyLines.isEmpty ? 0 : style.body / 4
    let titleHeight = titleMetrics.ascent + titleMetrics.descent
    let height = titleHeight + gap + bodyLines.count * lineHeight + barHeight
    let top = max(geometry.height - style.margin - height, 0)

    let middle = Float(top) + Float(titleMetrics.ascent) * 0.62
    drawGlyph(card.kind, x: Float(style.margin), middle: middle, size: Float(glyph), on: &pixels)
    if let title = titleLines.first {
      let baseline = top + titleMetrics.ascent
      try draw(title, titleStyle, CardStyle.accent(card.kind), x: style.margin + indent, baseline: baseline, &pixels)
    }
    var baseline = top + titleHeight + gap + bodyMetrics.ascent
    let colour = card.kind == .listening ? CardStyle.quietColour : CardStyle.bodyColour
    for line in bodyLines {
      try draw(line, bodyStyle, colour, x: style.margin, baseline: baseline, &pixels)
      baseline += lineHeight
    }
    if let remaining { drawBar(card.kind, remaining, on: &pixels) }
    // Italics and accents may lean out of their line: the area is generous by a stroke on each side.
    return Rectangle(
      x: 0, y: top - style.stroke, width: style.margin + style.measure + style.body,
      height: geometry.height - top + style.stroke)
  }

  /// The body in the largest of three sizes in which it is short enough. Of what is being heard the last lines are shown.
  private func fitBody(_ card: Card) throws(TextError) -> ([String], TextStyle) {
    let regular = TextStyle(pixels: style.body)
    guard card.kind != .listening else {
      let all = try text.wrap(card.body, regular, width: style.measure, lines: 64)
      return (Array(all.suffix(min(style.lines, 2))), regular)
    }
    for (percent, lines) in [(170, 1), (130, 2)] where lines <= style.lines {
      let larger = TextStyle(pixels: style.body * percent / 100)
      let fitted = try text.wrap(card.body, larger, width: style.measure, lines: lines + 1)
      if fitted.count <= lines && fits(larger, lines: fitted.count) { return (fitted, larger) }
    }
    return (try text.wrap(card.body, regular, width: style.measure, lines: style.lines), regular)
  }

  private func fits(_ candidate: TextStyle, lines: Int) -> Bool {
    lines * candidate.pixels * 4 / 3 + style.title * 3 / 2 + 2 * style.margin + style.body <= geometry.height
  }

  private func drawDigits(_ card: Card, on pixels: inout MutableSpan<UInt32>) throws(TextError) -> Rectangle {
    let grouped = Self.grouped(card.body)
    var digits = TextStyle(pixels: geometry.height * 30 / 100, isBold: true)
    let room = geometry.width - 2 * style.margin
    let width = try text.width(of: grouped, digits)
    // Two thirds of a wide view are read without moving the eyes; a small one needs all its width.
    let most = room > style.body * 20 ? room * 2 / 3 : room
    if width > most { digits.pixels = max(digits.pixels * most / width, style.body) }
    let metrics = try text.metrics(digits)
    let titleStyle = TextStyle(pixels: style.title)
    let titleMetrics = try text.metrics(titleStyle)
    let titleLines = try text.wrap(card.title, titleStyle, width: room, lines: 2)
    let gap = style.body / 4
    let height = titleLines.count * titleMetrics.lineHeight + gap + metrics.ascent
    var baseline = max((geometry.height - height) / 2, 0) + titleMetrics.ascent
    for line in titleLines {
      try drawCentred(line, titleStyle, CardStyle.quietColour, baseline: baseline, &pixels)
      baseline += titleMetrics.lineHeight
    }
    baseline += gap + metrics.ascent - titleMetrics.ascent
    try drawCentred(grouped, digits, CardStyle.bodyColour, baseline: baseline, &pixels)
    return Rectangle(x: 0, y: 0, width: geometry.width, height: geometry.height)
  }

  /// Six digits read better as two groups of three; anything else stays as it is.
  private static func grouped(_ digits: String) -> String {
    var result = ""
    var count = 0
    guard digits.utf8.count == 6 else { return digits }
    for scalar in digits.unicodeScalars {
      if count == 3 { result += "\u{2009}\u{2009}" }
      result.unicodeScalars.append(scalar)
      count += 1
    }
    return result
  }

  private func drawWithoutText(_ card: Card, _ remaining: Percent?, on pixels: inout MutableSpan<UInt32>) -> Rectangle {
    let middle = Float(geometry.height - style.margin - style.body * 2)
    drawGlyph(card.kind, x: Float(style.margin), middle: middle, size: Float(style.body), on: &pixels)
    if let remaining { drawBar(card.kind, remaining, on: &pixels) }
    return Rectangle(x: 0, y: 0, width: geometry.width, height: geometry.height)
  }

  /// Width of a kind's glyph in parts of its height.
  private static func glyphWidth(_ kind: CardKind) -> Float {
    switch kind {
    case .answer: 0.55
    case .listening, .notice, .reminder: 1
    case .digits: 0
    }
  }

  private func drawGlyph(_ kind: CardKind, x: Float, middle: Float, size: Float, on pixels: inout MutableSpan<UInt32>) {
    let colour = CardStyle.accent(kind)
    let stroke = max(size / 8, 1.25)
    switch kind {
    case .listening:
      // A voice: five pills.
      let heights: InlineArray<5, Float> = [0.35, 0.75, 1.0, 0.6, 0.3]
      let step = size / 4.5
      for index in heights.indices {
        let height = size * heights[index]
        Shape.box(
          x: x + Float(index) * step, y: middle - height / 2, width: step * 0.55, height: height, radius: size, colour,
          on: &pixels, geometry)
      }
    case .answer:
      // A full stop: it is done.
      let side = size * Self.glyphWidth(kind)
      Shape.box(
        x: x, y: middle - side / 2, width: side, height: side, radius: side, colour, on: &pixels, geometry)
    case .notice:
      // A ring with a mark.
      ring(x, middle, size, stroke, colour, on: &pixels)
      Shape.box(
        x: x + size / 2 - stroke / 2, y: middle - size * 0.24, width: stroke, height: size * 0.28, radius: stroke, colour,
        on: &pixels, geometry)
      Shape.box(
        x: x + size / 2 - stroke / 2, y: middle + size * 0.14, width: stroke, height: stroke, radius: stroke, colour,
        on: &pixels, geometry)
    case .reminder:
      // A clock at three.
      ring(x, middle, size, stroke, colour, on: &pixels)
      Shape.box(
        x: x + size / 2 - stroke / 2, y: middle - size * 0.28, width: stroke, height: size * 0.28 + stroke / 2,
        radius: stroke, colour, on: &pixels, geometry)
      Shape.box(
        x: x + size / 2 - stroke / 2, y: middle - stroke / 2, width: size * 0.24, height: stroke, radius: stroke, colour,
        on: &pixels, geometry)
    case .digits: break
    }
  }

  private func ring(
    _ x: Float, _ middle: Float, _ size: Float, _ stroke: Float, _ colour: UInt32, on pixels: inout MutableSpan<UInt32>
  ) {
    Shape.box(
      x: x, y: middle - size / 2, width: size, height: size, radius: size, stroke: stroke, colour, on: &pixels, geometry)
  }

  private func drawBar(_ kind: CardKind, _ remaining: Percent, on pixels: inout MutableSpan<UInt32>) {
    let y = Float(geometry.height - style.margin - style.stroke)
    let thickness = Float(style.stroke)
    let width = Float(style.measure)
    Shape.box(
      x: Float(style.margin), y: y, width: width, height: thickness, radius: thickness, CardStyle.trackColour, on: &pixels,
      geometry)
    let left = width * Float(remaining.value) / 100
    guard left >= thickness else { return }
    Shape.box(
      x: Float(style.margin), y: y, width: left, height: thickness, radius: thickness, CardStyle.accent(kind), on: &pixels,
      geometry)
  }

  private func draw(
    _ line: String, _ lineStyle: TextStyle, _ colour: UInt32, x: Int, baseline: Int, _ pixels: inout MutableSpan<UInt32>
  ) throws(TextError) {
    try text.draw(
      line, lineStyle, colour: colour, x: x, baseline: baseline, on: &pixels, width: geometry.width, height: geometry.height)
  }

  private func drawCentred(
    _ line: String, _ lineStyle: TextStyle, _ colour: UInt32, baseline: Int, _ pixels: inout MutableSpan<UInt32>
  ) throws(TextError) {
    let width = try text.width(of: line, lineStyle)
    try draw(line, lineStyle, colour, x: (geometry.width - width) / 2, baseline: baseline, &pixels)
  }
}

extension Rectangle {
  func clipped(to geometry: DisplayGeometry) -> Rectangle {
    let left = min(max(x, 0), geometry.width)
    let top = min(max(y, 0), geometry.height)
    return Rectangle(
      x: left, y: top, width: min(max(x + width, left), geometry.width) - left,
      height: min(max(y + height, top), geometry.height) - top)
  }

  func union(_ other: Rectangle?) -> Rectangle {
    guard let other else { return self }
    let left = min(x, other.x)
    let top = min(y, other.y)
    return Rectangle(
      x: left, y: top, width: max(x + width, other.x + other.width) - left,
      height: max(y + height, other.y + other.height) - top)
  }
}
