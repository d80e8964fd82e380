import Foundation

/// The sounds of a sentence in the International Phonetic Alphabet, from the espeak-ng program.
enum Phonemes {
  /// A piece of a sentence up to a punctuation mark, which the voice renders as a pause and a tone.
  struct Clause: Sendable, Equatable {
    var sounds: [Int32]
    var mark: Character
  }

  /// The clauses of a sentence. Blocks while the program runs (about 10 ms).
  static func clauses(of sentence: String) throws -> [Clause] {
    let parts = split(sentence)
    guard !parts.isEmpty else { return [] }
    var clauses: [Clause] = []
    var output = Data()
    // One line for each part; the program begins a new line by itself at marks inside one, of which there are none.
    try Program.run(
      "espeak-ng", ["-q", "--ipa", "-v", "en-us", "--stdin"], input: parts.map(\.text).joined(separator: ".\n"), part: .voice
    ) { piece in
      output += piece
      return true
    }
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map { $0.trimmingPrefix(" ") }
    for (index, line) in lines.enumerated() {
      let mark = lines.count == parts.count ? parts[index].mark : index == lines.count - 1 ? parts[parts.count - 1].mark : ","
      clauses.append(Clause(sounds: codePoints(String(line)), mark: mark))
    }
    return clauses.filter { !$0.sounds.isEmpty }
  }

  /// Cuts at punctuation that is followed by a space or the end, so that “4:30” and “3.5” stay whole.
  static func split(_ sentence: String) -> [(text: String, mark: Character)] {
    var parts: [(text: String, mark: Character)] = []
    var current = ""
    let characters = Array(sentence.replacing("\n", with: " "))
    for (index, character) in characters.enumerated() {
      let isLast = index == characters.count - 1 || characters[index + 1].isWhitespace
      if isLast, ".,;:!?".contains(character), !current.isEmpty, !endsInAbbreviation(current, character) {
        parts.append((current.trimmingPrefix(" ").description, character))
        current = ""
      } else {
        current.append(character)
      }
    }
    if current.contains(where: { $0.isLetter || $0.isNumber }) { parts.append((current.trimmingPrefix(" ").description, ".")) }
    return parts.filter { $0.text.contains { $0.isLetter || $0.isNumber } }
  }

  /// “p.m.” and “e.g.” end in a full stop that ends no clause.
  private static func endsInAbbreviation(_ text: String, _ mark: Character) -> Bool {
    guard mark == ".", let word = text.split(separator: " ").last else { return false }
    return word.contains(".") && word.allSatisfy { $0.isLetter || $0 == "." }
  }

  /// The symbols as the voice's tokens know them: decomposed, without espeak's language marks such as “(en)”.
  private static func codePoints(_ line: String) -> [Int32] {
    line.replacing(/\([a-z-]+\)/, with: "").decomposedStringWithCanonicalMapping.unicodeScalars.map { Int32($0.value) }
  }
}
