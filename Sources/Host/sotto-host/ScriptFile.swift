import Assistant
import Foundation

/// A script for the scripted assistant, as rigs write it: one JSON object.
///
/// | key | meaning |
/// |---|---|
/// | `transcripts` | what is understood, turn by turn; the last one repeats |
/// | `answers` | the sentences of every answer; absent: the local skills answer |
/// | `picture_text` | the lines that are read in every picture |
/// | `transcript_ms`, `sentence_ms`, `sound_ms` | what the engines take; absent: nothing |
/// | `tone_ms` | length of the tone that stands for a spoken sentence |
struct ScriptFile: Decodable {
  var transcripts: [String]
  var answers: [String]?
  var pictureText: [String]?
  var transcriptMilliseconds: Int?
  var sentenceMilliseconds: Int?
  var soundMilliseconds: Int?
  var toneMilliseconds: Int?

  enum CodingKeys: String, CodingKey {
    case transcripts, answers
    case pictureText = "picture_text"
    case transcriptMilliseconds = "transcript_ms"
    case sentenceMilliseconds = "sentence_ms"
    case soundMilliseconds = "sound_ms"
    case toneMilliseconds = "tone_ms"
  }

  /// Reads the file; nil when it is not there or says something else.
  init?(path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let script = try? JSONDecoder().decode(ScriptFile.self, from: data)
    else { return nil }
    self = script
  }

  var script: Script {
    let duration = { (milliseconds: Int?) in Duration.milliseconds(milliseconds ?? 0) }
    var script = Script(
      transcripts: transcripts, answers: answers.map { $0.map { .sentence($0) } },
      pictureText: PictureText(lines: pictureText ?? []), recogniserDelay: duration(transcriptMilliseconds),
      languageDelay: duration(sentenceMilliseconds), speechDelay: duration(soundMilliseconds))
    if let toneMilliseconds { script.toneLength = .milliseconds(toneMilliseconds) }
    return script
  }
}
