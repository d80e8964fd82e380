/// What the wearer wants to know.
public struct Question: Sendable {
  /// What the wearer sees, as far as the question has got.
  public enum View: Sendable, Equatable {
    /// No picture was asked for yet.
    case notLooked
    case picture(Picture)
    /// A picture was asked for and cannot be had, with the reason in plain words.
    case failed(String)
  }

  public var text: String
  public var context: TurnContext
  public var view: View

  public init(text: String, context: TurnContext, view: View = .notLooked) {
    self.text = text
    self.context = context
    self.view = view
  }
}

/// A piece of an answer, in order.
public enum AnswerPiece: Sendable, Equatable {
  /// A whole sentence, to be shown and spoken. A model that streams tokens cuts them with `Sentences`.
  case sentence(String)
  case card(title: String, body: String)
  case reminder(identifier: UInt32, after: Duration, title: String, body: String)
  /// The answer needs a picture. Nothing may follow: the question is asked again with its `view` set.
  case wantPicture
}

/// Finds the answer: local skills, or a language model that plugs in.
public protocol LanguageModel: Sendable {
  func warmUp() async throws
  /// The answer as it is made. The stream ends when the answer is complete, throws `BackEndFailure`, and stops early when it
  /// is no longer consumed.
  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error>
}
