/// Turns a question into sentences, cards and sound. The first sentence is spoken while the next are made, except in lockstep.
actor AnswerRun {
  enum Result {
    case complete, wantsPicture
    case voiceFailed(BackEndFailure)
  }

  /// What was said so far and how long the first of it took.
  struct Summary {
    var text = ""
    /// To the first sentence.
    var language: WorkSpan?
    /// From the first sentence to its first sound.
    var speech: WorkSpan?
  }

  /// More than this nobody listens to: glasses play an answer for 300 s at most. Characters.
  private static let longest = 4000

  private(set) var summary = Summary()
  /// What was given to the glasses as sound, in order.
  private(set) var spoken: [SpokenSentence] = []
  private let assistant: Assistant
  private let speaks: Bool
  private let certainty: Certainty
  private let emit: @Sendable (TurnOutput) async -> Void
  /// Before the first word of the answer.
  private var silence = LeadingSilence()
  private var voiceFailure: BackEndFailure?
  private var hasSpoken = false
  private var hasCard = false

  /// An answer that is begun ahead speaks its first sentence only, until it is certain.
  init(
    assistant: Assistant, speaks: Bool, certainty: Certainty, emit: @escaping @Sendable (TurnOutput) async -> Void
  ) {
    self.assistant = assistant
    self.speaks = speaks
    self.certainty = certainty
    self.emit = emit
  }

  /// Answers the question. Throws `CancellationError`, or the language model's failure after what it had said before was spoken.
  func answer(_ question: Question) async throws -> Result {
    let wantsPicture =
      if assistant.lockstep {
        try await inLockstep(question)
      } else {
        try await overlapping(question)
      }
    try Task.checkCancellation()
    if wantsPicture { return .wantsPicture }
    if !hasCard, !summary.text.isEmpty { await emit(.card(title: "Answer", body: summary.text)) }
    return voiceFailure.map { .voiceFailed($0) } ?? .complete
  }

  /// Shows and says one thing that is not the language model's.
  func say(_ title: String, _ sentence: String) async throws {
    await emit(.card(title: title, body: sentence))
    await emit(.answer(sentence))
    append(sentence)
    try await speak(sentence)
  }

  /// What the voice is to say next.
  private enum ToSay {
    case sentence(String)
    case filler(String)
  }

  private func say(_ next: ToSay) async throws {
    switch next {
    case .sentence(let sentence): try await speak(sentence)
    case .filler(let words):
      // The answer may have come in the meantime.
      if summary.text.isEmpty { try await speak(words, isFiller: true) }
    }
  }

  /// Says a few words when the answer lets itself be waited for, if that is configured.
  private func fill(_ feed: AsyncStream<ToSay>.Continuation) -> Task<Void, any Error>? {
    guard let filler = assistant.filler, speaks else { return nil }
    return Task { [certainty] in
      try await certainty.wait()
      try await Task.sleep(for: filler.after)
      feed.yield(.filler(filler.words))
    }
  }

  private func inLockstep(_ question: Question) async throws -> Bool {
    for try await piece in pieces(question) {
      try Task.checkCancellation()
      guard let sentence = await show(piece) else {
        if piece == .wantPicture { return true }
        continue
      }
      try await speak(sentence)
    }
    return false
  }

  private func overlapping(_ question: Question) async throws -> Bool {
    let (sentences, feed) = AsyncStream.makeStream(of: ToSay.self)
    let watch = Stopwatch(running: true)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for await next in sentences { try await self.say(next) }
        try Task.checkCancellation()
      }
      let filler = self.fill(feed)
      defer { filler?.cancel() }
      var wantsPicture = false
      var failure: (any Error)?
      do {
        for try await piece in self.pieces(question) {
          try Task.checkCancellation()
          if piece == .wantPicture {
            wantsPicture = true
            break
          }
          if case .sentence = piece, self.summary.text.isEmpty { self.summary.language = watch.span }
          if let sentence = await self.show(piece) { feed.yield(.sentence(sentence)) }
          if self.summary.text.count > Self.longest { break }
        }
      } catch {
        failure = error
      }
      feed.finish()
      if failure is CancellationError { group.cancelAll() }
      try await group.waitForAll()
      if let failure { throw failure }
      return wantsPicture
    }
  }

  private func pieces(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    let pieces = assistant.language.answer(question)
    return assistant.deadlines.map { Deadline.watched(pieces, $0.language, .language) } ?? pieces
  }

  private func sound(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
    let sound = assistant.voice.speak(sentence)
    return assistant.deadlines.map { Deadline.watched(sound, $0.voice, .voice) } ?? sound
  }

  /// Emits a piece; returns the sentence that is to be spoken, if it is one.
  private func show(_ piece: AnswerPiece) async -> String? {
    switch piece {
    case .sentence(let sentence):
      append(sentence)
      await emit(.answer(sentence))
      return sentence
    case .card(let title, let body):
      hasCard = true
      await emit(.card(title: title, body: body))
    case .reminder(let identifier, let after, let title, let body):
      await emit(.reminder(identifier: identifier, after: after, title: title, body: body))
    case .wantPicture:
      break
    }
    return nil
  }

  private func append(_ sentence: String) {
    summary.text += summary.text.isEmpty ? sentence : " " + sentence
  }

  /// Speaks a sentence. When the voice fails, the rest of the answer is shown in silence and the failure is kept.
  private func speak(_ sentence: String, isFiller: Bool = false) async throws {
    guard speaks, voiceFailure == nil else { return }
    if hasSpoken { try await certainty.wait() }
    let watch = Stopwatch(running: !assistant.lockstep)
    spoken.append(SpokenSentence(words: isFiller ? "" : sentence, samples: 0))
    do {
      for try await made in self.sound(sentence) {
        try Task.checkCancellation()
        let sound = silence.cut(made)
        if sound.isEmpty { continue }
        if !isFiller {
          if !hasSpoken { summary.speech = watch.span }
          hasSpoken = true
        }
        spoken[spoken.count - 1].samples += sound.count
        await emit(.speech(sound))
      }
      try Task.checkCancellation()
    } catch let error as CancellationError {
      throw error
    } catch {
      voiceFailure = BackEndFailure.from(error, part: .voice)
    }
  }
}
