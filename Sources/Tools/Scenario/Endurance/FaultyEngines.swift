import Assistant
import Synchronization
import Units
import Workloads

/// Back ends that work most of the time: the others they are absent, wrong, or break off, as a seed says. Slow they are by `delays`, since
/// in virtual time nothing waits.
final class FaultyEngines: Sendable {
  private let random: Mutex<SeededRandom>
  /// How often each fault was played.
  private let played = Mutex<[String: Int]>([:])

  init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

  var faults: [String: Int] { played.withLock { $0 } }

  var engines: AssistantConfiguration.Engines {
    .custom(
      FaultyRecogniser(engines: self), FaultyLanguage(engines: self), FaultyVoice(engines: self),
      ScriptedReader(PictureText(lines: ["PLATFORM 3"])))
  }

  /// Of a hundred.
  func dice() -> Int { random.withLock { Int.random(in: 0..<100, using: &$0) } }

  func note(_ fault: String) { played.withLock { $0[fault, default: 0] += 1 } }

  /// From the end of the question to its answer: mostly usual, sometimes slow, sometimes beyond every deadline of the glasses (12 s).
  func delay(usual: Duration) -> Duration {
    switch dice() {
    case 0..<88: return usual
    case 88..<96:
      note("slow back end")
      return random.withLock { $0.duration(.seconds(1)...(.seconds(6))) }
    default:
      note("back end over its deadline")
      return .seconds(20)
    }
  }
}

private struct FaultyRecogniser: SpeechToText {
  let engines: FaultyEngines

  func warmUp() async throws {}
  func transcription() -> any Transcription { FaultyTranscription(engines: engines, dice: engines.dice()) }
}

private struct FaultyTranscription: Transcription {
  let engines: FaultyEngines
  let dice: Int

  func append(_ samples: [Int16]) async throws -> Partial? { nil }

  func finish() async throws -> String {
    switch dice {
    case 0..<3:
      engines.note("recogniser fails")
      throw BackEndFailure(.recogniser, "it is not there")
    case 3..<7:
      engines.note("recogniser hears nothing")
      return ""
    default: return "what time is it"
    }
  }

  func cancel() async {}
}

private struct FaultyLanguage: LanguageModel {
  let engines: FaultyEngines

  func warmUp() async throws {}

  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    let dice = engines.dice()
    return AsyncThrowingStream { continuation in
      switch dice {
      case 0..<4:
        engines.note("language model fails")
        return continuation.finish(throwing: BackEndFailure(.language, "it is not there"))
      case 4..<7:
        engines.note("language model breaks off")
        continuation.yield(.sentence("It is nine."))
        return continuation.finish(throwing: BackEndFailure(.language, "it broke off"))
      case 7..<10:
        engines.note("language model says nothing")
        return continuation.finish()
      case 10..<20 where question.view == .notLooked:
        continuation.yield(.wantPicture)
        return continuation.finish()
      default: break
      }
      for _ in 0..<(1 + dice % 4) { continuation.yield(.sentence("It is nine.")) }
      if dice % 10 == 0 { continuation.yield(.card(title: "Nine", body: "It is nine.")) }
      continuation.finish()
    }
  }
}

private struct FaultyVoice: TextToSpeech {
  let engines: FaultyEngines
  /// Two seconds of a tone for each sentence.
  private let voice = ScriptedVoice(length: .seconds(2))

  func warmUp() async throws {}

  func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
    let dice = engines.dice()
    switch dice {
    case 0..<3:
      engines.note("voice fails")
      return AsyncThrowingStream { $0.finish(throwing: BackEndFailure(.voice, "it is not there")) }
    case 3..<5:
      engines.note("voice breaks off")
      return AsyncThrowingStream { continuation in
        continuation.yield([Int16](repeating: 4_000, count: SampleRate.spoken / 10))
        continuation.finish(throwing: BackEndFailure(.voice, "it broke off"))
      }
    case 5..<7:
      engines.note("voice says nothing")
      return AsyncThrowingStream { $0.finish() }
    default: return voice.speak(sentence)
    }
  }
}
