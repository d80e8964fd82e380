import Logging

/// One turn, from the wearer's first sound to the end of the answer.
///
/// ```
/// listening ──endOfSpeech, text──▶ answering ──wantPicture──▶ looking ──picture, pictureFailed──▶ answering
///     └───────────────── cancel, failure, end of the answer (from any) ──────────────────────────▶ ended
/// ```
///
/// While it listens, a pause may be the end: the answer is begun then (`Speculation`), held back, and dropped when the wearer goes on.
/// It may also ask for a picture already, which then comes while the wearer still speaks.
///
/// Inputs that do not fit the stage come from races on the link (sound after its end, a picture after a cancel) and are dropped.
public actor Turn {
  private enum Stage {
    case listening, answering
    case looking(String)
    case ended
  }

  /// What the wearer seems to have said, in a pause that may be the end.
  private struct Guess {
    var text: String
    /// The frame of the turn's sound in which speech ended.
    var end: Int
    var judgement: EndOfTurn
    var ahead: Speculation?
    /// The glasses were told.
    var isTold = false
  }

  /// Speech of this many frames (200 ms) after a guess means that the wearer goes on; less is a cough or a click.
  private static let goingOn = 10

  private let context: TurnContext
  private let assistant: Assistant
  private let transcription: any Transcription
  private var stage = Stage.listening
  private var listeningFailure: BackEndFailure?
  private var work: Task<Void, Never>?
  private var question = ""
  private var answer: AnswerRun?
  /// Its number in the memory, once it has ended.
  private var past: Int64?
  private var exchange: Exchange?
  private var times = EngineTimes()
  /// Since when the answer that was begun ahead is wanted; nil for one that was begun when it was asked for.
  private var certainSince: ContinuousClock.Instant?

  private var span = SpeechSpan()
  private var shown = ""
  private var guess: Guess?
  private var view = Question.View.notLooked
  private var isPictureWanted = false

  init(context: TurnContext, assistant: Assistant) {
    self.context = context
    self.assistant = assistant
    transcription = assistant.recogniser.transcription()
  }

  /// Takes one input and says what follows from it through `emit`, whose calls never overlap with those of a later input's.
  /// `endOfSpeech`, `text`, `picture` and `pictureFailed` return when the answer is complete, a picture is wanted, or the calling
  /// task was cancelled, which is noticed between sentences and between pieces of sound.
  public func handle(_ input: TurnInput, emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    switch (input, stage) {
    case (.audio(let samples), .listening): await listen(samples, emit)
    case (.endOfSpeech, .listening): await run { await $0.understand(emit) }
    case (.text(let text), .listening):
      await run {
        await $0.transcription.cancel()
        await $0.ask(text, emit)
      }
    case (.pictureFollows, .listening): isPictureWanted = true
    case (.picture(let picture), .listening): await see(.picture(picture))
    case (.pictureFailed(let reason), .listening): await see(.failed(reason))
    case (.picture(let picture), .looking(let text)): await run { await $0.reply(to: text, .picture(picture), emit) }
    case (.pictureFailed(let reason), .looking(let text)): await run { await $0.reply(to: text, .failed(reason), emit) }
    case (.cancel(let heard), _): await cancel(heardMilliseconds: heard, emit)
    case (.audio, .answering), (.audio, .looking), (.audio, .ended),
      (.endOfSpeech, .answering), (.endOfSpeech, .looking), (.endOfSpeech, .ended),
      (.text, .answering), (.text, .looking), (.text, .ended),
      (.pictureFollows, .answering), (.pictureFollows, .looking), (.pictureFollows, .ended),
      (.picture, .answering), (.picture, .ended), (.pictureFailed, .answering), (.pictureFailed, .ended):
      return
    }
  }

  /// Runs the long part of a turn as a task of the turn's own, so that `cancel` can stop it and wait for it.
  private func run(_ body: @escaping @Sendable (isolated Turn) async -> Void) async {
    stage = .answering
    let task = Task { await body(self) }
    work = task
    await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }

  // MARK: Listening

  private func listen(_ samples: [Int16], _ emit: @Sendable (TurnOutput) async -> Void) async {
    span.append(samples)
    do {
      let partial = try await transcription.append(samples)
      if let partial, partial.text != shown {
        shown = partial.text
        await emit(.transcript(partial.text, isFinal: false))
      }
      if assistant.speculation != .off { await anticipate(partial, emit) }
    } catch {
      listeningFailure = BackEndFailure.from(error, part: .recogniser)
    }
  }

  /// Does what can be done before the end of speech: begins the answer, asks for its picture, tells the glasses that the words sound
  /// finished.
  private func anticipate(_ partial: Partial?, _ emit: @Sendable (TurnOutput) async -> Void) async {
    guard guess != nil || partial?.isWhole == true, let speech = span.speech else { return }
    if let guess, Self.isOvertaken(guess, by: partial, speech.end) { await drop() }
    if guess == nil, let partial, partial.isWhole { begin(partial.text, speech.end) }
    guard let guess else { return }
    if guess.ahead?.wantsPicture == true, !isPictureWanted {
      isPictureWanted = true
      await emit(.wantPicture)
    }
    let silence = SpeechSpan.length(ofFrames: span.frames - speech.end)
    if assistant.speculation.endsEarly, !guess.isTold, guess.judgement == .finished, silence >= assistant.speculation.leastSilence
    {
      self.guess?.isTold = true
      await emit(.soundsFinished)
    }
  }

  private static func isOvertaken(_ guess: Guess, by partial: Partial?, _ speechEnd: Int) -> Bool {
    if let partial, !EndOfTurn.saysTheSame(partial.text, guess.text) { return true }
    return speechEnd >= guess.end + goingOn
  }

  private func begin(_ text: String, _ end: Int) {
    guess = Guess(text: text, end: end, judgement: EndOfTurn(text))
    speculate()
  }

  private func speculate() {
    guard assistant.speculation.answersAhead, let guess, guess.judgement != .unfinished, Self.hasWords(guess.text) else { return }
    self.guess?.ahead = Speculation(question(guess.text, view), assistant)
  }

  private func drop() async {
    let ahead = guess?.ahead
    guess = nil
    await ahead?.discard()
  }

  /// The picture that was asked for while the wearer spoke, or the reason why there is none.
  private func see(_ seen: Question.View) async {
    guard isPictureWanted, view == .notLooked else { return }
    view = seen
    guard let ahead = guess?.ahead, ahead.wantsPicture else { return }
    guess?.ahead = nil
    await ahead.discard()
    speculate()
  }

  // MARK: Answering

  private func understand(_ emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    let watch = Stopwatch(running: !assistant.lockstep)
    do {
      if let listeningFailure { throw listeningFailure }
      let text = try await finalTranscript()
      try Task.checkCancellation()
      times.recogniser = watch.elapsed
      await ask(text, emit)
    } catch is CancellationError {
      await end(.cancelled, emit)
    } catch {
      await fail(BackEndFailure.from(error, part: .recogniser), emit)
    }
  }

  private func finalTranscript() async throws -> String {
    guard let deadlines = assistant.deadlines else { return try await transcription.finish() }
    return try await Deadline.within(deadlines.recogniser, .recogniser) { [transcription] in try await transcription.finish() }
  }

  private func ask(_ text: String, _ emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    question = text
    await emit(.transcript(text, isFinal: true))
    guard Self.hasWords(text) else { return await end(.nothingHeard, emit) }
    if let ahead = guess?.ahead, EndOfTurn.saysTheSame(ahead.text, text) {
      guess = nil
      await adopt(ahead, emit)
    } else {
      await drop()
      await reply(to: text, .notLooked, emit)
    }
  }

  private func adopt(_ ahead: Speculation, _ emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    let now = ContinuousClock.now
    certainSince = now
    times.ahead = now - ahead.began
    answer = ahead.run
    await ahead.adopt(emit)
    await conclude(ahead.text, asked: ahead.view, emit) { try await ahead.value() }
  }

  private func reply(
    to text: String, _ view: Question.View, _ emit: @escaping @Sendable (TurnOutput) async -> Void
  ) async {
    self.view = view == .notLooked ? self.view : view
    certainSince = nil
    let run = AnswerRun(assistant: assistant, speaks: context.wantsSpeech, certainty: .given, emit: emit)
    answer = run
    let question = question(text, view)
    await conclude(text, asked: view, emit) { try await run.answer(question) }
  }

  /// Ends the turn with its answer, or goes for the picture that the answer needs. `asked` is what the question was asked with.
  private func conclude(
    _ text: String, asked: Question.View, _ emit: @escaping @Sendable (TurnOutput) async -> Void,
    _ answer: () async throws -> AnswerRun.Result
  ) async {
    do {
      switch try await answer() {
      case .complete: await end(.answered, emit)
      case .voiceFailed(let failure): await end(.failed(failure.description), emit)
      case .wantsPicture:
        guard asked == .notLooked else { return await fail(BackEndFailure(.language, "it asked for a second picture"), emit) }
        guard view == .notLooked else { return await reply(to: text, view, emit) }
        stage = .looking(text)
        if !isPictureWanted { await emit(.wantPicture) }
        isPictureWanted = true
      }
    } catch is CancellationError {
      await end(.cancelled, emit)
    } catch {
      await fail(BackEndFailure.from(error, part: .language), emit)
    }
  }

  private func question(_ text: String, _ view: Question.View) -> Question {
    Question(
      text: text, context: context, view: view,
      dialogue: assistant.history.dialogue(device: context.deviceIdentifier, now: context.now()))
  }

  private static func hasWords(_ text: String) -> Bool { text.contains { $0.isLetter || $0.isNumber } }

  /// Tells the wearer why there is no answer, by voice as far as the voice works, and ends the turn.
  private func fail(_ failure: BackEndFailure, _ emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    let run = answer ?? AnswerRun(assistant: assistant, speaks: context.wantsSpeech, certainty: .given, emit: emit)
    do {
      try await run.say("Sorry.", failure.description)
    } catch is CancellationError {
      return await end(.cancelled, emit)
    } catch {
      Logger.assistant.error("the failure could not be spoken", metadata: ["reason": "\(error)"])
    }
    await end(.failed(failure.description), emit)
  }

  private func cancel(heardMilliseconds: Int, _ emit: @Sendable (TurnOutput) async -> Void) async {
    work?.cancel()
    await work?.value
    await transcription.cancel()
    await end(.cancelled, emit)
    guard let exchange else { return }
    let sound = await answer?.spoken ?? []
    // An answer without sound was read, if anything.
    let heard = sound.isEmpty ? exchange.answer : sound.heard(milliseconds: heardMilliseconds)
    await assistant.history.note(heard, milliseconds: heardMilliseconds, of: exchange, turn: past)
  }

  private func end(_ how: TurnEnd, _ emit: @Sendable (TurnOutput) async -> Void) async {
    if case .ended = stage { return }
    stage = .ended
    await drop()
    let spoken = await answer?.summary
    let exchange = Exchange(
      device: context.deviceIdentifier, turn: context.turn, at: context.now(), question: question,
      answer: spoken?.text ?? "", outcome: how)
    self.exchange = exchange
    past = await assistant.history.record(exchange)
    if let spoken {
      times.language = spoken.language?.waited(since: certainSince) ?? .zero
      times.speech = spoken.speech?.waited(since: certainSince) ?? .zero
      await emit(.times(times))
    }
    await emit(.ended(how))
  }
}
