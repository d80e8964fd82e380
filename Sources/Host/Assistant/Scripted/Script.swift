import Foundation

/// Back ends that say what they were told to say, after stated delays: for benches, which measure the runtime around them, and
/// for rigs, which need the same answer every time.
public struct Script: Sendable {
  /// Transcripts of the turns in order; the last one repeats.
  public var transcripts: [String]
  /// The answer to a question; nil asks the local skills.
  public var answers: [AnswerPiece]?
  /// What is read in every picture.
  public var pictureText: PictureText
  /// From the end of speech to the final transcript.
  public var recogniserDelay: Duration
  /// Whether the recogniser knows, this long after the speech, that its transcript is whole; else it is so only at the end of speech.
  public var hearsPauses = false
  /// Before the first piece of the answer.
  public var languageDelay: Duration
  /// Before the first sound of each sentence.
  public var speechDelay: Duration
  /// Length of the tone that stands for a sentence.
  public var toneLength: Duration

  public init(
    transcripts: [String], answers: [AnswerPiece]? = [.sentence("This is the answer.")], pictureText: PictureText = PictureText(),
    recogniserDelay: Duration = .zero, hearsPauses: Bool = false, languageDelay: Duration = .zero, speechDelay: Duration = .zero,
    toneLength: Duration = .milliseconds(600)
  ) {
    self.transcripts = transcripts
    self.answers = answers
    self.pictureText = pictureText
    self.recogniserDelay = recogniserDelay
    self.hearsPauses = hearsPauses
    self.languageDelay = languageDelay
    self.speechDelay = speechDelay
    self.toneLength = toneLength
  }
}

/// A delay that a script states. Zero does not suspend, so that lockstep rigs need no timer.
func pause(_ delay: Duration) async throws {
  if delay > .zero { try await Task.sleep(for: delay) }
}
