import Foundation
import Memory
import Synchronization
import Testing

@testable import Assistant

@Suite struct TurnPipeline {
  private func assistant(_ script: Script, lockstep: Bool = true) throws -> Assistant {
    try Assistant(configuration: .scripted(script, lockstep: lockstep))
  }

  @Test func saysThingsInOrder() async throws {
    let script = Script(
      transcripts: ["what is this"], answers: [.card(title: "A", body: "B"), .sentence("One."), .sentence("Two.")])
    let turn = try assistant(script).turn(context())
    let said = Said()
    for _ in 0..<3 { await turn.handle(.audio(halfSecond), emit: said.emit) }
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(
      await said.story == [
        "partial what", "partial what is", "partial what is this", "final what is this", "card A: B", "answer One.", "speech",
        "answer Two.", "speech", "ended answered",
      ])
  }

  @Test func inLockstepEveryRunIsTheSameAndTimesAreZero() async throws {
    var runs: [[TurnOutput]] = []
    for _ in 0..<3 {
      let turn = try assistant(Script(transcripts: ["one two"], answers: nil)).turn(context())
      let said = Said()
      await turn.handle(.audio(halfSecond), emit: said.emit)
      await turn.handle(.endOfSpeech, emit: said.emit)
      runs.append(await said.outputs)
    }
    #expect(runs[0] == runs[1] && runs[1] == runs[2])
    #expect(runs[0].contains(.times(EngineTimes())))
  }

  @Test func outOfLockstepKeepsTheOrderOfSentencesAndOfSpeech() async throws {
    let script = Script(
      transcripts: ["x"], answers: [.sentence("One."), .sentence("Two."), .sentence("Three.")],
      recogniserDelay: .milliseconds(20),
      languageDelay: .milliseconds(20), speechDelay: .milliseconds(20), toneLength: .milliseconds(300))
    let turn = try assistant(script, lockstep: false).turn(context())
    let said = Said()
    await turn.handle(.endOfSpeech, emit: said.emit)
    let outputs = await said.outputs
    #expect(outputs.compactMap { if case .answer(let text) = $0 { text } else { nil } } == ["One.", "Two.", "Three."])
    let sound = outputs.reduce(0) { if case .speech(let samples) = $1 { $0 + samples.count } else { $0 } }
    #expect(sound == 3 * SampleRate.spoken * 3 / 10)
    #expect(outputs.last == .ended(.answered))
    let times = outputs.compactMap { if case .times(let times) = $0 { times } else { nil } }
    #expect(times.count == 1)
    #expect(
      times[0].recogniser >= .milliseconds(20) && times[0].language >= .milliseconds(20) && times[0].speech >= .milliseconds(20))
  }

  @Test func withoutWordsNothingWasHeard() async throws {
    for transcript in ["", " ", "...", "♪"] {
      let turn = try assistant(Script(transcripts: [transcript])).turn(context())
      let said = Said()
      await turn.handle(.endOfSpeech, emit: said.emit)
      #expect(await said.story == ["final \(transcript)", "ended nothingHeard"])
    }
  }

  @Test func typedQuestionsAreAnsweredLikeSpokenOnes() async throws {
    let turn = try assistant(Script(transcripts: ["unused"], answers: [.sentence("One.")])).turn(context(wantsSpeech: false))
    let said = Said()
    await turn.handle(.text("hello"), emit: said.emit)
    #expect(await said.story == ["final hello", "answer One.", "card Answer: One.", "ended answered"])
  }

  @Test func aPictureIsAskedForAndWaitedFor() async throws {
    let script = Script(transcripts: ["read this"], answers: nil, pictureText: PictureText(lines: ["NO PARKING"]))
    let turn = try assistant(script).turn(context(wantsSpeech: false))
    let said = Said()
    await turn.handle(.endOfSpeech, emit: said.emit)
    #expect(await said.story == ["final read this", "want picture"])
    await turn.handle(.picture(Picture(bytes: [1], format: .jpeg)), emit: said.emit)
    #expect(await said.story.suffix(3) == ["card Reads: NO PARKING", "answer It says: NO parking.", "ended answered"])
  }

  @Test func aPictureThatCannotBeTakenIsSaid() async throws {
    let turn = try assistant(Script(transcripts: ["read this"], answers: nil)).turn(context(wantsSpeech: false))
    let said = Said()
    await turn.handle(.endOfSpeech, emit: said.emit)
    await turn.handle(.pictureFailed("the privacy light is stuck"), emit: said.emit)
    #expect(await said.story.suffix(2) == ["answer I could not look: the privacy light is stuck.", "ended answered"])
  }

  @Test func inputsThatComeTooLateAreDropped() async throws {
    let turn = try assistant(Script(transcripts: ["x"], answers: [.sentence("One.")])).turn(context(wantsSpeech: false))
    let said = Said()
    await turn.handle(.picture(Picture(bytes: [], format: .png)), emit: said.emit)
    await turn.handle(.endOfSpeech, emit: said.emit)
    let before = await said.story
    for input in [.audio(halfSecond), .endOfSpeech, .text("x"), .pictureFailed("x"), .cancel(heardMilliseconds: 1)] as [TurnInput]
    {
      await turn.handle(input, emit: said.emit)
    }
    #expect(await said.story == before)
    #expect(before.filter { $0.hasPrefix("ended") }.count == 1)
  }
}

@Suite struct Cancelling {
  /// Never finishes by itself: makes sound until its stream is no longer consumed.
  private final class EndlessVoice: TextToSpeech {
    let stopped = Mutex(false)
    func warmUp() async throws {}
    func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
      AsyncThrowingStream { continuation in
        continuation.onTermination = { _ in self.stopped.withLock { $0 = true } }
        for _ in 0..<3 { continuation.yield([1000]) }
      }
    }
  }

  private func setUp() throws -> (Turn, EndlessVoice) {
    let voice = EndlessVoice()
    let configuration = AssistantConfiguration(
      engines: .custom(
        ScriptedRecogniser(transcripts: ["x"]), ScriptedLanguage([.sentence("One."), .sentence("Two.")]), voice,
        ScriptedReader(PictureText())))
    return (try Assistant(configuration: configuration).turn(context()), voice)
  }

  /// Waits for the third piece of sound without sleeping.
  private func running(_ turn: Turn, _ said: Said) async -> Task<Void, Never> {
    let (sounds, mark) = AsyncStream.makeStream(of: Void.self)
    let emit = said.emit
    let task = Task {
      await turn.handle(.endOfSpeech) { output in
        await emit(output)
        if case .speech = output { mark.yield() }
      }
    }
    var iterator = sounds.makeAsyncIterator()
    for _ in 0..<3 { await iterator.next() }
    return task
  }

  @Test func theTaskThenTheTurnEndsItOnce() async throws {
    let (turn, voice) = try setUp()
    let said = Said()
    let task = await running(turn, said)
    task.cancel()
    await turn.handle(.cancel(heardMilliseconds: 300), emit: said.emit)
    await task.value
    let story = await said.story
    #expect(story.filter { $0.hasPrefix("ended") } == ["ended cancelled"])
    #expect(story.last == "ended cancelled")
    #expect(voice.stopped.withLock { $0 })
  }

  @Test func theTurnAloneIsEnough() async throws {
    let (turn, _) = try setUp()
    let said = Said()
    let task = await running(turn, said)
    await turn.handle(.cancel(heardMilliseconds: 300), emit: said.emit)
    #expect(await said.story.last == "ended cancelled")
    await task.value
    #expect(await said.story.filter { $0.hasPrefix("ended") }.count == 1)
  }

  @Test func beforeTheEndOfSpeechEndsTheTurn() async throws {
    let (turn, _) = try setUp()
    let said = Said()
    await turn.handle(.audio(halfSecond), emit: said.emit)
    await turn.handle(.cancel(heardMilliseconds: 0), emit: said.emit)
    #expect(await said.story.last == "ended cancelled")
  }

  /// Turns are numbered anew in each session, so an earlier one has the same number.
  @Test func leavesTheTurnsOfEarlierSessionsAlone() async throws {
    let folder = NSTemporaryDirectory() + "sotto-turns-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/memory.sqlite"
    let assistant = try Assistant(
      configuration: .scripted(Script(transcripts: ["what time is it"], answers: nil), memoryPath: path, lockstep: true))
    let said = Said()
    await assistant.turn(context()).handle(.text("what time is it"), emit: said.emit)
    let turn = assistant.turn(context())
    await turn.handle(.audio(halfSecond), emit: said.emit)
    await turn.handle(.cancel(heardMilliseconds: 40), emit: said.emit)
    #expect(try await Memory(path: path).turns().map { $0.heardMilliseconds } == [nil, 40])
  }

  /// The tone of each sentence lasts 600 ms.
  @Test func leavesWhatWasHeardInTheDialogue() async throws {
    let folder = NSTemporaryDirectory() + "sotto-heard-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/memory.sqlite"
    let script = Script(
      transcripts: ["who comes today"], answers: [.sentence("Your sister comes today."), .sentence("She brings cake.")])
    let assistant = try Assistant(configuration: .scripted(script, memoryPath: path, lockstep: true))
    let turn = assistant.turn(context())
    let said = Said()
    await turn.handle(.endOfSpeech, emit: said.emit)
    // The answer is made sooner than it is heard.
    #expect(await said.story.last == "ended answered")
    await turn.handle(.cancel(heardMilliseconds: 900), emit: said.emit)
    let dialogue = assistant.history.dialogue(device: "glasses", now: someDay)
    #expect(dialogue == [PastExchange(question: "who comes today", answer: "Your sister comes today. She")])
    let past = try #require(try await Memory(path: path).turns().first)
    #expect(past.answer == "Your sister comes today. She" && past.heardMilliseconds == 900)
    #expect(try await assistant.history.lastAnswer(device: "glasses") == "Your sister comes today. She brings cake.")
  }

  @Test func whileAPictureIsAwaitedEndsTheTurn() async throws {
    let turn = try Assistant(configuration: .scripted(Script(transcripts: ["read this"], answers: nil), lockstep: true)).turn(
      context())
    let said = Said()
    await turn.handle(.endOfSpeech, emit: said.emit)
    await turn.handle(.cancel(heardMilliseconds: 0), emit: said.emit)
    await turn.handle(.pictureFailed("late"), emit: said.emit)
    #expect(await said.story == ["final read this", "want picture", "ended cancelled"])
  }
}

@Suite struct Failures {
  private struct Broken: Error, CustomStringConvertible { var description: String { "it is broken" } }

  private struct BrokenRecogniser: SpeechToText, Transcription {
    func warmUp() async throws {}
    func transcription() -> any Transcription { self }
    func append(_ samples: [Int16]) async throws -> Partial? { throw Broken() }
    func finish() async throws -> String { throw Broken() }
    func cancel() async {}
  }

  private struct BrokenRest: LanguageModel, TextToSpeech, ImageReader {
    func warmUp() async throws {}
    func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
      AsyncThrowingStream {
        $0.yield(.sentence("One."))
        $0.finish(throwing: Broken())
      }
    }
    func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
      AsyncThrowingStream { $0.finish(throwing: Broken()) }
    }
    func read(_ picture: Picture) async throws -> PictureText { throw BackEndFailure(.imageReader, "it is broken") }
  }

  private let voice = ScriptedVoice(length: .milliseconds(100))
  private let reader = ScriptedReader(PictureText())

  private func story(
    _ recogniser: any SpeechToText, _ model: (any LanguageModel)?, _ voice: any TextToSpeech, _ reader: any ImageReader,
    lockstep: Bool
  ) async throws -> [String] {
    let configuration = AssistantConfiguration(engines: .custom(recogniser, model, voice, reader), lockstep: lockstep)
    let turn = try Assistant(configuration: configuration).turn(context())
    let said = Said()
    await turn.handle(.audio(halfSecond), emit: said.emit)
    await turn.handle(.endOfSpeech, emit: said.emit)
    await turn.handle(.picture(Picture(bytes: [1], format: .jpeg)), emit: said.emit)
    return await said.story
  }

  @Test(arguments: [true, false]) func ofTheRecogniserAreSpoken(lockstep: Bool) async throws {
    let reason = "The speech recogniser failed: it is broken."
    #expect(
      try await story(BrokenRecogniser(), ScriptedLanguage([.sentence("One.")]), voice, reader, lockstep: lockstep) == [
        "card Sorry.: \(reason)", "answer \(reason)", "speech", "ended failed(\"\(reason)\")",
      ])
  }

  @Test(arguments: [true, false]) func ofTheLanguageModelComeAfterWhatItSaid(lockstep: Bool) async throws {
    let reason = "The language model failed: it is broken."
    let told = try await story(ScriptedRecogniser(transcripts: ["hello"]), BrokenRest(), voice, reader, lockstep: lockstep)
    #expect(told.first(where: { $0.hasPrefix("answer") }) == "answer One.")
    #expect(told.contains("answer \(reason)"))
    #expect(told.last == "ended failed(\"\(reason)\")")
  }

  @Test(arguments: [true, false]) func ofTheVoiceLeaveTheTextStanding(lockstep: Bool) async throws {
    let model = ScriptedLanguage([.sentence("One."), .sentence("Two."), .card(title: "A", body: "B")])
    #expect(
      try await story(ScriptedRecogniser(transcripts: ["hello"]), model, BrokenRest(), reader, lockstep: lockstep) == [
        "partial hello", "final hello", "answer One.", "answer Two.", "card A: B",
        "ended failed(\"The voice failed: it is broken.\")",
      ])
  }

  @Test(arguments: [true, false]) func ofThePictureReaderAreSpoken(lockstep: Bool) async throws {
    let told = try await story(ScriptedRecogniser(transcripts: ["read this"]), nil, voice, BrokenRest(), lockstep: lockstep)
    #expect(told.last == "ended failed(\"The picture reader failed: it is broken.\")")
  }

  @Test func missingModelsSayWhatToDo() {
    #expect(throws: BackEndFailure(.recogniser, "the file /nowhere/models/moonshine/encoder.ort is missing; run tools/setup")) {
      try Assistant(configuration: .embedded(cacheDirectory: "/nowhere"))
    }
  }

  @Test func aDamagedMemoryIsSaidAtTheStart() throws {
    let path = NSTemporaryDirectory() + "sotto-damaged-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(repeating: 0x55, count: 8192).write(to: URL(fileURLWithPath: path))
    #expect(throws: BackEndFailure(.memory, "the file \(path) is damaged; move it away and start the host again")) {
      try Assistant(configuration: .scripted(Script(transcripts: []), memoryPath: path))
    }
  }
}

@Suite struct Dialogue {
  /// Says how many exchanges it was told of, and the last of them.
  private struct Witness: LanguageModel {
    func warmUp() async throws {}
    func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
      AsyncThrowingStream {
        let last = question.dialogue.last.map { "\($0.question): \($0.answer)" } ?? "nothing"
        $0.yield(.sentence("\(question.dialogue.count) \(last)"))
        $0.finish()
      }
    }
  }

  @Test func aQuestionComesWithTheOnesBeforeIt() async throws {
    let assistant = try Assistant(
      configuration: AssistantConfiguration(
        engines: .custom(ScriptedRecogniser(transcripts: ["x"]), Witness(), ScriptedVoice(), ScriptedReader(PictureText())),
        lockstep: true))
    var answers: [String] = []
    var now = someDay
    for question in ["one", "two", "three", "four", "five", "six", "later"] {
      if question == "later" { now += 601 }
      let said = Said()
      var asked = context(wantsSpeech: false)
      asked.now = { [now] in now }
      await assistant.turn(asked).handle(.text(question), emit: said.emit)
      answers += await said.outputs.compactMap { if case .answer(let text) = $0 { text } else { nil } }
    }
    #expect(answers[0] == "0 nothing")
    #expect(answers[1] == "1 one: 0 nothing")
    #expect(answers[5].hasPrefix("4 five: "))
    #expect(answers[6] == "0 nothing")
  }
}

@Suite struct Fillers {
  /// Answers once the filler is being spoken, or at once when there is none.
  private final class Patient: LanguageModel, TextToSpeech {
    private let filler: Filler?
    private let begun = AsyncStream.makeStream(of: Void.self)

    init(_ filler: Filler?) { self.filler = filler }

    func warmUp() async throws {}

    func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
      let (filler, begun) = (filler, begun.stream)
      return AsyncThrowingStream { continuation in
        Task {
          if filler != nil { for await _ in begun { break } }
          continuation.yield(.sentence("One."))
          continuation.finish()
        }
      }
    }

    func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
      if sentence == filler?.words { begun.continuation.yield() }
      return AsyncThrowingStream {
        $0.yield([Int16](repeating: 1000, count: sentence.count))
        $0.finish()
      }
    }
  }

  private func heard(_ engines: Patient, _ filler: Filler?) async throws -> Said {
    var configuration = AssistantConfiguration(
      engines: .custom(ScriptedRecogniser(transcripts: ["x"]), engines, engines, ScriptedReader(PictureText())))
    configuration.filler = filler
    let said = Said()
    await (try Assistant(configuration: configuration)).turn(context()).handle(.endOfSpeech, emit: said.emit)
    return said
  }

  private func sound(_ said: Said) async -> [Int] {
    await said.outputs.compactMap { if case .speech(let sound) = $0 { sound.count } else { nil } }
  }

  @Test func areSpokenBeforeAnAnswerThatLetsItselfBeWaitedFor() async throws {
    let filler = Filler(words: "One moment.", after: .milliseconds(1))
    let said = try await heard(Patient(filler), filler)
    #expect(await sound(said) == ["One moment.".count, "One.".count])
    // They are no part of the answer.
    #expect(await said.story.contains("card Answer: One."))
    #expect(await !said.story.contains("answer One moment."))
  }

  @Test func areNotSpokenAfterAQuickAnswer() async throws {
    #expect(await sound(try await heard(Patient(nil), Filler(words: "One moment.", after: .seconds(60)))) == ["One.".count])
  }
}
