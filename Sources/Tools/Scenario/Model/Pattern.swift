import Units

/// How a text must look.
public enum TextTest: Sendable, Equatable {
  case contains(String)
  case matches(String)
  case equals(String)

  /// Case does not count, and neither do punctuation and repeated spaces: recognisers and answers differ in these.
  func accepts(_ text: String) -> Bool {
    switch self {
    case .contains(let part): Self.plain(text).contains(Self.plain(part))
    case .equals(let whole): Self.plain(text) == Self.plain(whole)
    case .matches(let expression): (try? Regex(expression).ignoresCase().firstMatch(in: text)) != nil
    }
  }

  static func plain(_ text: String) -> String {
    let kept = text.lowercased().map { $0.isLetter || $0.isNumber || $0 == "'" ? $0 : " " }
    return String(kept).split(separator: " ").joined(separator: " ")
  }

  var phrase: String {
    switch self {
    case .contains(let text): "contains \"\(text)\""
    case .equals(let text): "is \"\(text)\""
    case .matches(let expression): "matches \"\(expression)\""
    }
  }
}

/// Something that can be seen in a trace. Everything that a scenario waits for or expects is one of these.
public enum Pattern: Sendable, Equatable {
  /// The glasses are in a state, or enter it.
  case state(String)
  /// The final transcript of a turn.
  case transcript(TextTest)
  /// The answer's text, all sentences of the turn so far.
  case answer(TextTest)
  /// Title and body of a card.
  case card(TextTest)
  /// A line of plain words.
  case log(TextTest)
  /// Camera or microphone are on for more than the device itself: a picture was taken or the microphone streams.
  case capture
  /// Sound of the answer reaches the wearer.
  case spoken
  case link(up: Bool)
  /// The host, the link or a device refused, with this reason.
  case refused(TextTest?)
  /// A turn ended so.
  case outcome(String)
  /// Any turn ended.
  case turnEnded
  /// A mark or instant by its name.
  case event(String)

  public var phrase: String {
    switch self {
    case .state(let name): "state \(name)"
    case .transcript(let test): "transcript \(test.phrase)"
    case .answer(let test): "answer \(test.phrase)"
    case .card(let test): "card \(test.phrase)"
    case .log(let test): "log \(test.phrase)"
    case .capture: "capture"
    case .spoken: "spoken"
    case .link(let up): up ? "link up" : "link down"
    case .refused(let test): "refused" + (test.map { " \($0.phrase)" } ?? "")
    case .outcome(let name): "outcome \(name)"
    case .turnEnded: "turn ended"
    case .event(let name): "event \(name)"
    }
  }
}

/// Something that must (or must not) be seen.
public struct Expectation: Sendable, Equatable {
  public enum Demand: Sendable, Equatable {
    case seen(Pattern, within: Duration)
    /// For this long, or to the end of the scenario when nil.
    case unseen(Pattern, for: Duration?)
    /// Wakeups of the processor during this time.
    case wakeups(atMost: Int, for: Duration)
    /// Wake-to-sleep turns that ended so, counted over the whole scenario so far.
    case turns(count: Int, outcome: String)
  }

  public var demand: Demand
  /// Line of the scenario file.
  public var line: Int

  public init(_ demand: Demand, line: Int = 0) {
    self.demand = demand
    self.line = line
  }
}
