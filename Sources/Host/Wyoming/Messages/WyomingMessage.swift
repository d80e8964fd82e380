import Foundation

/// An event with its meaning. What is not known becomes `other` and may be ignored: newer peers send more.
public enum WyomingMessage: Sendable, Equatable {
  case describe
  case info(WyomingInfo)
  case ping(String?)
  case pong(String?)
  /// In words, with a code that programs know.
  case error(String, code: String?)

  // Sound.
  case audioStart(SoundFormat)
  case audioChunk(SoundFormat, [UInt8])
  case audioStop
  /// The sound was heard to its end.
  case played
  case voiceStarted
  case voiceStopped

  // Speech to text.
  case transcribe(language: String?, model: String?)
  case transcript(String)
  case transcriptStart
  case transcriptChunk(String)
  case transcriptStop

  // Text to speech.
  case synthesize(String, voice: String?)
  case synthesizeStart(voice: String?)
  case synthesizeChunk(String)
  case synthesizeStop
  case synthesizeStopped

  // Intents.
  case recognize(String)
  case intent(name: String, text: String?)
  case notRecognized(String?)
  case handled(String?)
  case notHandled(String?)
  case handledStart
  case handledChunk(String)
  case handledStop

  // Wake words.
  case detect([String])
  case detection(String?)
  case notDetected

  // Satellites.
  case runSatellite
  case pauseSatellite
  case runPipeline(WyomingPipeline)
  case streamingStarted
  case streamingStopped
  case satelliteConnected
  case satelliteDisconnected
  case timerFinished(id: String)

  case other(String)
}

/// What a satellite asks the smart home to do with a question.
public struct WyomingPipeline: Sendable, Equatable, Codable {
  public enum Stage: String, Sendable, Codable { case wake, asr, intent, handle, tts }

  public var start: Stage
  public var end: Stage
  public var restartsOnEnd: Bool?

  enum CodingKeys: String, CodingKey {
    case start = "start_stage"
    case end = "end_stage"
    case restartsOnEnd = "restart_on_end"
  }

  public init(from start: Stage, to end: Stage) {
    self.start = start
    self.end = end
    restartsOnEnd = false
  }
}
