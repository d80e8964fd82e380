/// Makes the voice that was chosen.
enum VoiceMaker {
  static func voice(_ choice: AssistantConfiguration.VoiceChoice, cache: ModelCache) throws(BackEndFailure) -> any TextToSpeech {
    switch choice {
    case .piper: try PiperVoice(files: cache.piper())
    case .espeak: ProgramVoice(.espeak)
    case .flite: ProgramVoice(.flite)
    }
  }
}
