import Foundation
import Memory

/// The engines that a plan names.
struct PlannedEngines {
  var recogniser: any SpeechToText
  var language: any LanguageModel
  var voice: any TextToSpeech
  var reader: any ImageReader

  /// Where the plan's own parts come from.
  struct Surroundings {
    var cache: ModelCache
    var voice: AssistantConfiguration.VoiceChoice
    var voiceKeepsSentences = true
    var memory: Memory
    var history: History
    var environment: [String: String]
    var report: @Sendable (String) -> Void
  }

  /// Throws `BackEndFailure` when a file of an embedded engine or a key is missing.
  init(_ plan: BackEndPlan, _ around: Surroundings) throws(BackEndFailure) {
    let maker = BackEndMaker(plan: plan, around: around)
    let health = { BackEndHealth(report: around.report) }
    let recognisers = try maker.recognisers()
    let voices = try maker.voices()
    let models = try maker.languages()
    let seeing = try maker.seeing()
    recogniser =
      recognisers.count == 1 ? recognisers[0].backEnd : FallbackRecogniser(recognisers: recognisers, health: health())
    voice = voices.count == 1 ? voices[0].backEnd : FallbackVoice(voices: voices, health: health())
    reader = maker.reader
    language = PictureLanguage(
      seeing: FallbackLanguage(models: seeing, health: health()), others: FallbackLanguage(models: models, health: health()))
  }
}

/// Makes single back ends of a plan.
struct BackEndMaker {
  let plan: BackEndPlan
  let around: PlannedEngines.Surroundings
  let reader = TesseractReader()

  private func each<BackEnd>(
    _ part: BackEndPlan.Part, _ make: (String, BackEndPlan.Service) throws(BackEndFailure) -> BackEnd
  ) throws(BackEndFailure) -> [Named<BackEnd>] {
    var made: [Named<BackEnd>] = []
    for name in plan.order[part] ?? [] {
      guard let service = plan.services[name] else { continue }
      made.append(Named(name: name, backEnd: try make(name, service)))
    }
    return made
  }

  func recognisers() throws(BackEndFailure) -> [Named<any SpeechToText>] {
    try each(.speechToText) { name, service throws(BackEndFailure) in
      switch service {
      case .embedded: try MoonshineRecogniser(model: around.cache.moonshine(), lockstep: false)
      case .wyoming(let settings): WyomingRecogniser(settings, name: name)
      case .openAI(let settings): OpenAIRecogniser(settings, key: try key(settings, name, .recogniser), name: name)
      }
    }
  }

  func voices() throws(BackEndFailure) -> [Named<any TextToSpeech>] {
    try each(.textToSpeech) { name, service throws(BackEndFailure) in
      switch service {
      case .embedded: try VoiceMaker.voice(around.voice, cache: around.cache, keepsSentences: around.voiceKeepsSentences)
      case .wyoming(let settings): WyomingVoice(settings, name: name)
      case .openAI(let settings): OpenAIVoice(settings, key: try key(settings, name, .voice), name: name)
      }
    }
  }

  /// The language models. The local skills come first, unless the first model calls them as tools; they answer what they surely know
  /// in a millisecond.
  func languages() throws(BackEndFailure) -> [Named<any LanguageModel>] {
    let named = try each(.language) { name, service throws(BackEndFailure) in try language(name, service, .language) }
    let first = plan.order[.language]?.first.flatMap { plan.services[$0] }
    let asksSkillsFirst =
      switch first {
      case .openAI(let settings)?: !settings.tools
      case .wyoming?: true
      case .embedded?, nil: false
      }
    guard asksSkillsFirst else { return named }
    return [Named<any LanguageModel>(name: "the local skills", backEnd: skills(declinesUnknown: true))] + named
  }

  /// Those that answer questions which come with a picture.
  func seeing() throws(BackEndFailure) -> [Named<any LanguageModel>] {
    try each(.image) { name, service throws(BackEndFailure) in
      switch service {
      case .embedded: ReadingLanguage(skill: ReadSkill(reader: reader))
      case .wyoming, .openAI: try language(name, service, .imageReader)
      }
    }
  }

  private func language(
    _ name: String, _ service: BackEndPlan.Service, _ part: BackEndFailure.Part
  ) throws(BackEndFailure) -> any LanguageModel {
    switch service {
    case .embedded: skills(declinesUnknown: false)
    case .wyoming(let settings): WyomingLanguage(settings, name: name)
    case .openAI(let settings):
      OpenAILanguage(settings, key: try key(settings, name, part), name: name, part: part, memory: around.memory)
    }
  }

  private func skills(declinesUnknown: Bool) -> LocalSkills {
    LocalSkills(memory: around.memory, reader: reader, history: around.history, declinesUnknown: declinesUnknown)
  }

  private func key(
    _ settings: OpenAISettings, _ name: String, _ part: BackEndFailure.Part
  ) throws(BackEndFailure) -> Secret? {
    do throws(SecretFailure) {
      return try settings.key?.load(around.environment)
    } catch {
      throw BackEndFailure(part, "\(name) has no key: \(error)")
    }
  }
}
