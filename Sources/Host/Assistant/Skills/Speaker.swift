/// Turns what the wearer said about herself into what is said to her: “my locker” is “your locker”.
enum Speaker {
  private static let turned: [String: String] = [
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "i'm": "you're", "i've": "you've",
    "i'll": "you'll",
    "i'd": "you'd", "am": "are", "we": "you", "us": "you", "our": "your", "ours": "yours", "you": "I", "your": "my",
    "yours": "mine",
  ]

  static func turned(_ text: String) -> String {
    let words = text.split(separator: " ").map(String.init)
    return words.enumerated().map { index, word in
      let core = word.replacing("’", with: "'").trimmingSuffix(while: { ",.;:!?".contains($0) })
      if core.lowercased() == "was", index > 0, words[index - 1].lowercased() == "i" {
        return "were" + word.dropFirst(core.count)
      }
      guard let other = turned[core.lowercased()] else { return word }
      return other + word.dropFirst(core.count)
    }.joined(separator: " ")
  }

  /// With a capital letter and a full stop.
  static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + (text.last.map { ".!?".contains($0) } == true ? "" : ".")
  }
}

extension String {
  func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> String {
    var text = self
    while let last = text.last, isTrimmed(last) { text.removeLast() }
    return text
  }
}
