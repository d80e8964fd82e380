import Foundation
import Memory
import Synchronization
import Testing

@testable import Assistant

/// Says what the test tells it to have heard.
final class ToldRecogniser: SpeechToText, Transcription {
  private let partials: Mutex<[Partial]>
  private let final: String

  /// One partial transcript for each piece of sound, then the final one.
  init(_ partials: [Partial], final: String) {
    self.partials = Mutex(partials)
    self.final = final
  }

  func warmUp() async throws {}
  func transcription() -> any Transcription { self }
  func append(_ samples: [Int16]) async throws -> Partial? { partials.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
  func finish() async throws -> String { final }
  func cancel() async {}
}

/// Answers with two sentences and tells what it was asked and spoke.
private final class WatchedEngines: LanguageModel, TextToSpeech {
  let asked = Mutex<[String]>([])
  let spoken = Mutex<[String]>([])
  private let news = AsyncStream.makeStream(of: String.self)

  func warmUp() async throws {}

  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    asked.withLock { $0.append(question.text) }
    return AsyncThrowingStream {
      $0.yield(.sentence("One."))
      $0.yield(.sentence("Two."))
      $0.finish()
    }
  }

  func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
    spoken.withLock { $0.append(sentence) }
    return AsyncThrowingStream {
      $0.yield([1000])
      $0.finish()
      self.news.continuation.yield(sentence)
    }
  }

  /// Waits until something is spoken.
  func next() async { for await _ in news.stream { return } }
}

private let speech = [Int16](repeating: 4000, count: SampleRate.heard / 2)
private func silence(_ milliseconds: Int) -> [Int16] { [Int16](repeating: 0, count: SampleRate.heard / 1000 * milliseconds) }

@Suite struct Speculating {
  private let engines = WatchedEngines()

  private func turn(
    _ partials: [Partial], final: String, policy: SpeculationPolicy = SpeculationPolicy()
  ) throws -> Turn {
    var configuration = AssistantConfiguration(
      engines: .custom(ToldRecogniser(partials, final: final), engines, engines, ScriptedReader(PictureText())))
    configuration.speculation = policy
    return try Assistant(configuration: configuration).turn(context())
  }

  @Test func nothingIsSaidBeforeTheEndAndNothingIsMadeTwice() async throws {
    let turn = try turn([Partial("What time"), Partial("What time is it?", isWhole: true)], final: "what time is it")
    let said = Said()
    await turn.handle(.audio(speech), emit: said.emit)
    await turn.handle(.audio(silence(160)), emit: said.emit)
    await engines.next()
    #expect(await said.story == ["partial What time", "partial What time is it?"])
    #expect(engines.spoken.withLock { $0 } == ["One."], "the second sentence waits")
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(
      await said.story.suffix(6) == [
        "final what time is it", "answer One.", "answer Two.", "speech", "card Answer: One. Two.", "ended answered",
      ])
    #expect(engines.asked.withLock { $0 } == ["What time is it?"])
    let times = await said.outputs.compactMap { if case .times(let times) = $0 { times } else { nil } }
    #expect(times.count == 1 && times[0].ahead > .zero)
    #expect(times[0].language == .zero, "the first sentence was there before it was wanted")
  }

  @Test func whoGoesOnIsAnsweredAnew() async throws {
    let turn = try turn(
      [Partial("What time is it?", isWhole: true), Partial("What time is it in Oslo?", isWhole: true)],
      final: "What time is it in Oslo?")
    let said = Said()
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    await engines.next()
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    await engines.next()
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(engines.asked.withLock { $0 } == ["What time is it?", "What time is it in Oslo?"])
    #expect(await said.story.filter { $0.hasPrefix("answer") } == ["answer One.", "answer Two."])
  }

  @Test func speechThatGoesOnDropsTheAnswerBeforeItsWordsAreKnown() async throws {
    let turn = try turn([Partial("What time is it?", isWhole: true)], final: "What time is it in Oslo?")
    let said = Said()
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    await engines.next()
    await turn.handle(.audio(speech), emit: said.emit)
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(engines.asked.withLock { $0 } == ["What time is it?", "What time is it in Oslo?"])
    #expect(await said.story.last == "ended answered")
  }

  @Test func unfinishedWordsAreNotAnswered() async throws {
    let turn = try turn([Partial("Set a timer for", isWhole: true)], final: "Set a timer for five minutes.")
    let said = Said()
    await turn.handle(.audio(speech + silence(500)), emit: said.emit)
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(engines.asked.withLock { $0 } == ["Set a timer for five minutes."])
    #expect(await !said.story.contains("sounds finished"))
  }

  @Test func theGlassesAreToldOnceAfterTheLeastSilence() async throws {
    let turn = try turn(
      [Partial("What time is it?", isWhole: true), Partial("What time is it?", isWhole: true)], final: "What time is it?",
      policy: SpeculationPolicy(leastSilence: .milliseconds(220)))
    let said = Said()
    await turn.handle(.audio(speech + silence(200)), emit: said.emit)
    #expect(await said.story == ["partial What time is it?"])
    for _ in 0..<5 { await turn.handle(.audio(silence(20)), emit: said.emit) }
    #expect(await said.story == ["partial What time is it?", "sounds finished"])
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(await said.story.last == "ended answered")
  }

  @Test func theGlassesAreToldAgainAfterTheWearerHasGoneOn() async throws {
    let turn = try turn(
      [Partial("What time is it?", isWhole: true), Partial("What time is it in Oslo?", isWhole: true)],
      final: "What time is it in Oslo?")
    let said = Said()
    await turn.handle(.audio(speech + silence(240)), emit: said.emit)
    await turn.handle(.audio(speech + silence(240)), emit: said.emit)
    #expect(await said.story.filter { $0 == "sounds finished" }.count == 2)
    await turn.handle(.cancel(heardMilliseconds: 0), emit: said.emit)
    #expect(await said.story.last == "ended cancelled")
  }

  @Test func itCanBeOff() async throws {
    let turn = try turn([Partial("What time is it?", isWhole: true)], final: "What time is it?", policy: .off)
    let said = Said()
    await turn.handle(.audio(speech + silence(400)), emit: said.emit)
    #expect(await said.story == ["partial What time is it?"])
    #expect(engines.asked.withLock { $0 }.isEmpty)
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(engines.asked.withLock { $0.count } == 1)
    #expect(await said.outputs.contains { if case .times(let times) = $0 { times.ahead == .zero } else { false } })
  }

  @Test func aCancelEndsWhatIsHeld() async throws {
    let turn = try turn([Partial("What time is it?", isWhole: true)], final: "unused")
    let said = Said()
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    await engines.next()
    await turn.handle(.cancel(heardMilliseconds: 0), emit: said.emit)
    #expect(await said.story == ["partial What time is it?", "ended cancelled"])
  }
}

@Suite struct SpeculatingSkills {
  private func turn(_ partials: [Partial], final: String, reading text: [String] = [], memory: String? = nil) throws -> Turn {
    let configuration = AssistantConfiguration(
      engines: .custom(
        ToldRecogniser(partials, final: final), nil, ScriptedVoice(), ScriptedReader(PictureText(lines: text))),
      memoryPath: memory)
    return try Assistant(configuration: configuration).turn(context())
  }

  @Test func onlyWhatWasSaidToTheEndIsRemembered() async throws {
    let folder = Temporary()
    let turn = try turn(
      [
        Partial("Remember that my locker code is 44.", isWhole: true),
        Partial("Remember that my locker code is 4417.", isWhole: true),
      ], final: "Remember that my locker code is 4417.", memory: folder.path)
    let said = Said()
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    let before = try await Memory(path: folder.path).facts()
    #expect(before.isEmpty, "nothing is remembered before the end of speech")
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(await said.story.contains("answer I will remember that your locker code is 4417."))
    let memory = try Memory(path: folder.path)
    #expect(try await memory.facts().map(\.text) == ["my locker code is 4417"])
    #expect(try await memory.turns().map(\.question) == ["Remember that my locker code is 4417."])
  }

  @Test func nothingIsForgottenForWordsThatWentOn() async throws {
    let folder = Temporary()
    let memory = try Memory(path: folder.path)
    for text in ["my locker code is 4417", "my bike is green"] {
      _ = try await memory.remember(Fact(device: "glasses", text: text, subject: nil, at: someDay))
    }
    let turn = try turn(
      [Partial("Forget what I said about my locker.", isWhole: true)], final: "Forget what I said about my locker at the beach.",
      memory: folder.path)
    let said = Said()
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    await turn.handle(.audio(speech), emit: said.emit)
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(await said.story.last == "ended answered")
    #expect(try await memory.facts().count == 2)
  }

  @Test func aTimerIsSetOnce() async throws {
    let turn = try turn(
      [
        Partial("Set a timer for 5 minutes.", isWhole: true), Partial("Set a timer for 5 minutes and 20 seconds.", isWhole: true),
      ],
      final: "Set a timer for 5 minutes and 20 seconds.")
    let said = Said()
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    #expect(await !said.story.contains { $0.hasPrefix("reminder") })
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(
      await said.story.filter { $0.hasPrefix("reminder") } == ["reminder 320.0 seconds Timer: 5 minutes and 20 seconds are over."]
    )
  }

  @Test func thePictureComesWhileTheWearerStillSpeaks() async throws {
    let turn = try turn([Partial("Read this.", isWhole: true)], final: "Read this.", reading: ["Exit"])
    let said = Said()
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    // The wish is noticed with the next sound.
    while await !said.story.contains("want picture") {
      await turn.handle(.audio(silence(20)), emit: said.emit)
      await Task.yield()
    }
    await turn.handle(.picture(Picture(bytes: [1], format: .jpeg)), emit: said.emit)
    #expect(await !said.story.contains { $0.hasPrefix("answer") })
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(await said.story.filter { $0 == "want picture" }.count == 1)
    #expect(await said.story.contains("answer It says: Exit."))
    #expect(await said.story.last == "ended answered")
  }

  @Test func aPictureThatWasTakenAtTheWakeIsAtHand() async throws {
    let turn = try turn([], final: "Read this.", reading: ["Exit"])
    let said = Said()
    await turn.handle(.pictureFollows, emit: said.emit)
    await turn.handle(.audio(speech), emit: said.emit)
    await turn.handle(.picture(Picture(bytes: [1], format: .jpeg)), emit: said.emit)
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(await said.story == ["final Read this.", "card Reads: Exit", "answer It says: Exit.", "speech", "ended answered"])
  }

  @Test func aPictureThatComesAfterTheEndIsWaitedFor() async throws {
    let turn = try turn([Partial("Read this.", isWhole: true)], final: "Read this.", reading: ["Exit"])
    let said = Said()
    await turn.handle(.audio(speech + silence(160)), emit: said.emit)
    while await !said.story.contains("want picture") {
      await turn.handle(.audio(silence(20)), emit: said.emit)
      await Task.yield()
    }
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(await said.story.last == "final Read this.")
    await turn.handle(.pictureFailed("the camera is covered"), emit: said.emit)
    #expect(await said.story.contains("answer I could not look: the camera is covered."))
    #expect(await said.story.filter { $0 == "want picture" }.count == 1)
  }
}

@Suite struct EndsOfTurns {
  @Test(arguments: [
    "What time is it?", "what is this", "Set a timer for five minutes.", "Hey Sotto, how much battery is left?", "Read this.",
    "stop", "What did I say about my locker?", "Could you tell me the date please?", "never mind",
    "What are you going to do today?",
  ]) func wholeQuestionsAreFinished(_ text: String) { #expect(EndOfTurn(text) == .finished) }

  @Test(arguments: [
    "What is the", "set a timer for", "Um", "I want to know if", "What time is it and", "remind me to", "", "...",
    "tell me about",
    "Remember that my",
  ]) func fragmentsAreUnfinished(_ text: String) { #expect(EndOfTurn(text) == .unfinished) }

  @Test(arguments: [
    "Remember that my locker code is 44.", "Remind me in ten minutes to call home.", "The weather today", "Set a timer for five",
    "What are you looking at", "He might even have been made amiable himself.", "What is the capital of France,",
  ]) func whatMayGoOnIsNotCutShort(_ text: String) { #expect(EndOfTurn(text) == .unsure) }
}

@Suite struct DeadlinesOfStages {
  private struct Silent: LanguageModel, TextToSpeech, SpeechToText, Transcription {
    func warmUp() async throws {}
    func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> { AsyncThrowingStream { _ in } }
    func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> { AsyncThrowingStream { _ in } }
    func transcription() -> any Transcription { self }
    func append(_ samples: [Int16]) async throws -> Partial? { nil }
    /// Does not heed its cancellation, as a call into a library does not.
    func finish() async throws -> String {
      await withCheckedContinuation { Abandoned.all.add($0) }
      return ""
    }
    func cancel() async {}
  }

  /// Calls that never return in time; they are let go when the test is over.
  private final class Abandoned: Sendable {
    static let all = Abandoned()
    private let calls = Mutex<[CheckedContinuation<Void, Never>]>([])
    func add(_ call: CheckedContinuation<Void, Never>) { calls.withLock { $0.append(call) } }
    func release() {
      for call in calls.withLock({ calls in
        defer { calls = [] }
        return calls
      }) { call.resume() }
    }
  }

  private func story(
    _ recogniser: any SpeechToText, _ model: any LanguageModel, _ voice: any TextToSpeech
  ) async throws -> [String] {
    var configuration = AssistantConfiguration(engines: .custom(recogniser, model, voice, ScriptedReader(PictureText())))
    configuration.deadlines = StageDeadlines(
      recogniser: .milliseconds(50), language: .milliseconds(50), voice: .milliseconds(50))
    let turn = try Assistant(configuration: configuration).turn(context())
    let said = Said()
    await turn.handle(.endOfSpeech, emit: said.emit)
    Abandoned.all.release()
    return await said.story
  }

  @Test func eachPartThatIsSilentIsNamed() async throws {
    let (recogniser, model) = (ScriptedRecogniser(transcripts: ["hello"]), ScriptedLanguage([.sentence("One.")]))
    let voice = ScriptedVoice(length: .milliseconds(100))
    let silent = Silent()
    #expect(
      try await story(silent, model, voice).last
        == "ended failed(\"The speech recogniser failed: it gave nothing for 0.05 seconds.\")")
    let unanswered = try await story(recogniser, silent, voice)
    #expect(unanswered.contains("answer The language model failed: it gave nothing for 0.05 seconds."))
    #expect(unanswered.contains("speech"), "the wearer hears it")
    #expect(
      try await story(recogniser, model, silent).suffix(3) == [
        "answer One.", "card Answer: One.", "ended failed(\"The voice failed: it gave nothing for 0.05 seconds.\")",
      ])
  }
}

/// A place for a database, removed with the value.
private final class Temporary {
  let path: String
  private let folder: String

  init() {
    folder = NSTemporaryDirectory() + "sotto-speculation-\(UUID().uuidString)"
    path = folder + "/memory.sqlite"
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}
