/// What a service offers: the answer to `describe`. Only the keys that are used here; others are ignored.
public struct WyomingInfo: Sendable, Equatable, Codable {
  /// Who made it.
  public struct Attribution: Sendable, Equatable, Codable {
    public var name: String
    public var url: String
    public init(name: String, url: String) {
      self.name = name
      self.url = url
    }
  }

  /// A model or a voice.
  public struct Model: Sendable, Equatable, Codable {
    public var name: String
    public var installed: Bool?
    public var languages: [String]?
  }

  /// A recogniser, a voice or a handler of intents.
  public struct Program: Sendable, Equatable, Codable {
    public var name: String
    public var installed: Bool?
    public var description: String?
    public var models: [Model]?
    public var voices: [Model]?
  }

  /// A microphone with a loudspeaker that a smart home may use.
  public struct Satellite: Sendable, Equatable, Codable {
    public var name: String
    public var attribution: Attribution
    public var installed: Bool
    public var description: String?
    public var version: String?
    public var area: String?
    /// It finds the end of a question itself.
    public var hasVoiceDetection: Bool?
    public var activeWakeWords: [String]?
    public var mostWakeWords: Int?
    /// It can be told to listen.
    public var supportsTrigger: Bool?

    enum CodingKeys: String, CodingKey {
      case name, attribution, installed, description, version, area
      case hasVoiceDetection = "has_vad"
      case activeWakeWords = "active_wake_words"
      case mostWakeWords = "max_active_wake_words"
      case supportsTrigger = "supports_trigger"
    }

    public init(name: String, attribution: Attribution, description: String, version: String) {
      self.name = name
      self.attribution = attribution
      installed = true
      self.description = description
      self.version = version
      hasVoiceDetection = true
      activeWakeWords = []
      mostWakeWords = 0
      supportsTrigger = false
    }
  }

  public var asr: [Program]?
  public var tts: [Program]?
  public var handle: [Program]?
  public var intent: [Program]?
  public var satellite: Satellite?

  public init(satellite: Satellite? = nil) {
    asr = []
    tts = []
    handle = []
    intent = []
    self.satellite = satellite
  }
}
