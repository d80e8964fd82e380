import Foundation
import Logging

/// Which engines answer, and where memory is kept.
public struct AssistantConfiguration: Sendable {
  /// The engines of a turn.
  public enum Engines: Sendable {
    /// Moonshine, a voice, Tesseract and the local skills: no network. The directory is the one that `tools/setup` fills.
    case embedded(cacheDirectory: String, voice: VoiceChoice)
    /// Fixed transcripts and tones after stated delays; answers from the script or from the local skills.
    case scripted(Script)
    /// What a configuration names, part by part, with others to fall back on. The voice is the embedded one's.
    case planned(BackEndPlan, cacheDirectory: String, voice: VoiceChoice)
    /// Any others. A nil language model means the local skills.
    case custom(any SpeechToText, (any LanguageModel)?, any TextToSpeech, any ImageReader)
  }

  /// Which voice speaks in `Engines.embedded`.
  public enum VoiceChoice: String, Sendable, CaseIterable {
    /// A neural voice in this process (natural; about 150 ms to the first sound).
    case piper
    /// The espeak-ng program (about 20 ms; sounds like a machine).
    case espeak
    /// The flite program.
    case flite
  }

  public var engines: Engines
  /// The database of what is remembered; nil keeps it in this process's memory only.
  public var memoryPath: String?
  /// Whether turns are kept in the database. “Repeat that” works without it within one run of the host.
  public var keepsHistory: Bool
  /// Everything runs in one fixed order: partial transcripts inline, each sentence spoken before the next is made, no times
  /// measured. For rigs in virtual time.
  public var lockstep: Bool
  /// What is done before the end of speech; nothing in lockstep.
  public var speculation = SpeculationPolicy()
  /// How long each part may be silent; for ever in lockstep.
  public var deadlines = StageDeadlines()
  /// Told in words when a back end fails and another is asked. Called from any thread.
  public var report: @Sendable (String) -> Void = { Logger.assistant.warning("\($0)") }
  /// Where keys of services may be.
  public var environment = ProcessInfo.processInfo.environment
  /// What is said when the answer lets itself be waited for; nothing by default, nor in lockstep.
  public var filler: Filler?
  /// Whether the built-in voice keeps the sound of its latest sentences. Measurements may want that each is made anew.
  public var voiceKeepsSentences = true

  public init(engines: Engines, memoryPath: String? = nil, keepsHistory: Bool = true, lockstep: Bool = false) {
    self.engines = engines
    self.memoryPath = memoryPath
    self.keepsHistory = keepsHistory
    self.lockstep = lockstep
  }

  public static func embedded(
    cacheDirectory: String, voice: VoiceChoice = .piper, memoryPath: String? = nil, lockstep: Bool = false
  ) -> AssistantConfiguration {
    AssistantConfiguration(
      engines: .embedded(cacheDirectory: cacheDirectory, voice: voice), memoryPath: memoryPath, lockstep: lockstep)
  }

  public static func scripted(_ script: Script, memoryPath: String? = nil, lockstep: Bool = false) -> AssistantConfiguration {
    AssistantConfiguration(engines: .scripted(script), memoryPath: memoryPath, lockstep: lockstep)
  }
}
