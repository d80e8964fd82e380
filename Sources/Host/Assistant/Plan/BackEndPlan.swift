/// Which back ends answer, part by part, each part in the order in which they are asked. docs/back-ends.md describes the file.
public struct BackEndPlan: Sendable, Equatable {
  /// The parts that a back end can do.
  public enum Part: String, Sendable, CaseIterable {
    case speechToText = "speech_to_text"
    case language
    case textToSpeech = "text_to_speech"
    case image

    var failurePart: BackEndFailure.Part {
      switch self {
      case .speechToText: .recogniser
      case .language: .language
      case .textToSpeech: .voice
      case .image: .imageReader
      }
    }
  }

  /// What a name stands for.
  public enum Service: Sendable, Equatable {
    case embedded
    case wyoming(WyomingSettings)
    case openAI(OpenAISettings)

    public var kind: String {
      switch self {
      case .embedded: "embedded"
      case .wyoming: "wyoming"
      case .openAI: "openai"
      }
    }

    /// Where it is, for people; nil for what runs in this process.
    public var place: String? {
      switch self {
      case .embedded: nil
      case .wyoming(let settings): "\(settings.address)"
      case .openAI(let settings): settings.url
      }
    }
  }

  /// A program that runs as long as the host does, such as a language model's server.
  public struct Program: Sendable, Equatable {
    /// The program's path and its arguments.
    public var command: [String]
    public var environment: [String: String]
    /// Where it will answer, once it is ready.
    public var host: String
    public var port: Int
    /// How long it may take to load.
    public var start: Duration
  }

  /// The name that needs no description.
  public static let embedded = "embedded"

  public var order: [Part: [String]]
  public var services: [String: Service]
  /// Programs to start first, by the name of their back end.
  public var programs: [String: Program]

  public init() {
    order = Dictionary(uniqueKeysWithValues: Part.allCases.map { ($0, [Self.embedded]) })
    services = [Self.embedded: .embedded]
    programs = [:]
  }
}
