import Foundation
import Units

/// The scripted assistant of a scenario as `sotto-host serve --assistant script:FILE` reads it.
struct HostScript: Encodable {
  private var transcripts: [String]
  private var answers: [String]?
  private var pictureText: [String]
  private var transcriptMilliseconds: Int64?
  private var sentenceMilliseconds: Int64?
  private var soundMilliseconds: Int64?
  private var toneMilliseconds: Int64?

  enum CodingKeys: String, CodingKey {
    case transcripts, answers
    case pictureText = "picture_text"
    case transcriptMilliseconds = "transcript_ms"
    case sentenceMilliseconds = "sentence_ms"
    case soundMilliseconds = "sound_ms"
    case toneMilliseconds = "tone_ms"
  }

  /// nil for a host with the embedded assistant.
  init?(_ setup: Scenario.HostSetup) {
    guard case .scripted(let transcripts, let answers, let pictureText) = setup.assistant else { return nil }
    self.transcripts = transcripts
    self.answers = answers
    self.pictureText = pictureText
    transcriptMilliseconds = setup.transcriptDelay?.milliseconds
    sentenceMilliseconds = setup.sentenceDelay?.milliseconds
    soundMilliseconds = setup.soundDelay?.milliseconds
    toneMilliseconds = setup.toneLength?.milliseconds
  }

  /// Writes it below `folder` and gives the path.
  func write(to folder: String) throws -> String {
    let path = folder + "/assistant.json"
    try JSONEncoder().encode(self).write(to: URL(fileURLWithPath: path))
    return path
  }
}
