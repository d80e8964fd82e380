/// What a card is. Raw values are fixed: they stand in traces.
public enum CardKind: UInt8, Sendable, Hashable, CaseIterable {
  /// The glasses listen.
  case listening = 1
  /// Digits to compare while pairing; they are the body.
  case digits = 2
  /// The answer to a question.
  case answer = 3
  /// Something that the wearer should know: what failed and why.
  case notice = 4
  /// A reminder that is due.
  case reminder = 5
}

/// One thing to show: a short title and a body, any UTF-8.
public struct Card: Sendable, Hashable {
  public var kind: CardKind
  public var title: String
  public var body: String
  /// Whether it follows from something that the wearer just did. Cards that do not are limited by the budget.
  public var isAsked: Bool

  /// `isAsked` is by default what the kind suggests: notices and reminders are not asked for. A notice that answers a press
  /// ("the host is away") is.
  public init(_ kind: CardKind, title: String = "", body: String = "", isAsked: Bool? = nil) {
    self.kind = kind
    self.title = title
    self.body = body
    switch kind {
    case .listening, .digits, .answer: self.isAsked = isAsked ?? true
    case .notice, .reminder: self.isAsked = isAsked ?? false
    }
  }
}
