import Foundation
import Memory
import Synchronization
import Testing
import Wyoming

@testable import Assistant

private func settings(_ url: String, _ change: (inout OpenAISettings) -> Void = { _ in }) -> OpenAISettings {
  var settings = OpenAISettings(url: url, model: "tiny")
  // Far beyond what a busy machine takes: these tests are about something else.
  settings.deadlines.firstOutput = .seconds(600)
  settings.deadlines.idle = .seconds(600)
  change(&settings)
  return settings
}

private func pieces(_ model: some LanguageModel, _ question: Question) async throws -> [AnswerPiece] {
  var pieces: [AnswerPiece] = []
  for try await piece in model.answer(question) { pieces.append(piece) }
  return pieces
}

private let hello = Question(text: "Hello?", context: context())

/// The failure's reason, or what came instead.
private func reason(_ body: () async throws -> some Any) async -> String {
  do {
    return "\(try await body())"
  } catch let failure as BackEndFailure {
    return failure.reason
  } catch {
    return "\(error)"
  }
}

@Suite struct OpenAIInterface {
  @Test func tokensBecomeSentencesAndTheFirstEventMayBeEmpty() async throws {
    try await FakeHTTPService.with { _ in
      .chat("Hel", "lo **the", "re**. I", " am 3.", "5 years", " old.")
    } body: { service in
      let model = OpenAILanguage(settings(service.url), key: Secret("k1"), name: "llama", memory: nil)
      #expect(try await pieces(model, hello) == [.sentence("Hello there."), .sentence("I am 3.5 years old.")])
      let request = try #require(service.requests.first)
      #expect(request.path == "/v1/chat/completions")
      #expect(request.headers.first(name: "authorization") == "Bearer k1")
      #expect(request.json?["stream"] == .boolean(true) && request.json?["model"] == .text("tiny"))
    }
  }

  @Test func theBeginningOfTheRequestStaysTheSameFromTurnToTurn() async throws {
    let prompt = ChatPrompt(settings("x"))
    let first = prompt.messages(Question(text: "Who was Ada?", context: context()))
    let next = prompt.messages(
      Question(
        text: "When?", context: context(), dialogue: [PastExchange(question: "Who was Ada?", answer: "A mathematician.")]))
    #expect(Array(next.prefix(first.count)) == first)
    #expect(next.count == first.count + 2)
  }

  @Test func aPictureIsSentUprightAsADataURL() async throws {
    try await FakeHTTPService.with { _ in
      .chat("A sign.")
    } body: { service in
      let model = OpenAILanguage(settings(service.url) { $0.images = true }, key: nil, name: "eyes", memory: nil)
      let picture = Picture(bytes: try #require(Data(base64Encoded: tallPicture)).map { $0 }, format: .png, rotation: 90)
      _ = try await pieces(model, Question(text: "What is this?", context: context(), view: .picture(picture)))
      guard case .list(let messages)? = service.requests.first?.json?["messages"],
        case .list(let content)? = messages.last?["content"], let url = content.last?["image_url"]?["url"]?.text
      else {
        Issue.record("no picture was sent")
        return
      }
      #expect(url.hasPrefix("data:image/jpeg;base64,"))
      let sent = Picture(bytes: Array(Data(base64Encoded: String(url.dropFirst(23))) ?? Data()), format: .jpeg)
      let raster = try Raster.decoded(sent)
      #expect(raster.width == 6 && raster.height == 3)
    }
  }

  @Test func toolsRunAndTheirResultGoesBackToTheModel() async throws {
    let call =
      #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"set_timer","arguments":"{\"seco"}}]}}]}"#
    let rest = #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"nds\": 300}"}}]}}]}"#
    let act: @Sendable (FakeHTTPService.Request) -> FakeHTTPService.Act = { request in
      guard case .list(let messages)? = request.json?["messages"] else { return .silence }
      if messages.last?["role"] == .text("tool") { return .chat("It runs.") }
      return .reply(.ok, type: "text/event-stream", [call, rest, "[DONE]"].map { "data: \($0)\r\n\r\n" })
    }
    try await FakeHTTPService.with(act) { service in
      let model = OpenAILanguage(
        settings(service.url) { $0.tools = true }, key: nil, name: "llama", memory: try Memory.opened(at: nil))
      let said = try await pieces(model, Question(text: "Five minutes for the eggs", context: context()))
      #expect(said.last == .sentence("It runs."))
      #expect(
        said.contains {
          if case .reminder(_, .seconds(300), "Timer", _) = $0 { true } else { false }
        })
      guard case .list(let messages)? = service.requests.last?.json?["messages"] else { return }
      #expect(messages.last?["content"]?.text == "Timer set for 5 minutes.")
      #expect(messages.last?["tool_call_id"] == .text("c1"))
    }
  }

  @Test func aModelThatWantsToLookGetsThePictureAndIsNotOfferedASecondOne() async throws {
    let call = #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"look","arguments":"{}"}}]}}]}"#
    try await FakeHTTPService.with { _ in
      .reply(.ok, type: "text/event-stream", ["data: \(call)\n\n", "data: [DONE]\n\n"])
    } body: {
      service in
      let model = OpenAILanguage(
        settings(service.url) {
          $0.tools = true
          $0.images = true
        }, key: nil, name: "llama", memory: try Memory.opened(at: nil))
      #expect(try await pieces(model, hello) == [.wantPicture])
      // Without a picture it must do without, and one that insists is stopped.
      let blind = Question(text: "Hello?", context: context(), view: .failed("the camera is away"))
      #expect(await reason { try await pieces(model, blind) } == "llama calls tools again and again")
      #expect(service.requests.count == 5)
      #expect("\(service.requests[1].json?["tools"] ?? .null)".contains("look") == false)
    }
  }

  @Test func whatChangesAnythingWaitsUntilTheQuestionIsCertain() async throws {
    let certainty = Certainty()
    let tools = ModelTools(memory: try Memory.opened(at: nil))
    let call = ChatStream.Call(identifier: "c", name: "remember", arguments: #"{"fact":"my desk is number 4"}"#)
    let task = Task { try await tools.run(call, for: Question(text: "", context: context(), certainty: certainty)) }
    certainty.deny()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await tools.memory.facts().isEmpty)
  }

  @Test(arguments: [
    (
      FakeHTTPService.Act.reply(.unauthorized, type: "application/json", [#"{"error":{"message":"bad key"}}"#]),
      "llama does not take the key: bad key"
    ),
    (.reply(.notFound, type: "text/html", ["<html>"]), "llama does not know the model or the address"),
    (
      .reply(.serviceUnavailable, type: "application/json", [#"{"error":{"message":"Loading model"}}"#]),
      "llama is not ready yet: Loading model"
    ),
    (
      .reply(.found, type: "text/plain", [""]),
      "llama moved to another address (status 302): write the new one into the configuration"
    ),
    (.reply(.ok, type: "text/event-stream", ["data: nonsense\n\n"]), "llama sent an event that cannot be read"),
    (.reply(.ok, type: "text/html", ["<html></html>"]), "llama gave no answer"),
    (
      .reply(.ok, type: "text/event-stream", [#"data: {"error":{"message":"out of memory"}}"# + "\n\n"]),
      "llama failed: out of memory"
    ),
    (
      .reply(.ok, type: "text/event-stream", ["data: " + String(repeating: "x", count: 300_000)]),
      "llama sent an event of over 262144 bytes"
    ),
  ])
  func whatIsWrongIsNamedInPlainWords(_ act: FakeHTTPService.Act, _ words: String) async throws {
    try await FakeHTTPService.with { _ in
      act
    } body: { service in
      let model = OpenAILanguage(settings(service.url), key: nil, name: "llama", memory: nil)
      #expect(await reason { try await pieces(model, hello) } == words)
    }
  }

  @Test func aServiceThatIsSilentOrStallsIsGivenUpAtItsDeadline() async throws {
    for act in [FakeHTTPService.Act.silence, .stall(#"data: {"choices":[{"delta":{"content":"Well, "}}]}"# + "\n\n")] {
      try await FakeHTTPService.with { _ in
        act
      } body: { service in
        let model = OpenAILanguage(
          settings(service.url) {
            $0.deadlines.firstOutput = .milliseconds(300)
            $0.deadlines.idle = .milliseconds(200)
          }, key: nil, name: "llama", memory: nil)
        #expect(await reason { try await pieces(model, hello) }.hasPrefix("llama was silent for "))
        await service.clientHasGone()
      }
    }
  }

  @Test func whoStopsListeningClosesTheRequest() async throws {
    try await FakeHTTPService.with { _ in
      .stall(#"data: {"choices":[{"delta":{"content":"One. Two "}}]}"# + "\n\n")
    } body: { service in
      let model = OpenAILanguage(settings(service.url), key: nil, name: "llama", memory: nil)
      let task = Task {
        for try await piece in model.answer(hello) { return piece }
        return AnswerPiece.sentence("nothing")
      }
      let first = try await task.value
      #expect(first == .sentence("One."))
      await service.clientHasGone()
    }
  }

  @Test func speechIsHeardAsItComesAndAWaveFileIsRefused() async throws {
    let samples: [Int16] = [1, -2, 300, -400]
    try await FakeHTTPService.with { _ in
      .bytes(type: "audio/pcm", SoundFormat.bytes(samples))
    } body: { service in
      let voice = OpenAIVoice(settings(service.url), key: nil, name: "speaker")
      var heard: [Int16] = []
      for try await sound in voice.speak("Hi.") { heard += sound }
      #expect(heard == samples)
      #expect(service.requests.first?.json?["input"] == .text("Hi."))
    }
    try await FakeHTTPService.with { _ in
      .bytes(type: "audio/wav", SpeechForm.wave([1]))
    } body: { service in
      let voice = OpenAIVoice(settings(service.url), key: nil, name: "speaker")
      #expect(await reason { for try await _ in voice.speak("Hi.") {} }.contains("WAV"))
    }
  }

  @Test func theWholeUtteranceIsSentAsAForm() async throws {
    try await FakeHTTPService.with { _ in
      .reply(.ok, type: "application/json", [#"{"text":" ten of clubs "}"#])
    } body: { service in
      let transcription = OpenAIRecogniser(settings(service.url), key: nil, name: "whisper").transcription()
      for _ in 0..<2 { _ = try await transcription.append([1, 2, 3]) }
      #expect(try await transcription.finish() == "ten of clubs")
      let request = try #require(service.requests.first)
      #expect(request.headers.first(name: "content-type")?.hasPrefix("multipart/form-data; boundary=") == true)
      let body = String(decoding: request.body, as: UTF8.self)
      #expect(body.contains("name=\"model\"\r\n\r\ntiny\r\n") && body.contains("RIFF"))
      #expect(request.body.count > 44 + 12)
    }
  }
}

@Suite struct WyomingBackEnds {
  private func settings(_ service: FakeWyomingService) -> WyomingSettings {
    var settings = WyomingSettings(address: service.address)
    settings.deadlines.firstOutput = .seconds(600)
    return settings
  }

  @Test func theSoundGoesOutAndTheTranscriptComesBack() async throws {
    try await FakeWyomingService.with { message in
      switch message {
      case .audioStart: [.transcriptStart, .transcriptChunk("ten")]
      case .audioStop: [.transcript("ten of clubs")]
      default: []
      }
    } body: { service in
      let transcription = WyomingRecogniser(settings(service), name: "whisper").transcription()
      _ = try await transcription.append(halfSecond)
      #expect(try await transcription.finish() == "ten of clubs")
      let sound = service.received.reduce(0) { if case .audioChunk(_, let bytes) = $1 { $0 + bytes.count } else { $0 } }
      #expect(sound == halfSecond.count * 2)
      #expect(service.received.first == .transcribe(language: nil, model: nil))
    }
  }

  @Test func aVoiceOfAnotherRateIsBroughtToTheSeams() async throws {
    let format = SoundFormat(rate: 12_000)
    try await FakeWyomingService.with { message in
      guard case .synthesize = message else { return [] }
      let chunk = WyomingMessage.audioChunk(format, [UInt8](repeating: 0, count: 2400))
      return [.audioStart(format), chunk, chunk, .audioStop]
    } body: { service in
      var samples = 0
      for try await sound in WyomingVoice(settings(service), name: "piper").speak("Hello.") { samples += sound.count }
      // 200 ms, but for the resampler's own delay.
      #expect(abs(samples - 4800) < 200)
    }
  }

  @Test func aSmartHomeAnswersOrDeclines() async throws {
    try await FakeWyomingService.with { message in
      guard case .transcript(let text) = message else { return [] }
      return text.contains("light") ? [.handled("The light is on.")] : [.notHandled("Sorry, what?")]
    } body: { service in
      let home = WyomingLanguage(settings(service), name: "home")
      let said = try await pieces(home, Question(text: "light on", context: context()))
      #expect(said == [.sentence("The light is on.")])
      await #expect(throws: Declined.self) { try await pieces(home, hello) }
    }
  }

  @Test(arguments: [
    ("HTTP/1.1 400 Bad Request\r\n\r\n", "no Wyoming service"),
    ("{\"type\":\"info\",\"data_length\":999999999}\n", "999999999 bytes"),
    ("{\"type\":\"error\",\"data\":{\"text\":\"no model\"}}\n", "refused: no model"),
  ])
  func aServiceThatIsNoneIsNamed(_ raw: String, _ words: String) async throws {
    try await FakeWyomingService.with(raw: Array(raw.utf8)) { _ in
      []
    } body: { service in
      #expect(await reason { for try await _ in WyomingVoice(settings(service), name: "piper").speak("Hi.") {} }.contains(words))
      let transcription = WyomingRecogniser(settings(service), name: "whisper").transcription()
      #expect(await reason { try await transcription.finish() }.contains(words))
    }
  }

  @Test func aSilentServiceIsGivenUp() async throws {
    try await FakeWyomingService.with { _ in
      []
    } body: { service in
      var impatient = settings(service)
      impatient.deadlines.firstOutput = .milliseconds(200)
      let transcription = WyomingRecogniser(impatient, name: "whisper").transcription()
      #expect(await reason { try await transcription.finish() } == "whisper was silent for 200 ms")
      #expect(
        await reason { for try await _ in WyomingVoice(impatient, name: "piper").speak("Hi.") {} }
          == "piper was silent for 200 ms")
    }
  }
}

/// A PNG of 3 by 6 pixels.
private let tallPicture = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAAGCAAAAAAjjnvQAAAAD0lEQVR42mNYsGABAxYMAIcYC0Hs+pNeAAAAAElFTkSuQmCC"
