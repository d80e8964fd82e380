import BoardFile
import Units

/// Reads the small language of `after:` and `expect:` (docs/scenarios.md).
struct PatternText {
  /// What is wrong with an expression.
  struct Problem: Error, Equatable {
    var message: String
  }

  static let states = ["notWorn", "dormant", "armed", "engaged", "thinking", "presenting", "pairing"]
  static let outcomes = ["answered", "nothingSaid", "nothingHeard", "cancelled", "failed", "timedOut", "kept"]
  /// Marks and instants of docs/trace.md.
  static let events = [
    "wake", "microphone_open", "link_open", "speech_began", "end_of_speech", "transcript", "want_picture", "picture_taken",
    "answer",
    "first_speech_packet", "first_sample", "card", "cancel", "host_times", "turn_energy", "link_up", "link_down", "paired",
    "pairing_digits", "picture_refused", "link_resumed", "uplink_rate", "question_kept", "question_asked", "question_given_up",
    "host_called", "ducked", "paused", "resumed", "barge_in", "battery_normal",
    "battery_low", "battery_critical", "battery_shutdown",
    "thermal_normal",
    "thermal_warm", "thermal_hot", "thermal_shutdown", "privacy_on", "privacy_off", "quiet_begins", "quiet_ends", "power_off",
    "wake_word_off", "wake_word_on", "hold_to_talk",
  ]
  static let subjects = [
    "state", "transcript", "answer", "card", "log", "no", "capture", "spoken", "link", "refused", "outcome", "turn", "turns",
    "event",
    "wakeups",
  ]

  private var words: [Word]
  private var position = 0

  private struct Word {
    var text: String
    var isQuoted: Bool
  }

  /// `PATTERN [+ DURATION]`
  static func anchor(_ text: String) throws(Problem) -> (pattern: Pattern, offset: Duration) {
    var reader = try PatternText(text)
    let pattern = try reader.pattern()
    var offset = Duration.zero
    if reader.take("+") { offset = try reader.duration() }
    try reader.end()
    return (pattern, offset)
  }

  /// `[no] PATTERN [within DURATION]`, `wakeups at most N within DURATION`, `turns N OUTCOME`
  static func expectation(_ text: String, patience: Duration) throws(Problem) -> Expectation.Demand {
    var reader = try PatternText(text)
    if reader.take("wakeups") {
      try reader.expect("at", "most")
      let count = try reader.count()
      try reader.expect("within")
      let time = try reader.duration()
      try reader.end()
      return .wakeups(atMost: count, for: time)
    }
    if reader.take("turns") {
      let count = try reader.count()
      let outcome = try reader.word(of: outcomes, "an outcome")
      try reader.end()
      return .turns(count: count, outcome: outcome)
    }
    let negated = reader.take("no")
    let pattern = try reader.pattern()
    var time: Duration?
    if reader.take("within") { time = try reader.duration() }
    try reader.end()
    return negated ? .unseen(pattern, for: time) : .seen(pattern, within: time ?? patience)
  }

  // MARK: Grammar

  private mutating func pattern() throws(Problem) -> Pattern {
    guard let subject = next() else {
      throw Problem(message: "is empty; it begins with one of \(Self.subjects.joined(separator: ", "))")
    }
    switch subject.text {
    case "state": return .state(try word(of: Self.states, "a state"))
    // Without a test any transcript, sentence or card will do.
    case "transcript": return !atEnd ? .transcript(try textTest()) : .event("transcript")
    case "answer": return !atEnd ? .answer(try textTest()) : .event("answer")
    case "card": return !atEnd ? .card(try textTest()) : .event("card")
    case "log": return .log(try textTest())
    case "capture": return .capture
    case "spoken": return .spoken
    case "link": return .link(up: try word(of: ["up", "down"], "up or down") == "up")
    case "refused": return .refused(atTextTest ? try textTest() : nil)
    case "outcome": return .outcome(try word(of: Self.outcomes, "an outcome"))
    case "turn":
      try expect("ended")
      return .turnEnded
    case "event": return .event(try word(of: Self.events, "an event of docs/trace.md"))
    default:
      if Self.events.contains(subject.text) { return .event(subject.text) }
      throw Problem(
        message: "begins with \"\(subject.text)\"\(Self.hint(subject.text, Self.subjects + Self.events)); allowed: "
          + "\(Self.subjects.joined(separator: ", ")), or an event of docs/trace.md")
    }
  }

  /// Nothing follows that belongs to the pattern.
  private var atEnd: Bool { position == words.count || ["+", "within"].contains(words[position].text) }

  private var atTextTest: Bool {
    position < words.count && ["contains", "matches", "is"].contains(words[position].text) && !words[position].isQuoted
  }

  private mutating func textTest() throws(Problem) -> TextTest {
    let verb = try word(of: ["contains", "matches", "is"], "contains, matches or is")
    guard let text = next(), text.isQuoted else { throw Problem(message: "needs a text in double quotes after \"\(verb)\"") }
    switch verb {
    case "matches":
      do { _ = try Regex(text.text) } catch { throw Problem(message: "\"\(text.text)\" is not a regular expression") }
      return .matches(text.text)
    case "is": return .equals(text.text)
    default: return .contains(text.text)
    }
  }

  private mutating func duration() throws(Problem) -> Duration {
    guard var text = next()?.text else { throw Problem(message: "needs a duration at its end: \(DurationText.form)") }
    // A space may stand between number and unit.
    if text.allSatisfy({ $0.isNumber || $0 == "." }), let unit = next() { text += unit.text }
    guard let duration = DurationText.parse(text) else {
      throw Problem(message: "\"\(text)\" is not a duration: \(DurationText.form)")
    }
    return duration
  }

  private mutating func count() throws(Problem) -> Int {
    guard let text = next()?.text, let count = Int(text), count >= 0 else { throw Problem(message: "needs a whole number") }
    return count
  }

  private mutating func word(of known: [String], _ what: String) throws(Problem) -> String {
    guard let word = next() else { throw Problem(message: "lacks \(what): \(known.joined(separator: ", "))") }
    guard known.contains(word.text) else {
      throw Problem(
        message: "\"\(word.text)\" is not \(what)\(Self.hint(word.text, known)); allowed: \(known.joined(separator: ", "))")
    }
    return word.text
  }

  // MARK: Words

  private init(_ text: String) throws(Problem) {
    words = []
    var rest = text[...]
    while let first = rest.first {
      if first.isWhitespace {
        rest = rest.dropFirst()
      } else if first == "\"" {
        let inner = rest.dropFirst().prefix { $0 != "\"" }
        guard inner.endIndex < rest.endIndex else { throw Problem(message: "has a text without its closing quote") }
        words.append(Word(text: String(inner), isQuoted: true))
        rest = rest[rest.index(after: inner.endIndex)...]
      } else {
        let word = rest.prefix { !$0.isWhitespace && $0 != "\"" }
        words.append(Word(text: String(word), isQuoted: false))
        rest = rest[word.endIndex...]
      }
    }
  }

  private mutating func next() -> Word? {
    guard position < words.count else { return nil }
    position += 1
    return words[position - 1]
  }

  private mutating func take(_ word: String) -> Bool {
    guard position < words.count, words[position].text == word, !words[position].isQuoted else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ wanted: String...) throws(Problem) {
    for word in wanted where !take(word) {
      let found = position < words.count ? "\"\(words[position].text)\"" : "the end"
      throw Problem(message: "has \(found) where \"\(word)\" belongs")
    }
  }

  private func end() throws(Problem) {
    if position < words.count { throw Problem(message: "has \"\(words[position].text)\" after its end") }
  }

  private static func hint(_ word: String, _ known: [String]) -> String {
    nearest(word, among: known).map { " (did you mean \($0)?)" } ?? ""
  }
}
