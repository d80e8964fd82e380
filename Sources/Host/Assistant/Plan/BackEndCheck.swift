import Foundation
import Memory
import NIOCore
import NIOPosix
import Wyoming

/// Tries each back end of a plan with a small real request, and times its first output.
public struct BackEndCheck: Sendable {
  /// What was found out about one back end in one part.
  public struct Row: Sendable, Equatable, Encodable {
    public var part: String
    public var backEnd: String
    public var kind: String
    /// Where it is; nil for what runs in this process.
    public var place: String?
    /// Whether something listens there. What runs in this process always is.
    public var reachable: Bool
    /// From the request to its first output; nil when there was none.
    public var firstOutputMilliseconds: Double?
    /// What is wrong, in plain words; nil when nothing is.
    public var error: String?

    enum CodingKeys: String, CodingKey {
      case part
      case backEnd = "back_end"
      case kind
      case place
      case reachable
      case firstOutputMilliseconds = "first_output_ms"
      case error
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(part, forKey: .part)
      try container.encode(backEnd, forKey: .backEnd)
      try container.encode(kind, forKey: .kind)
      try container.encode(place, forKey: .place)
      try container.encode(reachable, forKey: .reachable)
      try container.encode(firstOutputMilliseconds, forKey: .firstOutputMilliseconds)
      try container.encode(error, forKey: .error)
    }
  }

  private let plan: BackEndPlan
  private let around: PlannedEngines.Surroundings

  public init(
    plan: BackEndPlan, cacheDirectory: String, voice: AssistantConfiguration.VoiceChoice,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    self.plan = plan
    let memory = try Memory.opened(at: nil)
    around = PlannedEngines.Surroundings(
      cache: ModelCache(directory: cacheDirectory), voice: voice, memory: memory, history: History(memory: nil),
      environment: environment, report: { _ in })
  }

  /// The parts and the names of their back ends, in the order in which they are asked.
  public var all: [(part: BackEndPlan.Part, name: String)] {
    BackEndPlan.Part.allCases.flatMap { part in (plan.order[part] ?? []).map { (part, $0) } }
  }

  /// Tries one of `all`. Loading a model is not counted.
  public func row(_ part: BackEndPlan.Part, _ name: String) async -> Row {
    let service = plan.services[name] ?? .embedded
    var row = Row(
      part: part.rawValue, backEnd: name, kind: service.kind, place: service.place, reachable: true, firstOutputMilliseconds: nil,
      error: nil)
    if let problem = await unreachable(service) {
      row.reachable = false
      row.error = "\(name) cannot be reached: \(problem)"
      return row
    }
    do {
      row.firstOutputMilliseconds = try await firstOutput(part, name) / .milliseconds(1)
    } catch let failure as BackEndFailure {
      row.error = failure.reason
    } catch {
      row.error = "\(error)"
    }
    return row
  }

  private func unreachable(_ service: BackEndPlan.Service) async -> String? {
    let (host, port, timeout): (String, Int, Duration)
    switch service {
    case .embedded: return nil
    case .wyoming(let settings):
      (host, port, timeout) = (settings.address.host, settings.address.port, settings.deadlines.connect)
    case .openAI(let settings):
      let parts = URLComponents(string: settings.url)
      host = (parts?.host ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
      port = parts?.port ?? (parts?.scheme == "https" ? 443 : 80)
      timeout = settings.deadlines.connect
    }
    do {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(.nanoseconds(Int64(timeout / .nanoseconds(1)))).connect(host: host, port: port).get()
      try? await channel.close().get()
      return nil
    } catch {
      return ConnectionWords.of(error)
    }
  }

  private func firstOutput(_ part: BackEndPlan.Part, _ name: String) async throws -> Duration {
    var single = plan
    single.order[part] = [name]
    let maker = BackEndMaker(plan: single, around: around)
    switch part {
    case .speechToText: return try await Self.hear(with: maker.recognisers()[0].backEnd)
    case .textToSpeech:
      let voice = try maker.voices()[0].backEnd
      try await voice.warmUp()
      return try await Self.first(of: voice.speak("Hello there."), "made no sound")
    case .language:
      guard let model = try maker.languages().last?.backEnd else { throw BackEndFailure(.language, "there is none") }
      try await model.warmUp()
      return try await Self.first(of: model.answer(Self.question("Say hello.")), "gave no answer")
    case .image:
      let model = try maker.seeing()[0].backEnd
      try await maker.reader.warmUp()
      return try await Self.first(of: model.answer(Self.question("What does it say?", .picture(Self.picture))), "gave no answer")
    }
  }

  /// Half a second of a hum and half a second of silence: what is understood does not matter. From the end of the sound.
  private static func hear(with recogniser: any SpeechToText) async throws -> Duration {
    try await recogniser.warmUp()
    let transcription = recogniser.transcription()
    let hum = (0..<SampleRate.heard / 2).map { Int16(6000 * sin(Double($0) * 2 * .pi * 220 / Double(SampleRate.heard))) }
    for samples in [hum, [Int16](repeating: 0, count: SampleRate.heard / 2)] { _ = try await transcription.append(samples) }
    let start = ContinuousClock.now
    _ = try await transcription.finish()
    return .now - start
  }

  private static func first<Element: Sendable>(
    of stream: AsyncThrowingStream<Element, any Error>, _ otherwise: String
  ) async throws -> Duration {
    let start = ContinuousClock.now
    do {
      for try await _ in stream { return .now - start }
    } catch is Declined {
      // It answered: that it is no question for it.
      return .now - start
    }
    throw BackEndFailure(.language, otherwise)
  }

  private static func question(_ text: String, _ view: Question.View = .notLooked) -> Question {
    Question(text: text, context: TurnContext(deviceIdentifier: "check", deviceName: "check", turn: 1), view: view)
  }

  /// A grey picture of 32 by 32 pixels, as PNG.
  private static let picture = Picture(
    bytes: Array(
      Data(
        base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAAAAABWESUoAAAAFklE"
          + "QVR42mNYQAAwjCoYVTCqYKQqAABReIAf9iXPZAAAAABJRU5ErkJggg==")
        ?? Data()), format: .png)
}
