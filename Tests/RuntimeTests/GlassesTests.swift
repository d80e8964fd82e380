import Engagement
import Foundation
import HAL
import SimBoard
import Testing
import Units

@testable import Runtime
@testable import Wire

@Suite struct GlassesTests {
  @Test func aQuestionIsAnsweredAndTheGlassesSleepAgain() throws {
    let rig = try Rig()
    rig.host.onMessage = answering(1)
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1.2)))
    rig.check(at: 20) { glasses in
      #expect(glasses.state == .dormant)
      #expect(glasses.deadline == nil, "nothing may wake sleeping glasses")
      #expect(glasses.conductor.broker.level(of: .microphone) == 0)
      #expect(glasses.conductor.broker.level(of: .indicator) == 0)
      #expect(glasses.conductor.broker.level(of: .display) == 0)
      #expect(glasses.conductor.broker.leaseCount == 1, "only the parked link is held")
    }
    rig.run(until: 21)
    #expect(rig.states == ["notWorn", "dormant", "engaged", "thinking", "presenting", "dormant", "notWorn"])
    #expect(rig.outcomes == ["answered"])
    #expect(rig.cards == ["Listening", "One moment", "Time"])
    #expect(rig.marks("first_sample").count == 1)
    let audio = rig.host.received.filter { if case .audio = $0 { true } else { false } }
    // 0.5 s until speech, 1.2 s of it, 0.6 s of silence: about 115 packets of 20 ms.
    #expect((100...125).contains(audio.count))
    #expect(rig.host.received.contains { if case .endOfSpeech(let end) = $0 { end.reason == .silence } else { false } })
    #expect(rig.marks("turn_energy").first?.contains("display_uj") == true)
  }

  /// The host knows what time it is where the wearer is; a board with a clock of its own goes by that.
  @Test(arguments: [false, true]) func quietHoursGoByTheHostsTime(boardTells: Bool) throws {
    let rig = try Rig { description in
      description.listening.armedWhileWorn = true
      description.quiet = QuietHours(from: LocalTime(hour: 22, minute: 0), to: LocalTime(hour: 7, minute: 0))
    }
    let answer = answering(1)
    rig.host.onMessage = { host, message, now in
      guard case .hello = message else { return answer(host, message, now) }
      host.send([.welcome(Welcome(hostName: "host", localTime: LocalTime(hour: 23, minute: 0)))], at: now)
    }
    if boardTells { rig.at(1, .time(LocalTime(hour: 12, minute: 0))) }
    rig.at(2, .press(.milliseconds(100)))
    rig.at(2.5, .say(try Sound.speech(seconds: 1.2)))
    rig.check(at: 25) { #expect($0.state == (boardTells ? .armed : .dormant)) }
    rig.run(until: 26)
    #expect(rig.marks("quiet_begins").count == (boardTells ? 0 : 1))
  }

  @Test func theSameRunGivesTheSameTrace() throws {
    func trace() throws -> [String] {
      let rig = try Rig()
      rig.host.onMessage = answering(1)
      rig.at(1, .press(.milliseconds(100)))
      rig.at(1.5, .say(try Sound.speech(seconds: 1.2)))
      rig.run(until: 21)
      return rig.trace
    }
    #expect(try trace() == trace())
  }

  @Test func preRollOfArmedGlassesReachesTheHost() throws {
    let rig = try Rig { $0.listening.armedWhileWorn = true }
    rig.host.onMessage = answering(0.5)
    rig.at(2.2, .say(try Sound.speech(seconds: 1.5)))
    rig.at(3, .press(.milliseconds(100)))
    rig.run(until: 20)
    let began = rig.host.received.compactMap { message -> TurnBegan? in
      if case .turnBegan(let began) = message { began } else { nil }
    }
    #expect(began.first?.preRollMilliseconds ?? 0 >= 800)
    #expect(rig.states.contains("armed"))
    #expect(rig.outcomes == ["answered"])
  }

  @Test func aDarkIndicatorMeansNoCapture() throws {
    let rig = try Rig()
    rig.host.onMessage = answering(1)
    rig.at(0.5, .indicatorStuck(true))
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1.2)))
    rig.at(12, .indicatorStuck(false))
    rig.at(13, .press(.milliseconds(100)))
    rig.at(13.5, .say(try Sound.speech(seconds: 1.2)))
    rig.run(until: 30)
    #expect(rig.outcomes == ["failed", "answered"])
    #expect(rig.cards.contains("Not listening"))
    let first = rig.host.received.filter { if case .audio(let packet) = $0 { packet.turn == 1 } else { false } }
    #expect(first.isEmpty, "nothing may leave the device while the light is dark")
    #expect(rig.marks("microphone_open").count == 1)
  }

  @Test func takingOffSilencesTheAnswerAndTellsTheHost() throws {
    let rig = try Rig()
    rig.host.onMessage = answering(6)
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1)))
    rig.at(5, .wear(false))
    rig.check(at: 5.9) { #expect($0.state == .notWorn) }
    rig.run(until: 8)
    #expect(rig.outcomes == ["cancelled"])
  }

  @Test func aPressStopsTheAnswerAndSaysHowMuchWasHeard() throws {
    let rig = try Rig()
    var ended: UInt32?
    let answer = answering(6)
    rig.host.onMessage = { host, message, now in
      // This host goes on talking: it never ends the turn.
      if case .endOfSpeech(let end) = message { ended = end.turn }
      if case .endOfSpeech(let end) = message, let sound = try? Sound.packets(turn: end.turn, seconds: 6) {
        host.send(sound, at: now + .milliseconds(300))
      } else {
        answer(host, message, now)
      }
    }
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1)))
    rig.at(5.5, .press(.milliseconds(100)))
    rig.run(until: 8)
    #expect(ended == 1)
    let cancel = rig.host.received.compactMap { message -> CancelTurn? in
      if case .cancel(let cancel) = message { cancel } else { nil }
    }
    #expect(cancel.first?.reason == .button)
    // Sound began after about 3.5 s.
    #expect((1500...2500).contains(cancel.first?.heardMilliseconds ?? 0))
    #expect(rig.outcomes == ["cancelled"])
  }

  @Test func aHostThatGoesAwayIsToldAndFoundAgain() throws {
    let rig = try Rig()
    var turns = 0
    rig.host.onMessage = { host, message, now in
      if case .turnBegan = message { turns += 1 }
      if turns == 1, case .endOfSpeech = message {
        host.send([], at: now + .milliseconds(100), thenClose: true)
      } else {
        answering(1)(host, message, now)
      }
    }
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1)))
    rig.at(20, .press(.milliseconds(100)))
    rig.at(20.5, .say(try Sound.speech(seconds: 1)))
    rig.run(until: 40)
    #expect(rig.outcomes == ["failed", "answered"])
    #expect(rig.cards.contains("Connection lost"))
    #expect(rig.marks("link_down").count >= 1)
  }

  @Test func aHostThatForgotTheGlassesRefuses() throws {
    let rig = try Rig(hostAccepts: false)
    rig.at(1, .press(.milliseconds(100)))
    rig.run(until: 15)
    #expect(rig.outcomes == ["failed"])
    #expect(rig.host.received.isEmpty)
    #expect(rig.cards.contains("Host refused"))
  }

  @Test func unpairedGlassesSayWhatToDo() throws {
    let rig = try Rig(paired: false)
    rig.at(1, .press(.milliseconds(100)))
    rig.run(until: 15)
    #expect(rig.outcomes == ["failed"])
    #expect(rig.cards.contains("Not paired"))
  }

  @Test func silenceEndsTheTurn() throws {
    let rig = try Rig()
    rig.host.onMessage = answering(1)
    rig.at(1, .press(.milliseconds(100)))
    rig.check(at: 9) { #expect($0.state == .dormant) }
    rig.run(until: 10)
    #expect(rig.outcomes == ["nothingSaid"])
  }

  /// The words are spoken from 1.5 s to 2.5 s, the last of them to about 2.46 s.
  @Test(arguments: [(2.0, nil), (2.55, nil), (2.8, 2.8), (9, nil)] as [(Double, Double?)])
  func theHostEndsTheQuestionOnlyInASilence(says: Double, ends: Double?) throws {
    let rig = try Rig()
    var ended: (EndReason, Instant)?
    let answer = answering(1)
    rig.host.onMessage = { host, message, now in
      if case .turnBegan(let began) = message {
        host.send([.soundsFinished(SoundsFinished(turn: began.turn))], at: .zero + .milliseconds(Int64(says * 1000)))
      }
      if case .endOfSpeech(let end) = message { ended = (end.reason, now) }
      answer(host, message, now)
    }
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1)))
    rig.run(until: 20)
    let (reason, at) = try #require(ended)
    #expect(reason == (ends == nil ? .silence : .host))
    let expected = ends ?? 3.06
    #expect(abs(Double(at.nanoseconds) / 1e9 - expected) < 0.08)
    #expect(rig.outcomes == ["answered"])
  }

  @Test func clocksAreComparedWithTheHosts() throws {
    let rig = try Rig()
    let answer = answering(1)
    rig.host.onMessage = { host, message, now in
      if case .endOfSpeech(let end) = message {
        let there = UInt64(now.nanoseconds / 1000) + 5_000_000
        host.send([.clockEcho(ClockEcho(clockMicroseconds: end.clockMicroseconds, hostMicroseconds: there))], at: now)
      }
      answer(host, message, now)
    }
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1)))
    rig.run(until: 20)
    let clock = try #require(rig.marks("clock").first)
    let number = { (name: String) in
      clock.firstMatch(of: try! Regex("\"\(name)\":(-?[0-9]+)")).flatMap { Int($0.output[1].substring!) }
    }
    let (offset, uncertainty) = (try #require(number("host_minus_glasses_us")), try #require(number("uncertainty_us")))
    #expect(uncertainty >= 0 && abs(offset - 5_000_000) <= uncertainty + 1)
    #expect(rig.marks("clock").count == 1)
  }

  @Test func aSilentHostIsNotWaitedForWithoutEnd() throws {
    let rig = try Rig()
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1)))
    rig.run(until: 40)
    #expect(rig.outcomes == ["timedOut"])
    #expect(rig.cards.contains("No answer"))
  }

  @Test func remindersComeWithoutALink() throws {
    let rig = try Rig()
    rig.host.onMessage = { host, message, now in
      if case .endOfSpeech = message {
        host.send([.reminder(Reminder(identifier: 1, afterMilliseconds: 60_000, title: "Timer", body: "Tea"))], at: now)
      }
      answering(0.5)(host, message, now)
    }
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1)))
    rig.at(30, .network(false))
    rig.check(at: 40) { #expect($0.deadline != nil) }
    rig.check(at: 90) { #expect($0.deadline == nil) }
    rig.run(until: 100)
    #expect(rig.cards.last == "Timer")
  }

  @Test func nothingIsShownOrWaitedForAfterATurnInWhichNothingWasSaid() throws {
    let rig = try Rig()
    rig.at(1, .press(.milliseconds(100)))
    rig.check(at: 3) { #expect($0.deadline != nil) }
    rig.check(at: 12) { #expect($0.deadline == nil) }
    rig.run(until: 13)
    #expect(rig.outcomes == ["nothingSaid"])
  }

  @Test func aMissingPictureIsSaidToTheHost() throws {
    let rig = try Rig()
    rig.host.onMessage = { host, message, now in
      if case .endOfSpeech(let end) = message { host.send([.wantPicture(WantPicture(turn: end.turn))], at: now) }
      if case .pictureFailed(let failed) = message {
        host.send(
          [.answerText(AnswerText(turn: failed.turn, text: "I see nothing.")), .turnEnded(TurnEnded(turn: failed.turn))], at: now)
      }
    }
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1)))
    rig.run(until: 20)
    #expect(rig.host.received.contains { if case .pictureFailed = $0 { true } else { false } })
    #expect(rig.outcomes == ["answered"])
  }

  /// There is no camera to speak of on this board, so that its failure follows.
  @Test(arguments: [false, true]) func aPictureIsTakenAtTheWakeWhenTheBoardFileSaysSo(atWake: Bool) throws {
    let rig = try Rig { $0.camera.takesAtWake = atWake }
    rig.host.onMessage = answering(1)
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1)))
    rig.run(until: 20)
    #expect(rig.host.received.contains { if case .turnBegan(let began) = $0 { began.pictureFollows } else { false } } == atWake)
    let kinds = rig.host.received.compactMap { message -> String? in
      switch message {
      case .picture, .pictureFailed: "picture"
      case .endOfSpeech: "end of speech"
      default: nil
      }
    }
    #expect(kinds == (atWake ? ["picture", "end of speech"] : ["end of speech"]))
    #expect(rig.outcomes == ["answered"])
  }

  @Test func aTypedQuestionIsATurnOfItsOwn() throws {
    let rig = try Rig()
    rig.host.onMessage = { host, message, now in
      guard case .typed(let question) = message else { return }
      host.send(
        [.answerText(AnswerText(turn: question.turn, text: "Noon.")), .turnEnded(TurnEnded(turn: question.turn))], at: now)
    }
    rig.at(1, .type("what time is it"))
    rig.run(until: 20)
    #expect(rig.outcomes == ["answered"])
    #expect(rig.host.received.contains(.typed(TypedQuestion(turn: 1, text: "what time is it"))))
    // The typed question begins the turn at the host; a second beginning would be refused there.
    #expect(!rig.host.received.contains { if case .turnBegan = $0 { true } else { false } })
    #expect(!rig.marks("microphone_open").contains { _ in true })
  }

  @Test func shuttingDownInATurnEndsIt() throws {
    let rig = try Rig()
    rig.host.onMessage = answering(6)
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1)))
    rig.run(until: 4.5)
    #expect(rig.outcomes == ["cancelled"])
    #expect(rig.glasses.conductor.broker.leaseCount == 0)
  }
}

@Suite struct PairingTests {
  @Test func aHoldComparesDigitsAndPairs() throws {
    let rig = try Rig(paired: false, pairing: true)
    rig.at(1, .press(.milliseconds(3500)))
    rig.check(at: 6) { glasses in
      #expect(glasses.pairing?.digits != nil)
      #expect(glasses.pairing?.digits == rig.host.pairing?.digits, "both sides show the same digits")
      rig.host.confirmPairing(at: glasses.board.now())
      rig.board.peerChanged()
    }
    rig.at(7, .press(.milliseconds(100)))
    rig.check(at: 9) { #expect($0.isPaired) }
    rig.run(until: 20)
    #expect(rig.marks("paired").count == 1)
    #expect(rig.states.contains("pairing"))
    #expect(try rig.board.storage.load(Pairing.recordName) != nil)
  }

  @Test func nothingIsKeptWithoutAPress() throws {
    let rig = try Rig(paired: false, pairing: true)
    rig.at(1, .press(.milliseconds(3500)))
    rig.check(at: 6) { glasses in
      rig.host.confirmPairing(at: glasses.board.now())
      rig.board.peerChanged()
    }
    rig.run(until: 200)
    #expect(!rig.glasses.isPaired)
    #expect(try rig.board.storage.load(Pairing.recordName) == nil)
    #expect(rig.marks("pairing_failed").count >= 1)
  }
}
