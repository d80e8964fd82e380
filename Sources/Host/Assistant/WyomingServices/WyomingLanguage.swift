import Wyoming

/// A Wyoming service that answers questions or carries out what they ask for, such as a smart home.
struct WyomingLanguage: LanguageModel {
  private let settings: WyomingSettings
  private let voice: BackEndVoice

  init(_ settings: WyomingSettings, name: String) {
    self.settings = settings
    voice = BackEndVoice(name: name, part: .language)
  }

  /// What is wrong is said when it is asked.
  func warmUp() async throws {}

  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    .producing { yield in
      do {
        // It may switch something.
        try await question.certainty.wait()
        try await Watchdog.guarding(settings.deadlines.connect + settings.deadlines.firstOutput) { dog in
          try await WyomingConnection.with(settings.address, timeout: settings.deadlines.connect) { connection in
            dog.feed(settings.deadlines.firstOutput)
            switch settings.answers {
            case .handle: try await connection.send(.transcript(question.text))
            case .intent: try await connection.send(.recognize(question.text))
            }
            try await read(connection, dog, yield)
          }
        }
      } catch let declined as Declined {
        throw declined
      } catch {
        throw voice.failure(of: error)
      }
    }
  }

  private func read(
    _ connection: WyomingConnection, _ dog: Watchdog, _ yield: @escaping @Sendable (AnswerPiece) -> Void
  ) async throws {
    var cutter = Sentences.Cutter()
    var isStreamed = false
    let say = { (text: String?) in
      for sentence in Sentences.of(text ?? "Done.") { yield(.sentence(sentence)) }
    }
    for try await message in connection.incoming {
      dog.feed(settings.deadlines.idle)
      switch message {
      case .handled(let text):
        guard isStreamed else { return say(text) }
      case .intent(_, let text): return say(text)
      case .notHandled(let text), .notRecognized(let text): throw Declined(words: text)
      case .handledStart: isStreamed = true
      case .handledChunk(let text):
        for sentence in cutter.add(text) { yield(.sentence(sentence)) }
      case .handledStop:
        if let rest = cutter.finish() { yield(.sentence(rest)) }
        return
      case .error(let words, _): throw WyomingFailure.refused(words)
      default: break
      }
    }
    try Task.checkCancellation()
    throw WyomingFailure.connection("it closed the connection before the answer")
  }
}
