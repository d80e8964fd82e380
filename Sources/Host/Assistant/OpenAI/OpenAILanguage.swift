import Memory

/// A language model behind the OpenAI interface: streamed chat completions, with pictures and tools where the model has them.
struct OpenAILanguage: LanguageModel {
  /// A model that calls tools again and again is stopped.
  private static let mostRounds = 4
  /// An answer of more text than this is cut: characters.
  private static let longestAnswer = 4000

  private let settings: OpenAISettings
  private let exchange: HTTPExchange
  private let voice: BackEndVoice
  private let prompt: ChatPrompt
  private let tools: ModelTools?
  private let memory: Memory?

  /// Without a memory it is offered no tools and told no facts.
  init(_ settings: OpenAISettings, key: Secret?, name: String, part: BackEndFailure.Part = .language, memory: Memory?) {
    self.settings = settings
    self.memory = memory
    exchange = HTTPExchange(base: settings.url, key: key, connect: settings.deadlines.connect)
    voice = BackEndVoice(name: name, part: part)
    prompt = ChatPrompt(settings)
    tools = settings.tools ? memory.map { ModelTools(memory: $0) } : nil
  }

  /// Lets the server read the beginning that all questions share. What is wrong is said when it is asked.
  func warmUp() async throws {
    let question = Question(text: "Hello.", context: TurnContext(deviceIdentifier: "", deviceName: "", turn: 0))
    var request = body(prompt.messages(question), question)
    request["max_tokens"] = .integer(1)
    let whole = request
    _ = try? await Watchdog.guarding(settings.deadlines.firstOutput) { _ in
      let response = try await exchange.post("/chat/completions", .object(whole), accept: "text/event-stream")
      return try await response.body.collect(upTo: ServerSentEvents.longest).readableBytes
    }
  }

  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    .producing { yield in
      do {
        try await converse(question, yield)
      } catch {
        throw voice.failure(of: error)
      }
    }
  }

  private func converse(_ question: Question, _ yield: @escaping @Sendable (AnswerPiece) -> Void) async throws {
    var picture: Picture?
    if case .picture(let taken) = question.view, settings.images { picture = try ModelPicture.fit(taken, part: voice.part) }
    var messages = prompt.messages(question, facts: await facts(question), picture: picture)
    for _ in 0..<Self.mostRounds {
      let request = JSON.object(body(messages, question))
      let calls = try await Watchdog.guarding(settings.deadlines.firstOutput) { dog in
        try await stream(request, dog, yield)
      }
      if calls.isEmpty { return }
      guard let tools else { throw HTTPFailure("calls tools although it was offered none") }
      messages.append(Self.asked(calls))
      for call in calls {
        switch try await tools.run(call, for: question) {
        case .look:
          if canLook(question) { return yield(.wantPicture) }
          messages.append(Self.result(call, "there is no picture"))
        case .done(let pieces, let words):
          for piece in pieces { yield(piece) }
          messages.append(Self.result(call, words))
        }
      }
    }
    throw HTTPFailure("calls tools again and again")
  }

  /// Reads one response; returns the tools that are to be called.
  private func stream(
    _ request: JSON, _ dog: Watchdog, _ yield: @escaping @Sendable (AnswerPiece) -> Void
  ) async throws -> [ChatStream.Call] {
    let response = try await exchange.post("/chat/completions", request, accept: "text/event-stream")
    var (events, chat, spoken, cutter) = (ServerSentEvents(), ChatStream(), SpokenText(), Sentences.Cutter())
    var length = 0
    var said = 0
    var isOver = false
    let say: (String) -> Void = { sentence in
      said += 1
      yield(.sentence(sentence))
    }
    for try await bytes in response.body where !isOver {
      let complete: [[UInt8]]
      do throws(ServerSentEvents.TooLong) {
        complete = try events.add(bytes.readableBytesView)
      } catch {
        throw HTTPFailure("sent an event of over \(ServerSentEvents.longest) bytes")
      }
      for data in complete {
        switch chat.take(data) {
        case .text(let text):
          length += text.count
          for sentence in cutter.add(spoken.add(text)) { say(sentence) }
        case .nothing: break
        case .end: isOver = true
        case .failed(let words): throw HTTPFailure(words)
        }
        dog.feed(settings.deadlines.idle)
      }
      if length > Self.longestAnswer { isOver = true }
      if isOver { break }
    }
    try Task.checkCancellation()
    for sentence in cutter.add(spoken.finish()) + [cutter.finish()].compactMap({ $0 }) { say(sentence) }
    if said == 0, chat.calls.isEmpty { throw HTTPFailure("gave no answer") }
    return chat.calls
  }

  private func canLook(_ question: Question) -> Bool { settings.images && question.view == .notLooked }

  private func body(_ messages: [JSON], _ question: Question) -> [String: JSON] {
    var body: [String: JSON] = [
      "model": .text(settings.model), "messages": .list(messages), "stream": .boolean(true),
    ]
    if settings.parameters["max_completion_tokens"] == nil { body["max_tokens"] = .integer(Int64(settings.maximumTokens)) }
    if let tools { body["tools"] = tools.descriptions(canLook: canLook(question)) }
    return body.merging(settings.parameters) { _, stated in stated }
  }

  /// What the wearer told before that shares words with the question. A memory that cannot be read does not spoil the answer.
  private func facts(_ question: Question) async -> [String] {
    guard let memory else { return [] }
    let found = try? await memory.recall(question.text, device: question.context.deviceIdentifier, matching: .anyWord)
    return (found ?? []).prefix(3).map { $0.text }
  }

  private static func asked(_ calls: [ChatStream.Call]) -> JSON {
    .object([
      "role": .text("assistant"), "content": .null,
      "tool_calls": .list(
        calls.map { call in
          .object([
            "id": .text(call.identifier), "type": .text("function"),
            "function": .object(["name": .text(call.name), "arguments": .text(call.arguments)]),
          ])
        }),
    ])
  }

  private static func result(_ call: ChatStream.Call, _ words: String) -> JSON {
    .object(["role": .text("tool"), "tool_call_id": .text(call.identifier), "content": .text(words)])
  }
}
