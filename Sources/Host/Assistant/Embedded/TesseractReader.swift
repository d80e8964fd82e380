import CTesseract
import Foundation

/// Reads print with Tesseract and codes with ZBar.
///
/// Pages and scenes differ: a page is read as it is laid out. Where that finds little, sure words are looked for anywhere in the
/// picture, and what surrounds them (a sign) is cut out, enlarged to the letters' best size, and read as one block.
///
/// Unchecked: `engine` is touched on `queue` only.
public final class TesseractReader: ImageReader, @unchecked Sendable {
  /// Tesseract's own figure for what it surely knows; below it, textures of a scene turn into letters.
  private static let sure: Float = 80
  /// In a block that is known to be print, less is enough.
  private static let likely: Float = 75
  /// Letters of this height are read best (Tesseract's documentation: capitals of 30 to 33 pixels).
  private static let bestHeight = 32
  /// Larger pictures are reduced to this many pixels on the longer side: enough for a page of print at arm's length.
  private static let longestSide = 2000
  /// The longer sides of the pictures in which words are looked for anywhere, in pixels.
  private static let sceneSides = [700, 1200]
  /// A picture with so many sure letters is a page.
  private static let lettersOfPage = 80

  private let queue = EngineQueue("sotto.reader")
  private var engine: TesseractEngine?

  public init() {}

  public func warmUp() async throws { try await queue.run { _ = try self.loaded() } }

  public func read(_ picture: Picture) async throws -> PictureText {
    try await queue.run {
      let upright = try Raster.decoded(picture)
      let factor = min(1, Float(Self.longestSide) / Float(max(upright.width, upright.height)))
      guard let grey = upright.grey()?.scaled(by: factor), let clean = grey.denoised() else {
        throw BackEndFailure(.imageReader, "the picture's colours cannot be converted")
      }
      return PictureText(lines: Self.lines(try self.words(in: clean)), codes: CodeScanner.codes(in: grey))
    }
  }

  private func words(in picture: Raster) throws(BackEndFailure) -> [PrintedWord] {
    let engine = try loaded()
    let page = Self.words(engine, picture, PSM_AUTO, Self.sure)
    if Self.letters(page) >= Self.lettersOfPage { return page }
    let anywhere = Self.scattered(in: picture, engine)
    guard let sign = Self.sign(around: anywhere), let cut = picture.cropped(sign.box),
      let enlarged = cut.scaled(by: min(4, max(0.5, Float(Self.bestHeight) / Float(sign.letterHeight))))
    else { return page }
    let readings = [
      page, Self.words(engine, enlarged, PSM_SINGLE_BLOCK, Self.likely), Self.words(engine, enlarged, PSM_SPARSE_TEXT, Self.sure),
      anywhere,
    ]
    return readings.max { Self.letters($0) < Self.letters($1) } ?? page
  }

  private static func words(
    _ engine: TesseractEngine, _ picture: Raster, _ layout: TessPageSegMode, _ confidence: Float
  ) -> [PrintedWord] {
    engine.words(in: picture, layout: layout).filter { $0.confidence >= confidence && isWord($0.text) }
  }

  /// Sure words anywhere: first in a small picture, which is quick and where signs are read best, then in a larger one.
  private static func scattered(in picture: Raster, _ engine: TesseractEngine) -> [PrintedWord] {
    for side in sceneSides {
      let factor = Float(side) / Float(max(picture.width, picture.height))
      guard let scaled = picture.scaled(by: factor) else { continue }
      let words = words(engine, scaled, PSM_SPARSE_TEXT, sure)
      if words.contains(where: { $0.text.count > 2 }) { return words.map { $0.scaled(by: 1 / factor) } }
    }
    return []
  }

  /// The box of the sure words with room for two more lines, and the height of their letters.
  private static func sign(around words: [PrintedWord]) -> (box: PixelBox, letterHeight: Int)? {
    guard let first = words.first else { return nil }
    let heights = words.map(\.box.height).sorted()
    let height = max(heights[heights.count / 2], 1)
    let box = words.dropFirst().reduce(first.box) { $0.union($1.box) }
    return (box.grown(horizontally: height * 2, vertically: height * 2), height)
  }

  /// Print has letters or digits next to each other; a lone mark or letter in a scene is a branch or a shadow.
  private static func isWord(_ text: String) -> Bool {
    let signs = text.filter { $0.isLetter || $0.isNumber }.count
    return signs >= 2 && signs * 2 > text.count || text == "I" || text == "a" || text == "A"
      || (signs == 1 && text.first!.isNumber)
  }

  private static func letters(_ words: [PrintedWord]) -> Int { words.reduce(0) { $0 + $1.text.count } }

  private static func lines(_ words: [PrintedWord]) -> [String] {
    var lines: [(number: Int, text: String)] = []
    for word in words {
      if lines.last?.number == word.line {
        lines[lines.count - 1].text += " " + word.text
      } else {
        lines.append((word.line, word.text))
      }
    }
    return lines.map(\.text)
  }

  private func loaded() throws(BackEndFailure) -> TesseractEngine {
    if let engine { return engine }
    let opened = try TesseractEngine()
    engine = opened
    return opened
  }
}
