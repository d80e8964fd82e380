/// One thing that the assistant can do without a language model.
protocol Skill: Sendable {
  /// A question that it answers, for “what can you do”; nil for skills that go without saying.
  var example: String? { get }
  /// The answer, or nil when the utterance is not for this skill. Throws `BackEndFailure`.
  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]?
}

extension [AnswerPiece] {
  /// A short answer: what is spoken, and the same or less on a card.
  static func short(_ title: String, _ sentence: String, card: String? = nil) -> [AnswerPiece] {
    [.card(title: title, body: card ?? sentence), .sentence(sentence)]
  }
}
