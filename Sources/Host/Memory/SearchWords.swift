import Foundation
import GRDB

/// The words of a question that say what it is about.
public enum SearchWords {
  /// Words that most sentences share. They would match everything, so they do not count.
  private static let common: Set<String> = [
    "a", "about", "all", "am", "an", "and", "any", "anything", "are", "as", "at", "be", "been", "but", "by", "can", "could",
    "did", "do", "does", "ever", "everything", "for", "from", "had", "has", "have", "he", "her", "here", "him", "his", "how", "i",
    "if", "in", "into", "is", "it", "its", "just", "know", "last", "let", "like", "me", "mine", "my", "of", "off", "on", "or",
    "our", "out", "please", "remember", "remembered", "said", "say", "saying", "she", "so", "some", "something", "tell", "that",
    "the", "their", "them", "then", "there", "these", "they", "thing", "things", "this", "those", "to", "told", "up", "us", "was",
    "we", "were", "what", "what's", "when", "where", "where's", "which", "who", "who's", "whose", "why", "will", "with", "would",
    "you", "your",
  ]

  /// The words in order, in lower case, without the common ones and without repetition.
  public static func of(_ text: String) -> [String] {
    let folded = text.lowercased().replacing("’", with: "'")
    var seen: Set<String> = []
    return
      folded
      .split { !($0.isLetter || $0.isNumber || $0 == "'") }
      .map { $0.hasSuffix("'s") ? String($0.dropLast(2)) : $0.filter { $0 != "'" } }
      .filter { !$0.isEmpty && !common.contains($0) && seen.insert($0).inserted }
  }

  /// The full-text pattern for these words. Each is quoted, so that no word is taken for an operator.
  static func pattern(_ words: [String], joinedBy conjunction: String) -> String {
    words.map { "\"\($0)\"" }.joined(separator: " \(conjunction) ")
  }
}
