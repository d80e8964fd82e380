import Assistant
import Testing
import Units
import Wire

@testable import HostLink

/// A session that loses its connection in a turn, as a pure value.
@Suite struct SessionResumptionTests {
  private func begun(_ limits: HostLimits = HostLimits()) -> HostSession {
    var session = HostSession(limits: limits, hostName: "host", number: 7, at: .zero)
    _ = session.handle(.message(.hello(Hello(canResume: true))), at: .zero)
    _ = session.handle(.message(.turnBegan(TurnBegan(turn: 1))), at: .zero)
    return session
  }

  private func sent(_ actions: [HostSession.Action]) -> [HostMessage] {
    actions.compactMap { if case .send(let message) = $0 { message } else { nil } }
  }

  private func sound(_ sequence: UInt32) -> DeviceMessage { .audio(AudioPacket(turn: 1, sequence: sequence, opus: [1])) }

  @Test func theWelcomeNamesTheSession() {
    var session = HostSession(limits: HostLimits(), hostName: "host", number: 7, at: .zero)
    #expect(
      sent(session.handle(.message(.hello(Hello(canResume: true))), at: .zero)) == [
        .welcome(Welcome(hostName: "host", session: 7))
      ])
    var older = HostSession(limits: HostLimits(), hostName: "host", number: 7, at: .zero)
    #expect(sent(older.handle(.message(.hello(Hello())), at: .zero)) == [.welcome(Welcome(hostName: "host"))])
  }

  @Test func theTurnWaitsAndGoesOn() {
    var session = begun()
    for sequence in 0..<3 { _ = session.handle(.message(sound(UInt32(sequence))), at: .zero) }
    _ = session.handle(.report(turn: 1, .transcript("what", isFinal: false)), at: .zero)
    #expect(session.handle(.lost, at: .zero).isEmpty, "nothing is cancelled")
    #expect(session.isSuspended && session.state == .hearing)
    // The recogniser goes on meanwhile; what it says waits.
    #expect(sent(session.handle(.report(turn: 1, .transcript("what time", isFinal: false)), at: .zero)).isEmpty)
    let back = sent(session.handle(.resumed(received: 0), at: .zero))
    // One beginning and three packets have arrived.
    #expect(back.first == .welcome(Welcome(hostName: "host", session: 7, resumed: true, received: 4)))
    #expect(
      Array(back.dropFirst()) == [
        .transcript(Transcript(turn: 1, text: "what", isFinal: false)),
        .transcript(Transcript(turn: 1, text: "what time", isFinal: false)),
      ])
    #expect(!session.isSuspended)
  }

  @Test func onlyWhatHasNotArrivedIsSentAgain() {
    var session = begun()
    _ = session.handle(.message(.endOfSpeech(EndOfSpeech(turn: 1))), at: .zero)
    _ = session.handle(.report(turn: 1, .transcript("what time is it", isFinal: true)), at: .zero)
    _ = session.handle(.report(turn: 1, .answer("It is noon.")), at: .zero)
    _ = session.handle(.lost, at: .zero)
    let back = sent(session.handle(.resumed(received: 1), at: .zero))
    #expect(Array(back.dropFirst()) == [.answerText(AnswerText(turn: 1, text: "It is noon."))])
    // And not a second time, when the connection is lost again after they have said that they have it.
    _ = session.handle(.message(.received(Received(count: 2))), at: .zero)
    _ = session.handle(.lost, at: .zero)
    #expect(sent(session.handle(.resumed(received: 2), at: .zero)).count == 1)
  }

  @Test func whatIsSentAgainIsCountedOnce() {
    var session = begun()
    _ = session.handle(.report(turn: 1, .transcript("a", isFinal: false)), at: .zero)
    for _ in 0..<3 {
      _ = session.handle(.lost, at: .zero)
      #expect(sent(session.handle(.resumed(received: 0), at: .zero)).count == 2)
    }
    _ = session.handle(.message(.received(Received(count: 1))), at: .zero)
    #expect(session.state == .hearing)
    let closing = session.handle(.message(.received(Received(count: 2))), at: .zero)
    #expect(sent(closing).contains(.refused(Refused(reason: "it claims to have what was never sent"))))
  }

  @Test func aPictureThatWasUnderWayIsAskedForAnew() {
    var session = begun()
    _ = session.handle(.message(.endOfSpeech(EndOfSpeech(turn: 1))), at: .zero)
    _ = session.handle(.report(turn: 1, .wantPicture), at: .zero)
    _ = session.handle(.message(.picture(PictureChunk(turn: 1, format: 1, totalBytes: 4, bytes: [1, 2]))), at: .zero)
    _ = session.handle(.lost, at: .zero)
    let back = sent(session.handle(.resumed(received: 1), at: .zero))
    #expect(Array(back.dropFirst()) == [.wantPicture(WantPicture(turn: 1))])
    let whole = session.handle(
      .message(.picture(PictureChunk(turn: 1, format: 1, totalBytes: 4, bytes: [1, 2, 3, 4]))), at: .zero)
    #expect(whole.contains { if case .feed(.picture) = $0 { true } else { false } })
  }

  @Test func whoDoesNotComeBackIsGivenUp() {
    var session = begun()
    _ = session.handle(.lost, at: .zero)
    let due = session.deadline(at: .zero)
    #expect(due == Instant.zero + HostLimits().resumption)
    let actions = session.handle(.tick, at: due ?? .zero)
    #expect(actions.contains { if case .cancel(turn: 1, _) = $0 { true } else { false } })
    #expect(session.state == .closed)
  }

  @Test func betweenTurnsThereIsNothingToWaitFor() {
    var session = HostSession(limits: HostLimits(), hostName: "host", number: 7, at: .zero)
    _ = session.handle(.message(.hello(Hello(canResume: true))), at: .zero)
    _ = session.handle(.lost, at: .zero)
    #expect(session.state == .closed && !session.isSuspended)
  }

  @Test func glassesThatCannotComeBackAreNotWaitedFor() {
    var session = HostSession(limits: HostLimits(), hostName: "host", number: 7, at: .zero)
    _ = session.handle(.message(.hello(Hello())), at: .zero)
    _ = session.handle(.message(.turnBegan(TurnBegan(turn: 1))), at: .zero)
    let actions = session.handle(.lost, at: .zero)
    #expect(actions.contains { if case .cancel(turn: 1, _) = $0 { true } else { false } })
    #expect(session.state == .closed)
  }

  @Test func theGlassesAreToldWhatHasArrived() {
    var limits = HostLimits()
    limits.acknowledgeEvery = 10
    var session = begun(limits)
    var told: [UInt32] = []
    for sequence in 0..<25 {
      for case .received(let received) in sent(session.handle(.message(sound(UInt32(sequence))), at: .zero)) {
        told.append(received.count)
      }
    }
    #expect(told == [10, 20])
  }
}
