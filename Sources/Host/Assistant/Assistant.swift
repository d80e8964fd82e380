import Memory

/// Answers the wearer. One assistant serves all devices and turns; it holds the engines and the memory.
public final class Assistant: Sendable {
  let recogniser: any SpeechToText
  let language: any LanguageModel
  let voice: any TextToSpeech
  let reader: any ImageReader
  let history: History
  let lockstep: Bool
  let speculation: SpeculationPolicy
  /// Nil in lockstep, where no time passes.
  let deadlines: StageDeadlines?
  let filler: Filler?

  /// Opens the memory. Models are loaded by `warmUp` or at the first turn.
  /// Throws `BackEndFailure` when an engine's files are missing or the memory cannot be opened.
  public init(configuration: AssistantConfiguration) throws {
    let memory = try Memory.opened(at: configuration.memoryPath)
    let history = History(memory: configuration.keepsHistory ? memory : nil)
    let model: (any LanguageModel)?
    switch configuration.engines {
    case .scripted(let script):
      recogniser = ScriptedRecogniser(
        transcripts: script.transcripts, delay: script.recogniserDelay,
        hearsPauses: script.hearsPauses && !configuration.lockstep && configuration.speculation != .off)
      voice = ScriptedVoice(delay: script.speechDelay, length: script.toneLength)
      reader = ScriptedReader(script.pictureText)
      model = script.answers.map { ScriptedLanguage($0, delay: script.languageDelay) }
    case .embedded(let directory, let choice):
      let cache = ModelCache(directory: directory)
      recogniser = try MoonshineRecogniser(model: cache.moonshine(), lockstep: configuration.lockstep)
      voice = try VoiceMaker.voice(choice, cache: cache, keepsSentences: configuration.voiceKeepsSentences)
      reader = TesseractReader()
      model = nil
    case .planned(let plan, let directory, let choice):
      let engines = try PlannedEngines(
        plan,
        PlannedEngines.Surroundings(
          cache: ModelCache(directory: directory), voice: choice, voiceKeepsSentences: configuration.voiceKeepsSentences,
          memory: memory, history: history,
          environment: configuration.environment, report: configuration.report))
      recogniser = engines.recogniser
      voice = engines.voice
      reader = engines.reader
      model = engines.language
    case .custom(let recogniser, let language, let voice, let reader):
      self.recogniser = recogniser
      self.voice = voice
      self.reader = reader
      model = language
    }
    self.history = history
    self.language = model ?? LocalSkills(memory: memory, reader: reader, history: history)
    lockstep = configuration.lockstep
    speculation = configuration.lockstep ? .off : configuration.speculation
    deadlines = configuration.lockstep ? nil : configuration.deadlines
    filler = configuration.lockstep ? nil : configuration.filler
  }

  /// A new turn. Nothing happens before its first input.
  public func turn(_ context: TurnContext) -> Turn { Turn(context: context, assistant: self) }

  /// Another program has erased something from the memory: keep nothing of it at hand.
  public func memoryChanged() { history.forgetLastAnswers() }

  /// Loads every engine, so that the first turn is as quick as the others. Throws the first failure.
  public func warmUp() async throws {
    async let heard: Void = recogniser.warmUp()
    async let spoken: Void = voice.warmUp()
    async let seen: Void = reader.warmUp()
    async let thought: Void = language.warmUp()
    _ = try await (heard, spoken, seen, thought)
  }
}
