/// The embedded engines one at a time, for tools that try or measure them.
public enum EmbeddedEngines {
  /// Throws `BackEndFailure` when the model's files are missing.
  public static func recogniser(cacheDirectory: String, lockstep: Bool = false) throws -> any SpeechToText {
    try MoonshineRecogniser(model: ModelCache(directory: cacheDirectory).moonshine(), lockstep: lockstep)
  }

  /// Throws `BackEndFailure` when the voice's files are missing.
  public static func voice(_ choice: AssistantConfiguration.VoiceChoice, cacheDirectory: String) throws -> any TextToSpeech {
    try VoiceMaker.voice(choice, cache: ModelCache(directory: cacheDirectory))
  }

  public static func reader() -> any ImageReader { TesseractReader() }
}
