/// A speech recogniser. One instance serves all turns; each turn has its own `Transcription`.
public protocol SpeechToText: Sendable {
  /// Loads what is slow to load, so that the first turn is as quick as the others. May be called more than once.
  func warmUp() async throws
  func transcription() -> any Transcription
}

/// What was understood of an utterance that may still go on.
public struct Partial: Sendable, Equatable {
  public var text: String
  /// Whether it holds all that was said before the pause that is going on now, and would be the final transcript if nothing more came. An
  /// answer may be begun on it. A recogniser that cannot know never says so; then answers begin at the end of speech.
  public var isWhole: Bool

  public init(_ text: String, isWhole: Bool = false) {
    self.text = text
    self.isWhole = isWhole
  }
}

/// One utterance on its way from sound to text. Calls come one at a time.
public protocol Transcription: Sendable {
  /// Takes more sound, 16 kHz mono. Returns the newest partial transcript when there is one that was not returned before.
  /// Must not wait for recognition, unless the recogniser works in lockstep.
  func append(_ samples: [Int16]) async throws -> Partial?
  /// The sound is complete: the final transcript, empty when no words were found. Called at most once.
  func finish() async throws -> String
  /// The utterance is no longer wanted.
  func cancel() async
}
