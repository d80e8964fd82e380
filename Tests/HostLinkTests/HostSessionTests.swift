import Assistant
import Testing
import Units
import Wire

@testable import HostLink

/// The session as a pure value: who may say what when.
@Suite struct HostSessionTests {
  @Test(
    arguments: [
      ([.typed(TypedQuestion(turn: 1, text: "early"))], "the first message was not a hello"),
      ([.hello(Hello(version: 2))], "protocol version 2 is not spoken here (only 1): update the older side"),
      ([.hello(Hello(deviceName: String(repeating: "x", count: 65)))], "a device name over 64 bytes"),
      ([.hello(Hello()), .hello(Hello())], "a second hello"),
      ([.hello(Hello()), .audio(AudioPacket(turn: 1, sequence: 0, opus: [1]))], "sound for turn 1, which never began"),
      ([.hello(Hello()), .cancel(CancelTurn(turn: 3))], "a cancel for turn 3, which never began"),
      ([.hello(Hello()), .turnBegan(TurnBegan(turn: 0))], "turn 0 after turn 0"),
      ([.hello(Hello()), .turnBegan(TurnBegan(turn: 2)), .turnBegan(TurnBegan(turn: 2))], "turn 2 after turn 2"),
      (
        [.hello(Hello()), .typed(TypedQuestion(turn: 1, text: String(repeating: "x", count: 4097)))],
        "a typed question over 4096 bytes"
      ),
      (
        [.hello(Hello()), .turnBegan(TurnBegan(turn: 1)), .audio(AudioPacket(turn: 1, sequence: 0, opus: []))],
        "a sound packet of 0 bytes (1 to 1275 are taken)"
      ),
      ([.hello(Hello()), .turnBegan(TurnBegan(turn: 1)), sound(5), sound(4)], "sound out of order"),
      ([.hello(Hello()), .turnBegan(TurnBegan(turn: 1)), sound(6000)], "a question longer than 120.0 seconds"),
      (
        [.hello(Hello()), .turnBegan(TurnBegan(turn: 1)), .endOfSpeech(EndOfSpeech(turn: 1)), sound(1)],
        "sound after the end of speech"
      ),
      (
        [
          .hello(Hello()), .turnBegan(TurnBegan(turn: 1)), .endOfSpeech(EndOfSpeech(turn: 1)), .endOfSpeech(EndOfSpeech(turn: 1)),
        ],
        "a second end of speech"
      ),
      ([.hello(Hello()), .turnBegan(TurnBegan(turn: 1)), .picture(piece(0, 1, of: 1))], "a picture that was not asked for"),
      (
        [.hello(Hello()), .turnBegan(TurnBegan(turn: 1)), .pictureFailed(PictureFailed(turn: 1, cause: 1))],
        "a failed picture that was not asked for"
      ),
    ] as [([DeviceMessage], String)])
  func illegalMessagesCloseWithAReason(_ messages: [DeviceMessage], _ reason: String) {
    var session = HostSession(limits: HostLimits(), hostName: "host", at: .zero)
    var closed: [String] = []
    for message in messages {
      for action in session.handle(.message(message), at: .zero) {
        if case .close(let reason) = action { closed.append(reason) }
      }
    }
    #expect(closed == [reason])
    #expect(session.state == .closed)
    #expect(session.deadline(at: .zero) == nil)
    #expect(session.handle(.message(.hello(Hello())), at: .zero).isEmpty, "nothing happens after the end")
  }

  @Test func lateMessagesOfAnEndedTurnAreIgnored() {
    var session = greeted()
    _ = session.handle(.message(.turnBegan(TurnBegan(turn: 1))), at: .zero)
    _ = session.handle(.report(turn: 1, .ended(.failed("no recogniser"))), at: .zero)
    #expect(session.state == .idle)
    for message in [sound(0), .endOfSpeech(EndOfSpeech(turn: 1)), .picture(piece(0, 1, of: 1))] {
      #expect(session.handle(.message(message), at: .zero).isEmpty)
    }
    _ = session.handle(.message(.typed(TypedQuestion(turn: 2, text: "next"))), at: .zero)
    #expect(session.handle(.report(turn: 1, .answer("late")), at: .zero).isEmpty, "an old turn's report is dropped")
    #expect(session.state == .answering)
  }

  @Test func gapsInTheSoundAreCounted() {
    var session = greeted()
    _ = session.handle(.message(.turnBegan(TurnBegan(turn: 1))), at: .zero)
    let lost = [0, 1, 5].flatMap { session.handle(.message(sound($0)), at: .zero) }.compactMap { action -> Int? in
      if case .hear(let lost, _) = action { lost } else { nil }
    }
    #expect(lost == [0, 0, 3])
  }

  @Test func theAssistantLearnsOnceHowMuchWasHeard() {
    var session = greeted()
    _ = session.handle(.message(.typed(TypedQuestion(turn: 1, text: "question"))), at: .zero)
    _ = session.handle(.report(turn: 1, .ended(.answered)), at: .zero)
    let cancel = DeviceMessage.cancel(CancelTurn(turn: 1, heardMilliseconds: 700))
    let heard = (0..<2).flatMap { _ in session.handle(.message(cancel), at: .zero) }.compactMap { action -> Duration? in
      if case .cancel(1, let heard) = action { heard } else { nil }
    }
    #expect(heard == [.milliseconds(700)])
  }

  @Test func aLostLinkCancelsWithTheBestGuess() {
    var session = greeted()
    _ = session.handle(.message(.typed(TypedQuestion(turn: 1, text: "question"))), at: .zero)
    _ = session.handle(.report(turn: 1, .speech(Array(repeating: [1], count: 50))), at: .zero)
    let actions = session.handle(.lost, at: Instant.zero + .milliseconds(400))
    guard case .cancel(1, let heard) = actions.first else { return #expect(Bool(false), "no cancel") }
    #expect(heard == .milliseconds(400))
  }

  @Test func aPeerThatDoesNotReadIsClosed() {
    var session = greeted()
    _ = session.handle(.writable(false), at: .zero)
    let due = session.deadline(at: .zero)
    #expect(due == Instant.zero + .seconds(10))
    let early = session.handle(.tick, at: Instant.zero + .seconds(9))
    #expect(early.isEmpty)
    let reasons = session.handle(.tick, at: Instant.zero + .seconds(10)).compactMap { action -> String? in
      if case .close(let reason) = action { reason } else { nil }
    }
    #expect(reasons == ["the glasses did not read for 10.0 seconds"])
  }

  @Test func speechWaitsWhileThePeerDoesNotRead() {
    var session = greeted()
    _ = session.handle(.message(.typed(TypedQuestion(turn: 1, text: "question"))), at: .zero)
    _ = session.handle(.writable(false), at: .zero)
    #expect(sent(session.handle(.report(turn: 1, .speech([[1], [2]])), at: .zero)).isEmpty)
    #expect(session.speechBacklog == .milliseconds(40))
    #expect(sent(session.handle(.writable(true), at: .zero)).count == 2)
    #expect(session.deadline(at: .zero) == nil)
  }

  @Test func unknownMessagesAreSurvivedUpToALimit() {
    var limits = HostLimits()
    limits.unknownMessages = 2
    var session = HostSession(limits: limits, hostName: "host", at: .zero)
    _ = session.handle(.message(.hello(Hello())), at: .zero)
    _ = session.handle(.unknownMessage, at: .zero)
    _ = session.handle(.unknownMessage, at: .zero)
    #expect(session.state == .idle)
    _ = session.handle(.unknownMessage, at: .zero)
    #expect(session.state == .closed)
  }

  @Test func aFailedPictureGoesOnWithTheReason() {
    var session = greeted()
    _ = session.handle(.message(.typed(TypedQuestion(turn: 1, text: "read this"))), at: .zero)
    _ = session.handle(.report(turn: 1, .wantPicture), at: .zero)
    #expect(session.state == .answering)
    let inputs = session.handle(.message(.pictureFailed(PictureFailed(turn: 1, cause: 1))), at: .zero)
    guard case .feed(.pictureFailed(let reason)) = inputs.first else { return #expect(Bool(false), "no input") }
    #expect(reason == "the glasses have no camera")
    #expect(session.state == .answering)
  }

  @Test func aPictureMayComeWhileTheWearerSpeaks() {
    var session = greeted()
    _ = session.handle(.message(.turnBegan(TurnBegan(turn: 1))), at: .zero)
    #expect(sent(session.handle(.report(turn: 1, .wantPicture), at: .zero)) == [.wantPicture(WantPicture(turn: 1))])
    #expect(session.state == .hearing)
    _ = session.handle(.message(.picture(piece(0, 1, of: 2))), at: .zero)
    _ = session.handle(.message(sound(0)), at: .zero)
    _ = session.handle(.message(.endOfSpeech(EndOfSpeech(turn: 1))), at: .zero)
    let inputs = session.handle(.message(.picture(piece(1, 1, of: 2))), at: .zero).filter {
      if case .feed(.picture) = $0 { true } else { false }
    }
    #expect(inputs.count == 1)
    #expect(session.state == .answering)
  }

  @Test func anAnnouncedPictureNeedsNotBeAskedFor() {
    var session = greeted()
    let begun = session.handle(.message(.turnBegan(TurnBegan(turn: 1, pictureFollows: true))), at: .zero)
    #expect(begun.contains { if case .feed(.pictureFollows) = $0 { true } else { false } })
    let inputs = session.handle(.message(.picture(piece(0, 1, of: 1))), at: .zero)
    #expect(inputs.contains { if case .feed(.picture) = $0 { true } else { false } })
    _ = session.handle(.message(.picture(piece(0, 1, of: 1))), at: .zero)
    #expect(session.state == .closed, "one was announced")
  }

  @Test func theGlassesAreToldThatTheWordsSoundFinishedOnlyWhileTheyListen() {
    var session = greeted()
    _ = session.handle(.message(.turnBegan(TurnBegan(turn: 1))), at: .zero)
    #expect(sent(session.handle(.report(turn: 1, .soundsFinished), at: .zero)) == [.soundsFinished(SoundsFinished(turn: 1))])
    _ = session.handle(.message(.endOfSpeech(EndOfSpeech(turn: 1, reason: .host))), at: .zero)
    #expect(sent(session.handle(.report(turn: 1, .soundsFinished), at: .zero)).isEmpty)
  }

  @Test func clocksThatAreStatedAreEchoed() {
    var session = greeted()
    let now = Instant.zero + .milliseconds(7)
    let begun = session.handle(.message(.turnBegan(TurnBegan(turn: 1, clockMicroseconds: 5))), at: now)
    #expect(sent(begun) == [.clockEcho(ClockEcho(clockMicroseconds: 5, hostMicroseconds: 7000))])
    let ended = session.handle(.message(.endOfSpeech(EndOfSpeech(turn: 1, clockMicroseconds: 6))), at: now)
    #expect(sent(ended) == [.clockEcho(ClockEcho(clockMicroseconds: 6, hostMicroseconds: 7000))])
    #expect(
      sent(session.handle(.message(.turnBegan(TurnBegan(turn: 2))), at: now)).allSatisfy {
        if case .clockEcho = $0 { false } else { true }
      })
  }

  @Test(
    arguments: [
      ([piece(0, 1, of: 0)], "a picture of 0 bytes (1 to 8388608 are taken)"),
      ([piece(0, 1, of: 8_388_609)], "a picture of 8388609 bytes (1 to 8388608 are taken)"),
      ([piece(1, 1, of: 4)], "a piece of a picture at 1 where 0 was next"),
      ([piece(0, 2, of: 4), piece(1, 2, of: 4)], "a piece of a picture at 1 where 2 was next"),
      ([piece(0, 5, of: 4)], "a piece of 5 bytes that does not fit its picture"),
      ([piece(0, 0, of: 4)], "a piece of 0 bytes that does not fit its picture"),
      ([piece(0, 2, of: 4), piece(2, 2, of: 5)], "pieces of two different pictures"),
      ([piece(0, 2, of: 4, format: 9)], "a picture in unknown format 9"),
      ([piece(0, 2, of: 4, rotation: 45)], "a picture turned by 45 degrees"),
    ])
  func brokenPicturesAreRefused(_ pieces: [PictureChunk], _ reason: String) {
    var picture = PictureAssembler(limit: HostLimits().pictureBytes)
    let last = pieces.map { picture.add($0) }.last
    #expect(last == .illegal(reason))
  }

  @Test func speechIsSentTwoSecondsAhead() {
    var pacer = SpeechPacer(ahead: .seconds(2))
    for sequence in 0..<150 { pacer.add(.speech(AudioPacket(turn: 1, sequence: UInt32(sequence), opus: [1]))) }
    pacer.add(.turnEnded(TurnEnded(turn: 1)))
    #expect(pacer.take(at: .zero).count == 100)
    #expect(pacer.due(at: .zero) == Instant.zero + .milliseconds(20))
    #expect(pacer.take(at: Instant.zero + .milliseconds(19)).isEmpty)
    #expect(pacer.take(at: Instant.zero + .milliseconds(20)).count == 1)
    #expect(pacer.heard(at: Instant.zero + .milliseconds(500)) == .milliseconds(500))
    // The last packet and, right behind it, the end.
    #expect(pacer.take(at: Instant.zero + .seconds(1)).count == 50)
    #expect(pacer.isEmpty)
  }

  @Test func aPauseInTheSpeechIsNotMadeUpFor() {
    var pacer = SpeechPacer(ahead: .milliseconds(40))
    let packet = HostMessage.speech(AudioPacket(turn: 1, sequence: 0, opus: [1]))
    pacer.add(packet)
    #expect(pacer.take(at: .zero).count == 1)
    for _ in 0..<3 { pacer.add(packet) }
    // A second later the glasses' buffer is empty: two packets fill it, not fifty.
    #expect(pacer.take(at: Instant.zero + .seconds(1)).count == 2)
  }

  private func greeted() -> HostSession {
    var session = HostSession(limits: HostLimits(), hostName: "host", at: .zero)
    _ = session.handle(.message(.hello(Hello())), at: .zero)
    return session
  }

  private func sent(_ actions: [HostSession.Action]) -> [HostMessage] {
    actions.compactMap { if case .send(let message) = $0 { message } else { nil } }
  }
}

private func sound(_ sequence: UInt32) -> DeviceMessage {
  .audio(AudioPacket(turn: 1, sequence: sequence, opus: [1]))
}

private func piece(_ offset: UInt32, _ count: Int, of total: UInt32, format: UInt32 = 1, rotation: UInt32 = 0) -> PictureChunk {
  PictureChunk(
    turn: 1, format: format, rotation: rotation, offset: offset, totalBytes: total, bytes: [UInt8](repeating: 7, count: count))
}
