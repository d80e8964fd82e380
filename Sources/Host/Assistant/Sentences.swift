/// Cuts text into sentences, for voices that speak one at a time.
public enum Sentences {
  public static func of(_ text: String) -> [String] {
    var cutter = Cutter(opening: .sentence)
    return cutter.add(text) + (cutter.finish().map { [$0] } ?? [])
  }

  /// Where the first piece of an answer may end.
  public enum Opening: Sendable {
    case sentence
    /// After its first clause: a voice that begins with it is heard sooner than one that waits for the sentence.
    case clause
  }

  /// Cuts text that arrives in pieces, such as a language model's tokens. A word counts once something stands after it, so that “3.” may
  /// still become “3.5”.
  public struct Cutter: Sendable {
    /// Longer pieces are cut at a comma or between words, so that speech begins soon: characters.
    private static let longest = 160
    /// A first clause is no shorter: a voice is unnatural on one or two words.
    private static let leastWords = 3
    private static let leastCharacters = 12
    private static let titles: Set<String> = ["mr.", "mrs.", "ms.", "dr.", "st.", "no.", "vs."]
    /// A clause that begins with one of these may be spoken after a breath.
    private static let conjunctions: Set<String> = [
      "and", "but", "because", "which", "so", "or", "while", "although", "though", "if",
    ]

    private var opening: Opening
    private var current = ""
    private var words = 0
    private var word = ""

    public init(opening: Opening = .clause) { self.opening = opening }

    /// The pieces that are complete with this text.
    public mutating func add(_ text: String) -> [String] {
      var pieces: [String] = []
      for character in text {
        if character.isWhitespace { end(&pieces) } else { word.append(character) }
      }
      return pieces
    }

    /// What is left when no more text comes; nil when nothing is. More than one piece is never left.
    public mutating func finish() -> String? {
      var pieces: [String] = []
      if !word.isEmpty { take(&pieces, mayCut: false) }
      defer { current = "" }
      return pieces.first ?? (current.isEmpty ? nil : current)
    }

    private mutating func end(_ pieces: inout [String]) {
      if !word.isEmpty { take(&pieces, mayCut: true) }
    }

    private mutating func take(_ pieces: inout [String], mayCut: Bool) {
      defer { word = "" }
      if mayCut, opening == .clause, isLongEnough, words > Self.leastWords, Self.conjunctions.contains(word.lowercased()) {
        cut(&pieces)
      }
      current += current.isEmpty ? word : " " + word
      words += 1
      let isEnd = word.last.map { ".!?".contains($0) } == true && !Self.titles.contains(word.lowercased())
      let isTooLong = current.count > Self.longest || current.count > Self.longest / 2 && word.hasSuffix(",")
      let isClause = opening == .clause && isLongEnough && word.last.map { ",;:".contains($0) } == true
      if isEnd || isTooLong || isClause { cut(&pieces) }
    }

    private var isLongEnough: Bool { words >= Self.leastWords && current.count >= Self.leastCharacters }

    private mutating func cut(_ pieces: inout [String]) {
      pieces.append(current)
      current = ""
      words = 0
      opening = .sentence
    }
  }
}
