import CText

/// Why there is no text. Raw values are fixed.
public enum TextError: UInt8, Error, Sendable, Hashable {
  /// The text libraries are not installed or did not start.
  case unavailable = 1
  /// No font is installed, or none of that size could be opened.
  case noFont = 2
}

/// A size and weight of the one family.
public struct TextStyle: Sendable, Hashable {
  /// Height of the em square in pixels.
  public var pixels: Int
  public var isBold: Bool

  public init(pixels: Int, isBold: Bool = false) {
    self.pixels = pixels
    self.isBold = isBold
  }
}

/// Vertical measures of a style, in pixels.
public struct TextMetrics: Sendable, Hashable {
  public var ascent: Int
  public var descent: Int
  /// From baseline to baseline.
  public var lineHeight: Int
}

/// Draws shaped UTF-8 text into XRGB8888 pixels.
///
/// Nothing is loaded before the first call that needs a font, not even the libraries: sleeping glasses never touch fontconfig or
/// a font file.
/// `unload` closes the fonts again. Right-to-left scripts are shaped word by word; the order of words is left to right.
public final class TextRenderer {
  private struct Loaded {
    var style: TextStyle
    var font: OpaquePointer
  }

  private let family: String
  private var fonts: [Loaded] = []

  /// `family` is a fontconfig family; fontconfig substitutes when it is missing.
  public init(family: String = "sans-serif") {
    self.family = family
  }

  deinit { unload() }

  public var isLoaded: Bool { !fonts.isEmpty }

  /// Closes the fonts. The next use opens them again.
  public func unload() {
    for entry in fonts { ctext_close(entry.font) }
    fonts = []
  }

  public func metrics(_ style: TextStyle) throws(TextError) -> TextMetrics {
    let font = try open(style)
    return TextMetrics(
      ascent: Int(ctext_ascent(font)), descent: Int(ctext_descent(font)), lineHeight: Int(ctext_height(font)))
  }

  /// Width of a line in pixels.
  public func width(of text: String, _ style: TextStyle) throws(TextError) -> Int {
    try width(of: scalars(text)[...], style)
  }

  func width(of scalars: ArraySlice<UInt32>, _ style: TextStyle) throws(TextError) -> Int {
    let font = try open(style)
    return scalars.withUnsafeBufferPointer { text in
      text.isEmpty ? 0 : Int(ctext_draw(font, text.baseAddress, text.count, nil, 0, 0, 0, 0, 0))
    }
  }

  /// Draws one line with its first origin at (`x`, `baseline`); what lies outside is clipped. Returns the advance.
  /// `pixels` holds `width`×`height`, row after row.
  @discardableResult
  public func draw(
    _ text: String, _ style: TextStyle, colour: UInt32, x: Int, baseline: Int, on pixels: inout MutableSpan<UInt32>,
    width: Int, height: Int
  ) throws(TextError) -> Int {
    precondition(width > 0 && height > 0 && pixels.count >= width * height, "the pixels do not fill the geometry")
    let font = try open(style)
    let text = scalars(text)
    return text.withUnsafeBufferPointer { text in
      pixels.withUnsafeMutableBufferPointer { target in
        Int(
          ctext_draw(
            font, text.baseAddress, text.count, target.baseAddress, Int32(width), Int32(height), Int32(x),
            Int32(baseline), colour))
      }
    }
  }

  /// Breaks text into lines no wider than `width` pixels, at most `lines` of them; the last ends in an ellipsis when there is
  /// more. Breaks at spaces and line ends, inside a word only when the word alone is too wide.
  public func wrap(_ text: String, _ style: TextStyle, width: Int, lines: Int) throws(TextError) -> [String] {
    guard lines > 0 else { return [] }
    _ = try open(style)
    var wrapper = LineWrapper(width: width, lines: lines)
    // The error was ruled out by opening the font; measuring itself cannot fail.
    try wrapper.wrap(scalars(text)) { (piece) throws(TextError) in try self.width(of: piece, style) }
    return wrapper.result
  }

  private func scalars(_ text: String) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars { result.append(scalar.value) }
    return result
  }

  private func open(_ style: TextStyle) throws(TextError) -> OpaquePointer {
    for entry in fonts where entry.style == style { return entry.font }
    guard ctext_start() else { throw .unavailable }
    let size = String(max(style.pixels, 1))
    let attributes = "pixelsize=" + size + (style.isBold ? ":weight=bold" : "")
    guard let font = ctext_open(family, attributes) else { throw .noFont }
    fonts.append(Loaded(style: style, font: font))
    return font
  }
}
