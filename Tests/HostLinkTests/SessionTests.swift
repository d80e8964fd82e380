import Memory
import Testing
import Units
import Wire

@testable import HostLink

/// Sessions over real sockets and real TLS, with the glasses' own `HostConnection`.
@Suite(.timeLimit(.minutes(1))) struct SessionTests {
  @Test func pairedGlassesAskAndAreAnswered() async throws {
    let host = try await TestHost()
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    let question = try Sound.question(packets: 50)
    try await glasses.send(.turnBegan(TurnBegan(turn: 1, trigger: .button, preRollMilliseconds: 1000)))
    for (index, packet) in question.enumerated() {
      try await glasses.send(.audio(AudioPacket(turn: 1, sequence: UInt32(index), opus: packet)))
    }
    try await glasses.send(.endOfSpeech(EndOfSpeech(turn: 1, silenceMilliseconds: 600)))
    let messages = await glasses.messages(through: 1)

    #expect(messages.contains(.transcript(Transcript(turn: 1, text: "what time is it", isFinal: true))))
    #expect(messages.contains(.answerText(AnswerText(turn: 1, text: "It is noon."))))
    let speech = messages.compactMap { if case .speech(let packet) = $0 { packet } else { nil } }
    #expect(speech.map(\.sequence) == (0..<30).map { UInt32($0) }, "600 ms of tone are 30 packets")
    #expect(try Sound.loudness(speech.map(\.opus), rate: 24_000) > 1000, "the tone is audible")
    guard case .turnEnded(let end) = messages.last else { return #expect(Bool(false), "no end") }
    #expect(end.outcome == .answered)

    try await glasses.leave()
    #expect(await host.log.sessionEnd() == "the glasses closed the connection")
    await host.server.shutDown()
  }

  @Test func typedQuestionsNeedNoSound() async throws {
    let host = try await TestHost()
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    try await glasses.send(.typed(TypedQuestion(turn: 7, text: "what can you do")))
    let messages = await glasses.messages(through: 7)
    #expect(messages.contains(.transcript(Transcript(turn: 7, text: "what can you do", isFinal: true))))
    await host.server.shutDown()
  }

  @Test func lookingAsksForThePictureAndGoesOn() async throws {
    let host = try await TestHost(assistant: try PictureEcho.assistant())
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    try await glasses.send(.typed(TypedQuestion(turn: 1, text: "read this")))
    #expect(await glasses.next { $0 == .message(.wantPicture(WantPicture(turn: 1))) } != nil)
    let bytes = [UInt8](repeating: 7, count: 50_000)
    for (offset, count) in [(0, 32_768), (32_768, 17_232)] {
      let piece = PictureChunk(
        turn: 1, format: 1, width: 10, height: 10, rotation: 90, offset: UInt32(offset), totalBytes: 50_000,
        bytes: Array(bytes[offset..<offset + count]))
      try await glasses.send(.picture(piece))
    }
    let messages = await glasses.messages(through: 1)
    #expect(messages.contains(.answerText(AnswerText(turn: 1, text: "50000 bytes of jpeg, turned by 90."))))
    await host.server.shutDown()
  }

  @Test func killedGlassesCancelTheirTurn() async throws {
    let thinker = EndlessThinker()
    let host = try await TestHost(assistant: try EndlessThinker.assistant(thinker))
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    try await glasses.send(.typed(TypedQuestion(turn: 1, text: "think")))
    #expect(await glasses.next { $0 == .message(.answerText(AnswerText(turn: 1, text: "Let me think."))) } != nil)
    try await glasses.vanish()
    await thinker.stopped()
    #expect(await host.log.sessionEnd() == "the connection was cut")
    await host.server.shutDown()
  }

  @Test func aTurnCutShortIsRemembered() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/memory.sqlite"
    let thinker = EndlessThinker()
    let host = try await TestHost(assistant: try EndlessThinker.assistant(thinker, memoryPath: path))
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    try await glasses.send(.typed(TypedQuestion(turn: 1, text: "think of this")))
    #expect(await glasses.next { $0 == .message(.answerText(AnswerText(turn: 1, text: "Let me think."))) } != nil)
    try await glasses.vanish()
    await thinker.stopped()
    // Waits until everything is written.
    await host.server.shutDown()
    let turns = try await Memory(path: path).turns(device: host.glasses.fingerprint.hex, limit: 10)
    #expect(turns.map(\.question) == ["think of this"])
    #expect(turns.map(\.outcome) == ["cancelled"])
  }

  @Test func aCancelStopsTheTurnAndIsAnswered() async throws {
    let thinker = EndlessThinker()
    let host = try await TestHost(assistant: try EndlessThinker.assistant(thinker))
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    try await glasses.send(.typed(TypedQuestion(turn: 1, text: "think")), .cancel(CancelTurn(turn: 1, heardMilliseconds: 300)))
    let messages = await glasses.messages(through: 1)
    #expect(messages.last == .turnEnded(TurnEnded(turn: 1, outcome: .cancelled)))
    await thinker.stopped()
    await host.server.shutDown()
  }

  @Test func aNewTurnSupersedesTheOld() async throws {
    let thinker = EndlessThinker()
    let host = try await TestHost(assistant: try EndlessThinker.assistant(thinker))
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    try await glasses.send(.typed(TypedQuestion(turn: 1, text: "think")))
    #expect(await glasses.next { $0 == .message(.answerText(AnswerText(turn: 1, text: "Let me think."))) } != nil)
    try await glasses.send(.typed(TypedQuestion(turn: 2, text: "think of something else")))
    // What was spoken before may still come first.
    #expect(await glasses.next { $0 == .message(.turnEnded(TurnEnded(turn: 1, outcome: .cancelled))) } != nil)
    #expect(await glasses.next { $0 == .message(.answerText(AnswerText(turn: 2, text: "Let me think."))) } != nil)
    await thinker.stopped()
    await host.server.shutDown()
  }

  @Test func twoDevicesAreServedAtOnce() async throws {
    let host = try await TestHost()
    let other = try host.pairMore("other glasses")
    let first = try await host.glassesSession()
    let second = try await host.glassesSession(other)
    try await first.greet()
    try await second.greet()
    try await first.send(.typed(TypedQuestion(turn: 1, text: "first")))
    try await second.send(.typed(TypedQuestion(turn: 1, text: "second")))
    async let a = first.messages(through: 1)
    async let b = second.messages(through: 1)
    let (heardByFirst, heardBySecond) = await (a, b)
    #expect(heardByFirst.first == .transcript(Transcript(turn: 1, text: "first", isFinal: true)))
    #expect(heardBySecond.first == .transcript(Transcript(turn: 1, text: "second", isFinal: true)))
    await host.server.shutDown()
  }

  @Test func aSecondSessionOfTheSameGlassesEndsTheFirst() async throws {
    let host = try await TestHost()
    let first = try await host.glassesSession()
    try await first.greet()
    let second = try await host.glassesSession()
    try await second.greet()
    #expect(await first.next() == .message(.refused(Refused(reason: "the glasses began another session"))))
    await host.server.shutDown()
  }

  @Test func moreSessionsThanAllowedAreRefused() async throws {
    var limits = TestHost.patient
    limits.sessions = 1
    let host = try await TestHost(limits: limits)
    let other = try host.pairMore("other glasses")
    let first = try await host.glassesSession()
    try await first.greet()
    let second = try await host.glassesSession(other)
    let refused = Refused(reason: "there are 1 sessions already", isFull: true)
    #expect(await second.next { $0 == .message(.refused(refused)) } != nil)
    #expect(await second.end() == .peerClosed)
    #expect(await host.log.refusal() == "there are 1 sessions already")
    await host.server.shutDown()
  }

  @Test func forgettingEndsTheSessionAndTheNextIsRefused() async throws {
    let host = try await TestHost()
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    #expect(try host.store.remove(host.glasses.fingerprint))
    await host.server.checkPairings()
    #expect(await glasses.next() == .message(.refused(Refused(reason: "this device was forgotten at the host"))))
    #expect(await glasses.end() == .peerClosed)
    let again = try await host.glassesSession()
    #expect(await again.end() == .rejectedByPeer)
    await host.server.shutDown()
  }

  @Test func shuttingDownSaysWhy() async throws {
    let host = try await TestHost()
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    await host.server.shutDown()
    #expect(await glasses.next() == .message(.refused(Refused(reason: "the host is shutting down"))))
    #expect(await glasses.end() != nil)
  }
}
