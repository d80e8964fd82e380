/// Sends a question that comes with its picture to those that see, and every other question to the rest.
struct PictureLanguage: LanguageModel {
  let seeing: any LanguageModel
  let others: any LanguageModel

  func warmUp() async throws {
    try await others.warmUp()
    try await seeing.warmUp()
  }

  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    switch question.view {
    case .picture: seeing.answer(question)
    case .notLooked, .failed: others.answer(question)
    }
  }
}

/// Reads what is printed in the picture, whatever was asked.
struct ReadingLanguage: LanguageModel {
  let skill: ReadSkill

  func warmUp() async throws {}

  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    .producing { yield in
      guard case .picture(let picture) = question.view else { throw Declined() }
      for piece in try await skill.read(picture, for: Utterance(question.text)) { yield(piece) }
    }
  }
}
