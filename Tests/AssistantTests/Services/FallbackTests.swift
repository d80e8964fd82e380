import Foundation
import Synchronization
import Testing

@testable import Assistant

/// Says what it is told, or fails.
private struct Model: LanguageModel {
  var says: [AnswerPiece] = []
  var failure: (any Error)?

  func warmUp() async throws {}
  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    .producing { yield in
      for piece in says { yield(piece) }
      if let failure { throw failure }
    }
  }
}

private struct Voice: TextToSpeech {
  var sound: [Int16] = []
  var failure: (any Error)?

  func warmUp() async throws {}
  func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
    .producing { yield in
      if !sound.isEmpty { yield(sound) }
      if let failure { throw failure }
    }
  }
}

/// Counts the samples that it heard, and fails when told.
private final class Ear: SpeechToText, Transcription {
  private let samples = Mutex(0)
  private let failsAfter: Int
  init(failsAfter: Int = .max) { self.failsAfter = failsAfter }

  func warmUp() async throws {}
  func transcription() -> any Transcription { self }
  func append(_ more: [Int16]) async throws -> Partial? {
    let count = samples.withLock { count in
      count += more.count
      return count
    }
    if count > failsAfter { throw BackEndFailure(.recogniser, "ear is full") }
    return nil
  }
  func finish() async throws -> String {
    if failsAfter == 0 { throw BackEndFailure(.recogniser, "ear is deaf") }
    return "\(samples.withLock { $0 })"
  }
  func cancel() async {}
}

private final class Reports: Sendable {
  private let all = Mutex<[String]>([])
  var lines: [String] { all.withLock { $0 } }
  var health: BackEndHealth { BackEndHealth { line in self.all.withLock { $0.append(line) } } }
}

@Suite struct Fallback {
  private let broken = BackEndFailure(.language, "one is away")

  private func answer(_ models: [Model], _ reports: Reports = Reports()) async throws -> [AnswerPiece] {
    let named = models.enumerated().map { Named<any LanguageModel>(name: "model \($0)", backEnd: $1) }
    var pieces: [AnswerPiece] = []
    let chain = FallbackLanguage(models: named, health: reports.health)
    for try await piece in chain.answer(Question(text: "?", context: context())) { pieces.append(piece) }
    return pieces
  }

  @Test func theNextAnswersAndThePersonIsTold() async throws {
    let reports = Reports()
    let said = try await answer([Model(failure: broken), Model(says: [.sentence("Yes.")])], reports)
    #expect(said == [.sentence("Yes.")])
    #expect(reports.lines == ["The language model failed: one is away. Instead: model 1."])
  }

  @Test func whatDeclinesIsNotBroken() async throws {
    let reports = Reports()
    #expect(try await answer([Model(failure: Declined()), Model(says: [.sentence("Yes.")])], reports) == [.sentence("Yes.")])
    #expect(reports.lines.isEmpty)
    #expect(try await answer([Model(failure: Declined(words: "What? Again."))]) == [.sentence("What?"), .sentence("Again.")])
  }

  @Test func afterItsFirstWordsAFailureEndsTheAnswer() async throws {
    await #expect(throws: broken) {
      try await answer([Model(says: [.sentence("Well,")], failure: broken), Model(says: [.sentence("Yes.")])])
    }
    await #expect(throws: broken) { try await answer([Model(failure: Declined()), Model(failure: broken)]) }
  }

  @Test func oneThatFailedIsAskedLastForAWhile() {
    let reports = Reports()
    let health = reports.health
    #expect(health.order(3) == [0, 1, 2])
    health.failed(0, broken, next: "b")
    health.failed(0, broken, next: "b")
    #expect(health.order(3) == [1, 2, 0])
    #expect(reports.lines.count == 1)
    health.worked(0)
    #expect(health.order(3) == [0, 1, 2])
  }

  @Test func theNextVoiceSpeaksASentenceThatWasNotBegun() async throws {
    let reports = Reports()
    let failure = BackEndFailure(.voice, "a is away")
    let voices = [Voice(failure: failure), Voice(sound: [1, 2])].enumerated()
      .map { Named<any TextToSpeech>(name: "voice \($0)", backEnd: $1) }
    var heard: [Int16] = []
    for try await sound in FallbackVoice(voices: voices, health: reports.health).speak("Hi.") { heard += sound }
    #expect(heard == [1, 2])
    let alone = FallbackVoice(voices: [voices[0]], health: reports.health)
    await #expect(throws: failure) { for try await _ in alone.speak("Hi.") {} }
  }

  @Test func theNextRecogniserHearsTheWholeUtterance() async throws {
    let ears = [Ear(failsAfter: 250), Ear(failsAfter: 0), Ear()]
    let chain = FallbackRecogniser(
      recognisers: ears.enumerated().map { Named(name: "ear \($0)", backEnd: $1) }, health: Reports().health)
    let transcription = chain.transcription()
    for _ in 0..<4 { _ = try await transcription.append([Int16](repeating: 0, count: 100)) }
    #expect(try await transcription.finish() == "400")
    let deaf = FallbackRecogniser(recognisers: [Named(name: "ear", backEnd: Ear(failsAfter: 0))], health: Reports().health)
    await #expect(throws: BackEndFailure.self) { try await deaf.transcription().finish() }
  }

  @Test func aTurnGoesOnWithTheSkillsWhenTheModelIsAway() async throws {
    // Nothing listens at this port: it was just given back.
    let url = try await FakeHTTPService.with { _ in
      .silence
    } body: {
      $0.url
    }
    let text = """
      [language]
      use = ["llama", "embedded"]
      [back_end.llama]
      kind = "openai"
      url = "\(url)"
      model = "tiny"
      """
    let plan = try BackEndPlan.parse(text, file: "test", cacheDirectory: "/tmp")
    let reports = Reports()
    let around = PlannedEngines.Surroundings(
      cache: ModelCache(directory: "/nowhere"), voice: .flite, memory: try .opened(at: nil), history: History(memory: nil),
      environment: [:], report: { _ in })
    let models = try BackEndMaker(plan: plan, around: around).languages()
    #expect(models.map(\.name) == ["the local skills", "llama", "embedded"])
    let chain = FallbackLanguage(models: models, health: reports.health)
    func ask(_ text: String) async throws -> [AnswerPiece] {
      var pieces: [AnswerPiece] = []
      for try await piece in chain.answer(Question(text: text, context: context())) { pieces.append(piece) }
      return pieces
    }
    #expect(try await ask("What time is it?").contains { if case .sentence = $0 { true } else { false } })
    #expect(reports.lines.isEmpty)
    #expect(try await ask("Who wrote Faust?").contains(.sentence("I can't answer that offline.")))
    #expect(reports.lines == ["The language model failed: llama cannot be reached: nothing listens there. Instead: embedded."])
  }
}
