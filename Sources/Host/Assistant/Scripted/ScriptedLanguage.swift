/// Gives the same answer to every question. When the script wants a picture, what stands after `wantPicture` is the answer to
/// the question with its picture.
public struct ScriptedLanguage: LanguageModel {
  private let pieces: [AnswerPiece]
  private let delay: Duration

  public init(_ pieces: [AnswerPiece], delay: Duration = .zero) {
    self.pieces = pieces
    self.delay = delay
  }

  public func warmUp() async throws {}

  public func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    let (delay, pieces) = (delay, remaining(question.view))
    return AsyncThrowingStream { continuation in
      let work = Task {
        do {
          try await pause(delay)
          for piece in pieces { continuation.yield(piece) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in work.cancel() }
    }
  }

  private func remaining(_ view: Question.View) -> ArraySlice<AnswerPiece> {
    guard let look = pieces.firstIndex(of: .wantPicture) else { return pieces[...] }
    return view == .notLooked ? pieces[...look] : pieces[(look + 1)...]
  }
}
