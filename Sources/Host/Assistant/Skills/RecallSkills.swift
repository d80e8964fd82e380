import Memory

/// “What did I say about my locker?”
struct ToldSkill: Skill {
  let memory: Memory
  var example: String? { "What did I say about my locker?" }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    if utterance.says(
      "^what do|did you remember|know", "^what do|did|have i ask|tell|told|asked you to remember",
      "everything|all you remember|know"),
      !utterance.words.contains("about")
    {
      return try await Recall(memory: memory).everything(question)
    }
    let phrases: [Phrase] = [
      "what|whatd|anything did|have|do|had|i say|said|tell|told|mention|mentioned|note|noted about|of|on",
      "what do|did|can you know|remember|recall about|of", "do you remember|recall|know about|what|where|when|who|which",
      "do you remember|recall", "can you recall", "remind me about|of|what|where|when|who", "tell me about my|our",
      "tell me what i said|told about",
    ]
    guard let topic = utterance.rest(after: phrases) else { return nil }
    return try await Recall(memory: memory).told(about: topic, question) ?? Recall.nothing(topic)
  }
}

/// “What is my locker code?”, “where did I park?”: questions about the wearer, which only the memory can answer.
struct PersonalSkill: Skill {
  let memory: Memory
  /// Otherwise only what is surely meant is said, and the rest is left to a language model.
  var saysWhenUnknown = true
  var example: String? { nil }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    let isAboutWearer = utterance.words.contains { ["my", "our", "i", "mine", "me"].contains($0) }
    guard isAboutWearer, utterance.says("^what|whats|where|wheres|when|whens|who|whos|which|how|did|do|is|am|are") else {
      return nil
    }
    let recall = Recall(memory: memory)
    guard saysWhenUnknown else { return try await recall.surelyTold(about: utterance.text(from: 0), question) }
    return try await recall.told(about: utterance.text(from: 0), question)
      ?? Recall.nothing(utterance.rest(after: ["my|our"]) ?? "that")
  }
}

/// Looks things up in the memory and says them back.
struct Recall {
  /// More than this is not listened to; the rest is on the card.
  private static let spoken = 3

  let memory: Memory

  /// What holds every word of the topic; nil when nothing does.
  func surelyTold(about topic: String, _ question: Question) async throws(BackEndFailure) -> [AnswerPiece]? {
    let device = question.context.deviceIdentifier
    let exact = try await memory.asked { memory throws(MemoryFailure) in
      try await memory.recall(topic, device: device, matching: .everyWord)
    }
    return exact.isEmpty ? nil : say(exact, "You told me that")
  }

  /// Nil when nothing is known.
  func told(about topic: String, _ question: Question) async throws(BackEndFailure) -> [AnswerPiece]? {
    let device = question.context.deviceIdentifier
    if let sure = try await surelyTold(about: topic, question) { return sure }
    let near = try await memory.asked { memory throws(MemoryFailure) in
      try await memory.recall(topic, device: device, matching: .anyWord)
    }
    return near.isEmpty ? nil : say(Array(near.prefix(1)), "I am not sure. You told me that")
  }

  func everything(_ question: Question) async throws(BackEndFailure) -> [AnswerPiece] {
    let facts = try await memory.asked { memory throws(MemoryFailure) in
      try await memory.facts(device: question.context.deviceIdentifier)
    }
    return facts.isEmpty ? .short("Memory", "You have not told me anything to remember.") : say(facts, "You told me that")
  }

  static func nothing(_ topic: String) -> [AnswerPiece] {
    let topic = Speaker.turned(topic)
    return .short("Memory", topic.isEmpty ? "You have not told me about that." : "You have not told me about \(topic).")
  }

  private func say(_ facts: [Fact], _ beginning: String) -> [AnswerPiece] {
    let texts = facts.map { Speaker.turned($0.text) }
    var pieces: [AnswerPiece] = [.card(title: "You said", body: texts.map(Speaker.sentence).joined(separator: "\n"))]
    for (index, text) in texts.prefix(Self.spoken).enumerated() {
      pieces.append(.sentence(Speaker.sentence(index == 0 ? "\(beginning) \(text)" : "And that \(text)")))
    }
    if texts.count > Self.spoken { pieces.append(.sentence("And \(texts.count - Self.spoken) more.")) }
    return pieces
  }
}
