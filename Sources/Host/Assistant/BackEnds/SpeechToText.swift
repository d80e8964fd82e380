/// A speech recogniser. One instance serves all turns; each turn has its own `Transcription`.
public protocol SpeechToText: Sendable {
  /// Loads what is slow to load, so that the first turn is as quick as the others. May be called more than once.
  func warmUp() async throws
  func transcription() -> any Transcription
}

/// One utterance on its way from sound to text. Calls come one at a time.
public protocol Transcription: Sendable {
  /// Takes more sound, 16 kHz mono. Returns the newest partial transcript when there is one that was not returned before.
  /// Must not wait for recognition, unless the recogniser works in lockstep.
  func append(_ samples: [Int16]) async throws -> String?
  /// The sound is complete: the final transcript, empty when no words were found. Called at most once.
  func finish() async throws -> String
  /// The utterance is no longer wanted.
  func cancel() async
}
