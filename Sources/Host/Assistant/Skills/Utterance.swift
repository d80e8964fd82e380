/// What was said, word by word.
struct Utterance: Sendable {
  /// Spoken at the beginning or the end of a request without changing it.
  private static let courtesy: Set<String> = [
    "please", "hey", "hi", "hello", "ok", "okay", "um", "uh", "sotto", "so", "well", "thanks", "now",
  ]

  /// In lower case, without punctuation: “what's” is `whats`.
  let words: [String]
  /// The same words as the recogniser wrote them.
  let written: [String]

  init(_ text: String) {
    var pairs = text.split(whereSeparator: \.isWhitespace).map { (Self.plain($0), String($0)) }.filter { !$0.0.isEmpty }
    while let first = pairs.first, pairs.count > 1, Self.courtesy.contains(first.0) { pairs.removeFirst() }
    while let last = pairs.last, pairs.count > 1, Self.courtesy.contains(last.0) { pairs.removeLast() }
    words = pairs.map(\.0)
    written = pairs.map(\.1)
  }

  /// The written words from this one on, without punctuation at the end.
  func text(from index: Int) -> String {
    var text = written[index...].joined(separator: " ")
    while let last = text.last, ".,;:!?".contains(last) { text.removeLast() }
    return text
  }

  /// The rest of the utterance after the first of these phrases that fits; nil when none fits.
  func rest(after phrases: [Phrase]) -> String? {
    for phrase in phrases {
      if let end = phrase.end(in: words) { return text(from: end) }
    }
    return nil
  }

  func says(_ phrases: Phrase...) -> Bool { phrases.contains { $0.end(in: words) != nil } }

  private static func plain(_ word: Substring) -> String {
    var plain = word.lowercased().filter { $0.isLetter || $0.isNumber || $0 == ":" || $0 == "." }
    while let last = plain.last, last == "." || last == ":" { plain.removeLast() }
    return plain
  }
}
