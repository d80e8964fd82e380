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
  /// The device's latest questions with their answers, oldest first, for what refers to them.
  public var dialogue: [PastExchange]
  /// Given once the wearer has finished for certain. An answer may be begun before; what changes anything waits for this
  /// (`try await certainty.wait()`), since a question that goes on was another one.
  public var certainty: Certainty

  public init(
    text: String, context: TurnContext, view: View = .notLooked, dialogue: [PastExchange] = [], certainty: Certainty = .given
  ) {
    self.text = text
    self.context = context
    self.view = view
    self.dialogue = dialogue
    self.certainty = certainty
  }
}

/// A question of a little while ago and what the wearer heard in answer.
public struct PastExchange: Sendable, Equatable {
  public var question: String
  /// Up to the last word that was heard when the wearer stopped it.
  public var answer: String

  public init(question: String, answer: String) {
    self.question = question
    self.answer = answer
  }
}

/// A piece of an answer, in order.
public enum AnswerPiece: Sendable, Equatable {
  /// A whole sentence, or the first clause of the first one, to be shown and spoken. A model that streams tokens cuts them with
  /// `Sentences.Cutter`.
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
