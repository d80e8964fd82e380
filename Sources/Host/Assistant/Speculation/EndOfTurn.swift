/// Whether words that are followed by a pause sound finished: the host's opinion on the end of a turn, beside the glasses', which know
/// the silence alone. Rules on English; a recogniser of another language gets `unsure`, and with it the silence alone.
public enum EndOfTurn: Sendable, Equatable {
  /// More must follow: “what is the”, “set a timer for”, “um”.
  case unfinished
  /// It may go on: “remember that my code is four”.
  case unsure
  /// A whole question or request.
  case finished

  /// After these nothing can end.
  private static let dangling: Set<String> = [
    "a", "an", "the", "my", "your", "our", "their", "its", "every", "and", "or", "but", "nor", "because", "if", "than", "of",
    "with", "without", "into", "between", "is", "are", "was", "were", "am", "does", "did", "can", "could", "would", "should",
    "will", "shall", "may", "might", "must", "i", "im", "ive", "ill", "id", "youre", "theres", "lets", "um", "uh", "uhm", "er",
    "erm",
    "hmm", "whose", "whats", "wheres", "whos", "very", "also",
  ]
  /// After these only a question that begins with its question word can end: “what are you looking at”.
  private static let stranded: Set<String> = [
    "to", "for", "from", "at", "about", "by", "like", "as", "do", "that", "under", "over",
  ]
  private static let questionWords: Set<String> = [
    "what", "whats", "when", "whens", "where", "wheres", "who", "whos", "whose", "which", "why", "how", "hows",
  ]
  private static let questionVerbs: Set<String> = [
    "is", "are", "was", "were", "am", "do", "does", "did", "can", "could", "will", "would", "should", "shall", "have", "has",
    "may",
  ]
  private static let requests: Set<String> = [
    "set", "start", "stop", "cancel", "read", "scan", "describe", "show", "tell", "play", "pause", "call", "find", "open",
    "close",
    "turn", "translate", "repeat", "look", "give", "help", "forget", "wake", "switch", "say",
  ]
  /// Said alone they are all that is said.
  private static let whole: Set<String> = [
    "help", "stop", "cancel", "repeat", "again", "never mind", "nevermind", "thank you", "thanks", "whats this", "whats that",
    "say that again", "come again", "read this", "read that", "read it", "what time", "be quiet",
  ]
  /// What is told may be of any length, and figures come in groups.
  private static let tellings: Set<String> = ["remember", "remind", "note", "memorize", "memorise", "write", "forget"]
  private static let figures: Set<String> = [
    "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "hundred", "thousand", "point",
  ]
  private static let courtesy: Set<String> = [
    "please", "hey", "hi", "hello", "ok", "okay", "so", "well", "and", "um", "uh", "sotto", "now",
  ]
  /// A question or request of fewer words is not taken for whole.
  private static let fewest = 3

  public init(_ text: String) {
    let words = text.split(whereSeparator: \.isWhitespace)
      .map { $0.lowercased().filter { $0.isLetter || $0.isNumber } }.filter { !$0.isEmpty }
    guard let last = words.last else {
      self = .unfinished
      return
    }
    let asked = Array(words.drop { Self.courtesy.contains($0) })
    self = Self.judge(asked, last: last, trailsOff: text.hasSuffix("...") || text.hasSuffix("…") || text.hasSuffix(","))
  }

  private static func judge(_ words: [String], last: String, trailsOff: Bool) -> EndOfTurn {
    if dangling.contains(last) { return .unfinished }
    guard let first = words.first else { return .unsure }
    let isQuestion = questionWords.contains(first) || questionVerbs.contains(first)
    if stranded.contains(last) { return isQuestion && words.count > fewest ? .unsure : .unfinished }
    if trailsOff { return .unsure }
    if whole.contains(words.joined(separator: " ")) { return .finished }
    if words.contains(where: tellings.contains) || figures.contains(last) || last.allSatisfy(\.isNumber) { return .unsure }
    guard words.count >= fewest, isQuestion || requests.contains(first) else { return .unsure }
    return .finished
  }

  /// Whether two transcripts say the same, whatever their capitals and punctuation.
  static func saysTheSame(_ first: String, _ second: String) -> Bool { letters(first) == letters(second) }

  private static func letters(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
}
