/// Makes the voice that was chosen.
enum VoiceMaker {
  static func voice(
    _ choice: AssistantConfiguration.VoiceChoice, cache: ModelCache, keepsSentences: Bool = true
  ) throws(BackEndFailure) -> any TextToSpeech {
    switch choice {
    case .piper: try PiperVoice(files: cache.piper(), keepsSentences: keepsSentences)
    case .espeak: ProgramVoice(.espeak)
    case .flite: ProgramVoice(.flite)
    }
  }
}
