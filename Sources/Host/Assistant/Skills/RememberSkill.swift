import Memory

/// “Remember that my locker code is 4417.”
struct RememberSkill: Skill {
  let memory: Memory
  var example: String? { "Remember that my locker code is 4417." }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    let phrases: [Phrase] = [
      "^remember that", "^remember", "^can|could|will|would you remember that", "^can|could|will|would you remember",
      "^make|take a note that", "^make|take a note of", "^make|take a note", "^note that", "^note down", "^dont forget that",
      "^dont forget",
      "^do not forget that", "^do not forget", "^memorize|memorise that", "^memorize|memorise", "^keep in mind that",
      "^keep in mind",
      "^i want you to remember that", "^please remember that",
    ]
    guard let text = utterance.rest(after: phrases).map(SpokenDigits.joined) else { return nil }
    guard !SearchWords.of(text).isEmpty else {
      return .short("Remember", "What shall I remember? Say, for example: remember that my locker code is 4417.")
    }
    let fact = Fact(
      device: question.context.deviceIdentifier, text: text, subject: Self.subject(of: text), at: question.context.now())
    try await question.certainty.wait()
    let done = try await memory.asked { memory throws(MemoryFailure) in try await memory.remember(fact) }
    let said = Speaker.sentence(Speaker.turned(text))
    switch done {
    case .new: return .short("Remembered", "I will remember that \(Speaker.turned(text)).", card: said)
    case .alreadyKnown: return .short("Remembered", "I knew that already.", card: said)
    case .replaced(let older):
      return [
        .card(title: "Remembered", body: said), .sentence("I will remember that \(Speaker.turned(text))."),
        .sentence("Before, you told me that \(Speaker.turned(older))."),
      ]
    }
  }

  /// “my locker code” in “My locker code is 4417”. A statement without it stands for itself.
  static func subject(of text: String) -> String? {
    let words = Utterance(text).words
    guard let verb = words.firstIndex(where: { ["is", "are", "was", "were"].contains($0) }), verb > 0, verb < words.count - 1,
      ["my", "our", "the"].contains(words[0])
    else { return nil }
    return words[..<verb].joined(separator: " ")
  }
}

extension Memory {
  /// The result of a request to the memory, with its failure in the assistant's terms.
  func asked<Value: Sendable>(
    _ request: (Memory) async throws(MemoryFailure) -> Value
  ) async throws(BackEndFailure) -> Value {
    do {
      return try await request(self)
    } catch {
      throw BackEndFailure(.memory, error.description)
    }
  }
}
