import Synchronization

/// An answer that was begun while the wearer may still go on: held back until it is adopted, gone when it is discarded. One of both
/// comes, once.
final class Speculation: Sendable {
  /// The words that it answers.
  let text: String
  let view: Question.View
  let began = ContinuousClock.now
  let run: AnswerRun
  private let held: HeldOutputs
  private let certainty: Certainty
  private let work: Task<AnswerRun.Result, any Error>

  init(_ question: Question, _ assistant: Assistant) {
    let (held, certainty, found) = (HeldOutputs(), Certainty(), Found())
    var question = question
    question.certainty = certainty
    let run = AnswerRun(
      assistant: assistant, speaks: question.context.wantsSpeech, certainty: certainty, emit: { await held.pass($0) })
    text = question.text
    view = question.view
    self.run = run
    self.held = held
    self.certainty = certainty
    self.found = found
    work = Task { [question] in
      let result = try await run.answer(question)
      if case .wantsPicture = result { found.isPictureWanted.withLock { $0 = true } }
      return result
    }
  }

  /// The answer depends on what the wearer sees.
  var wantsPicture: Bool { found.isPictureWanted.withLock { $0 } }

  /// The question was this one: what is held goes out, and the rest follows.
  func adopt(_ emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    certainty.confirm()
    await held.open(emit)
  }

  /// What the adopted answer came to. Cancelling the caller cancels it.
  func value() async throws -> AnswerRun.Result {
    try await withTaskCancellationHandler {
      try await work.value
    } onCancel: {
      work.cancel()
    }
  }

  /// It answers something that was not asked. Returns when it has come to rest.
  func discard() async {
    certainty.deny()
    held.discard()
    work.cancel()
    _ = await work.result
  }

  private let found: Found

  private final class Found: Sendable {
    let isPictureWanted = Mutex(false)
  }
}
