/// Cuts text into sentences, for voices that speak one at a time.
public enum Sentences {
  /// Longer pieces are cut at a comma or between words, so that speech begins soon: characters.
  private static let longest = 160

  public static func of(_ text: String) -> [String] {
    var sentences: [String] = []
    var current = ""
    for word in text.split(whereSeparator: \.isWhitespace) {
      current += current.isEmpty ? String(word) : " " + word
      let ends = word.last.map { ".!?".contains($0) } ?? false
      let isTitle = ["mr.", "mrs.", "ms.", "dr.", "st.", "no.", "vs."].contains(word.lowercased())
      let isTooLong = current.count > longest || current.count > longest / 2 && word.hasSuffix(",")
      if ends && !isTitle || isTooLong {
        sentences.append(current)
        current = ""
      }
    }
    if !current.isEmpty { sentences.append(current) }
    return sentences
  }
}
