/// Breaks scalars into lines. Pure: widths come from the caller.
struct LineWrapper {
  typealias Measure = (ArraySlice<UInt32>) throws(TextError) -> Int

  static let ellipsis: UInt32 = 0x2026
  private static let space: UInt32 = 0x20

  let width: Int
  let lines: Int
  private(set) var result: [String] = []

  init(width: Int, lines: Int) {
    self.width = width
    self.lines = lines
  }

  mutating func wrap(_ text: [UInt32], measure: Measure) throws(TextError) {
    var rest = text[...]
    trimLeading(&rest)
    while !rest.isEmpty {
      let end = try lineEnd(rest, measure)
      var line = rest[rest.startIndex..<end]
      var next = rest[end...]
      trimLeading(&next)
      if result.count == lines - 1 && !next.isEmpty {
        line = try elide(line, measure)
        next = []
      }
      while let last = line.last, Self.isBlank(last) { line = line.dropLast() }
      result.append(Self.string(line))
      rest = next
    }
  }

  /// Where the first line of `text` ends.
  private func lineEnd(_ text: ArraySlice<UInt32>, _ measure: Measure) throws(TextError) -> Int {
    var fits = text.startIndex
    var index = text.startIndex
    while index < text.endIndex {
      // One word with the blanks before it.
      var end = index
      while end < text.endIndex, Self.isBlank(text[end]), !Self.isBreak(text[end]) { end += 1 }
      while end < text.endIndex, !Self.isBlank(text[end]) { end += 1 }
      if try measure(text[text.startIndex..<end]) > width {
        return fits > text.startIndex ? fits : try breakWord(text[text.startIndex..<end], measure)
      }
      fits = end
      if end < text.endIndex, Self.isBreak(text[end]) { return end }
      index = end
    }
    return fits
  }

  /// The most of one word that fits, at least one cluster.
  private func breakWord(_ word: ArraySlice<UInt32>, _ measure: Measure) throws(TextError) -> Int {
    var end = Self.nextCluster(word, word.startIndex)
    while end < word.endIndex {
      let longer = Self.nextCluster(word, end)
      if try measure(word[word.startIndex..<longer]) > width { break }
      end = longer
    }
    return end
  }

  /// `line` shortened so that an ellipsis fits behind it: after a whole word, if that keeps more than half of the line.
  private func elide(_ line: ArraySlice<UInt32>, _ measure: Measure) throws(TextError) -> ArraySlice<UInt32> {
    let whole = try shorten(line, measure)
    let kept = whole.dropLast()
    guard kept.endIndex < line.endIndex, !Self.isBlank(line[kept.endIndex]) else { return whole }
    guard let blank = kept.lastIndex(where: { Self.isBlank($0) }), blank - kept.startIndex > kept.count / 2 else { return whole }
    return try shorten(kept[..<blank], measure)
  }

  /// The most of `line` that fits with an ellipsis behind it. Indices of the result are those of the line.
  private func shorten(_ line: ArraySlice<UInt32>, _ measure: Measure) throws(TextError) -> ArraySlice<UInt32> {
    var kept = line
    while true {
      while let last = kept.last, Self.isBlank(last) || Self.isJoined(last) { kept = kept.dropLast() }
      var candidate = kept
      candidate.append(Self.ellipsis)
      if kept.isEmpty { return candidate }
      if try measure(candidate) <= width { return candidate }
      kept = kept.dropLast()
    }
  }

  private func trimLeading(_ text: inout ArraySlice<UInt32>) {
    while let first = text.first, Self.isBlank(first) { text = text.dropFirst() }
  }

  /// The end of the cluster that starts at `index`: a scalar and what combines with it.
  private static func nextCluster(_ text: ArraySlice<UInt32>, _ index: Int) -> Int {
    var end = index + 1
    while end < text.endIndex, isJoined(text[end]) || text[end - 1] == 0x200D { end += 1 }
    return end
  }

  /// Scalars that belong to the one before: combining marks, joiners, variation selectors, skin tones.
  private static func isJoined(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x0300...0x036F, 0x0483...0x0489, 0x0591...0x05BD, 0x064B...0x065F, 0x093A...0x094F, 0x0E31...0x0E3A, 0x0E47...0x0E4E,
      0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x200C...0x200D, 0x20D0...0x20FF, 0xFE00...0xFE0F, 0xFE20...0xFE2F, 0x1F3FB...0x1F3FF:
      true
    default: false
    }
  }

  /// White space and control characters; the no-break space is not among them.
  private static func isBlank(_ scalar: UInt32) -> Bool { scalar <= space || scalar == 0x2028 || scalar == 0x2029 }

  private static func isBreak(_ scalar: UInt32) -> Bool { scalar == 0x0A || scalar == 0x2028 || scalar == 0x2029 }

  private static func string(_ scalars: ArraySlice<UInt32>) -> String {
    var result = String()
    for value in scalars {
      if let scalar = Unicode.Scalar(value) { result.unicodeScalars.append(scalar) }
    }
    return result
  }
}
