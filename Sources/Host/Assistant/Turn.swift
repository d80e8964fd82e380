import Logging

/// One turn, from the wearer's first sound to the end of the answer.
///
/// ```
/// listening ──endOfSpeech, text──▶ answering ──wantPicture──▶ looking ──picture, pictureFailed──▶ answering
///     └───────────────── cancel, failure, end of the answer (from any) ──────────────────────────▶ ended
/// ```
///
/// Inputs that do not fit the stage come from races on the link (sound after its end, a picture after a cancel) and are dropped.
public actor Turn {
  private enum Stage {
    case listening, answering
    case looking(String)
    case ended
  }

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
  private var recogniserTime = Duration.zero

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
    case (.picture(let picture), .looking(let text)): await run { await $0.reply(to: text, .picture(picture), emit) }
    case (.pictureFailed(let reason), .looking(let text)): await run { await $0.reply(to: text, .failed(reason), emit) }
    case (.cancel(let heard), _): await cancel(heardMilliseconds: heard, emit)
    case (.audio, .answering), (.audio, .looking), (.audio, .ended),
      (.endOfSpeech, .answering), (.endOfSpeech, .looking), (.endOfSpeech, .ended),
      (.text, .answering), (.text, .looking), (.text, .ended),
      (.picture, .listening), (.picture, .answering), (.picture, .ended),
      (.pictureFailed, .listening), (.pictureFailed, .answering), (.pictureFailed, .ended):
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

  private func listen(_ samples: [Int16], _ emit: @Sendable (TurnOutput) async -> Void) async {
    do {
      if let partial = try await transcription.append(samples) { await emit(.transcript(partial.text, isFinal: false)) }
    } catch {
      listeningFailure = BackEndFailure.from(error, part: .recogniser)
    }
  }

  private func understand(_ emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    let watch = Stopwatch(running: !assistant.lockstep)
    do {
      if let listeningFailure { throw listeningFailure }
      let text = try await transcription.finish()
      try Task.checkCancellation()
      recogniserTime = watch.elapsed
      await ask(text, emit)
    } catch is CancellationError {
      await end(.cancelled, emit)
    } catch {
      await fail(BackEndFailure.from(error, part: .recogniser), emit)
    }
  }

  private func ask(_ text: String, _ emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    question = text
    await emit(.transcript(text, isFinal: true))
    guard text.contains(where: { $0.isLetter || $0.isNumber }) else { return await end(.nothingHeard, emit) }
    await reply(to: text, .notLooked, emit)
  }

  private func reply(
    to text: String, _ view: Question.View, _ emit: @escaping @Sendable (TurnOutput) async -> Void
  ) async {
    let run = AnswerRun(assistant: assistant, speaks: context.wantsSpeech, emit: emit)
    answer = run
    do {
      switch try await run.answer(question(text, view)) {
      case .complete: await end(.answered, emit)
      case .voiceFailed(let failure): await end(.failed(failure.description), emit)
      case .wantsPicture:
        stage = .looking(text)
        await emit(.wantPicture)
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

  /// Tells the wearer why there is no answer, by voice as far as the voice works, and ends the turn.
  private func fail(_ failure: BackEndFailure, _ emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    let run = answer ?? AnswerRun(assistant: assistant, speaks: context.wantsSpeech, emit: emit)
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
    if let past { await assistant.history.note(heardMilliseconds: heardMilliseconds, turn: past) }
  }

  private func end(_ how: TurnEnd, _ emit: @Sendable (TurnOutput) async -> Void) async {
    if case .ended = stage { return }
    stage = .ended
    let spoken = await answer?.summary
    past = await assistant.history.record(
      Exchange(
        device: context.deviceIdentifier, turn: context.turn, at: context.now(), question: question,
        answer: spoken?.text ?? "", outcome: how))
    if let spoken {
      await emit(.times(EngineTimes(recogniser: recogniserTime, language: spoken.language, speech: spoken.speech)))
    }
    await emit(.ended(how))
  }
}
