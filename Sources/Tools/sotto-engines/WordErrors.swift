import Foundation

/// Counts the words that a recogniser got wrong: the least number of substitutions, deletions and insertions (NIST's word error).
enum WordErrors {
  private static let digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
  private static let same = ["mr": "mister", "mrs": "missus"]

  static func count(said: String, heard: String) -> Int {
    let (said, heard) = (words(said), words(heard))
    var row = Array(0...heard.count)
    for (i, word) in said.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in heard.enumerated() {
        let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (word == other ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = next
      }
    }
    return row[heard.count]
  }

  /// In lower case, without punctuation, hyphens as spaces, small numbers and titles in words: spelling is not counted as error.
  static func words(_ text: String) -> [String] {
    text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'") }.map { word in
      if let number = Int(word), digits.indices.contains(number) { return digits[number] }
      return same[String(word)] ?? String(word)
    }
  }
}
