/// Words in order that make a request, such as `"set|start timer"`: alternatives stand between bars, up to two other words may stand
/// between two of them, and a long word may be misheard in a letter or two. A `^` before the phrase binds it to the beginning.
struct Phrase: Sendable, ExpressibleByStringLiteral {
  /// Other words between two words of a phrase: “set [me a] timer”.
  private static let gap = 2
  /// Words before a phrase that is not bound to the beginning: “could you perhaps tell me …”.
  private static let lead = 5

  private let steps: [[String]]
  private let isBound: Bool

  init(stringLiteral text: String) {
    isBound = text.hasPrefix("^")
    steps = text.drop { $0 == "^" }.split(separator: " ").map { $0.split(separator: "|").map(String.init) }
  }

  /// The index after the phrase's last word; nil when the phrase is not in these words.
  func end(in words: [String]) -> Int? {
    for start in 0...(isBound ? 0 : Self.lead) {
      if let end = end(in: words, at: start, step: 0) { return end }
    }
    return nil
  }

  private func end(in words: [String], at position: Int, step: Int) -> Int? {
    guard step < steps.count else { return position }
    for skipped in 0...(step == 0 ? 0 : Self.gap) where position + skipped < words.count {
      guard steps[step].contains(where: { Self.sounds(words[position + skipped], like: $0) }) else { continue }
      if let end = end(in: words, at: position + skipped + 1, step: step + 1) { return end }
    }
    return nil
  }

  /// Whether the recogniser may have heard one for the other. Words that phrases are made of, and short ones, must be exact:
  /// “time” is not “timer”.
  static func sounds(_ heard: String, like meant: String) -> Bool {
    if heard == meant { return true }
    let tolerance = meant.count >= 8 ? 2 : meant.count >= 5 ? 1 : 0
    guard tolerance > 0, abs(heard.count - meant.count) <= tolerance, !exact.contains(heard) else { return false }
    return distance(Array(heard.utf8), Array(meant.utf8)) <= tolerance
  }

  /// Words that are taken as heard.
  private static let exact: Set<String> = [
    "battery", "better", "dates", "forgot", "head", "later", "minute", "minutes", "nodes", "noted", "notes", "ready", "red",
    "remembered", "says",
    "signed", "signs", "status", "statue", "stops", "time", "timer", "timers", "times", "tired", "today", "what", "whats",
    "written", "writing",
  ]

  /// Levenshtein's: letters to change, add or drop.
  static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var row = Array(0...second.count)
    for (i, a) in first.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in second.enumerated() {
        let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (a == b ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = next
      }
    }
    return row[second.count]
  }
}
