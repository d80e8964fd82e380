/// “Never mind.”
struct StopSkill: Skill {
  /// Longer utterances that contain “stop” mean something else.
  private static let longest = 4
  var example: String? { nil }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    guard utterance.words.count <= Self.longest,
      utterance.says(
        "^stop", "never mind", "nevermind", "^cancel", "^quiet", "^be quiet", "^forget it", "^forget that", "^nothing",
        "^shut up", "^thank you", "^thanks", "^no thanks"),
      !utterance.says("timer|reminder")
    else { return nil }
    return .short("", "Okay.")
  }
}

/// “Say that again.”
struct RepeatSkill: Skill {
  let history: History
  var example: String? { "Say that again." }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    guard
      utterance.says(
        "^repeat", "say that|it|this again", "what did|have you say|said", "^come again", "^pardon", "^can|could you repeat",
        "^again")
    else {
      return nil
    }
    guard let last = try await history.lastAnswer(device: question.context.deviceIdentifier) else {
      return .short("Again", "I have not said anything yet.")
    }
    return [.card(title: "Again", body: last)] + Sentences.of(last).map { .sentence($0) }
  }
}

/// “What can you do?”
struct HelpSkill: Skill {
  let examples: [String]
  var example: String? { nil }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    guard utterance.says("^help", "what can|could|do you do", "what can i ask|say", "how can|do i use|you help", "help me") else {
      return nil
    }
    return [
      .card(title: "You can say", body: examples.joined(separator: "\n")),
      .sentence("I can tell the time, the date and the battery, set timers, remember things, and read what you look at."),
      .sentence("Say, for example: \(examples[examples.count - 1])"),
    ]
  }
}

/// What no other skill knows.
struct UnknownSkill: Skill {
  var example: String? { nil }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    [
      .card(title: "Offline", body: "I heard: \(question.text)\nConnect a language model for such questions."),
      .sentence("I can't answer that offline."), .sentence("Connect a language model for such questions."),
    ]
  }
}
