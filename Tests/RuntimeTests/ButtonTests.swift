import Engagement
import HAL
import SimBoard
import Testing
import Units
import Wire

@testable import Runtime

/// What the button's gestures do to the whole glasses.
@Suite struct ButtonTests {
  private func questions(_ rig: Rig) -> [String] {
    rig.host.received.compactMap { if case .typed(let question) = $0 { question.text } else { nil } }
  }

  private func ends(_ rig: Rig) -> [EndReason] {
    rig.host.received.compactMap { if case .endOfSpeech(let end) = $0 { end.reason } else { nil } }
  }

  private func packets(_ rig: Rig) -> Int {
    rig.host.received.filter { if case .audio = $0 { true } else { false } }.count
  }

  /// The light is on from the first moment, because the microphone could be heard; but what becomes the privacy hold has told nobody anything.
  @Test func aPressThatBecomesThePrivacyHoldSendsNothing() throws {
    let rig = try Rig()
    rig.host.onMessage = answering(1)
    // A link that stands already would take it at once.
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1.2)))
    rig.at(20, .say(try Sound.speech(seconds: 3)))
    rig.check(at: 20.4) { _ in #expect(self.packets(rig) > 50) }
    var before = 0
    rig.check(at: 20.5) { _ in before = self.packets(rig) }
    rig.at(21, .press(.milliseconds(1_500)))
    rig.check(at: 21.5) { #expect($0.state == .engaged && $0.conductor.broker.level(of: .indicator) == 1) }
    rig.run(until: 30)
    #expect(rig.marks("privacy_on").count == 1)
    #expect(packets(rig) == before)
  }

  @Test func whatWasHeldBackIsSentWhenThePressIsShort() throws {
    let rig = try Rig()
    rig.host.onMessage = answering(1)
    rig.at(1.02, .say(try Sound.speech(seconds: 1.5)))
    rig.at(1, .press(.milliseconds(800)))
    rig.check(at: 1.75) { _ in #expect(self.packets(rig) == 0) }
    rig.run(until: 20)
    #expect(rig.outcomes == ["answered"])
    // 1.5 s of speech and 0.6 s of silence, nothing of it lost.
    #expect((95...125).contains(packets(rig)))
  }

  @Test func holdToTalkEndsWithTheReleaseAndNotWithAPause() throws {
    let rig = try Rig {
      $0.gestures.long = .talk
      $0.button.longPress = .milliseconds(400)
    }
    rig.host.onMessage = answering(1)
    rig.at(1.2, .say(try Sound.speech(seconds: 0.8)))
    rig.at(4, .say(try Sound.speech(seconds: 0.8)))
    rig.at(1, .press(.milliseconds(4_500)))
    rig.check(at: 5.4) { #expect($0.state == .engaged) }
    rig.run(until: 25)
    #expect(ends(rig) == [.button])
    #expect(rig.outcomes == ["answered"])
    #expect((210...240).contains(packets(rig)), "from the press to the release")
  }

  @Test func aPressThatNeverEndsAsksNoLongerThanTheLongestQuestion() throws {
    let rig = try Rig {
      $0.gestures.long = .talk
      $0.listening.longestUtterance = .seconds(5)
    }
    rig.host.onMessage = answering(1)
    rig.at(1, .press(.seconds(60)))
    rig.check(at: 20) { #expect($0.deadline == nil, "a stuck button keeps nothing awake") }
    rig.run(until: 70)
    #expect(ends(rig) == [.longest])
    #expect(rig.outcomes == ["answered"])
  }

  @Test func aTurnThatEndsWhileTheButtonIsHeldLeavesNothingBehind() throws {
    let rig = try Rig {
      $0.gestures.long = .talk
      $0.gestures.double = .privacy
    }
    rig.at(1, .press(.seconds(4)))
    rig.at(3, .wear(false))
    rig.check(at: 10) { glasses in
      #expect(glasses.state == .notWorn)
      #expect(glasses.talkUntil == nil && !glasses.intents.isTalking)
      #expect(glasses.deadline == nil)
    }
    rig.run(until: 11)
    #expect(rig.outcomes == ["cancelled"])
  }

  @Test func lookAndRepeatAskWithoutAWord() throws {
    for (action, text) in [(ButtonAction.look, Phrases.look), (.repeat, Phrases.again)] {
      let rig = try Rig {
        $0.gestures.double = action
        $0.button.multiple = .milliseconds(300)
      }
      rig.host.onMessage = { host, message, now in
        guard case .typed(let question) = message else { return }
        host.send(
          [.answerText(AnswerText(turn: question.turn, text: "Done.")), .turnEnded(TurnEnded(turn: question.turn))], at: now)
      }
      rig.at(1, .press(.milliseconds(80)))
      rig.at(1.2, .press(.milliseconds(80)))
      rig.run(until: 20)
      #expect(questions(rig) == [text])
      #expect(rig.outcomes == ["cancelled", "answered"])
      let asked = rig.host.received.contains { if case .audio(let packet) = $0 { packet.turn > 1 } else { false } }
      #expect(!asked, "only the first press of the two has listened")
    }
  }

  @Test func theWakeWordCanBeSwitchedOffAndStaysOff() throws {
    let rig = try Rig {
      $0.listening.armedWhileWorn = true
      $0.gestures.double = .wakeWord
      $0.button.multiple = .milliseconds(300)
    }
    for time in [1, 1.2] { rig.at(time, .press(.milliseconds(80))) }
    rig.check(at: 5) { glasses in
      #expect(glasses.state == .dormant)
      #expect((try? glasses.board.storage.load(WakeWordOff.recordName)) != nil)
    }
    rig.at(6, .wear(false))
    rig.at(8, .wear(true))
    rig.check(at: 10) { #expect($0.state == .dormant) }
    for time in [11, 11.2] { rig.at(time, .press(.milliseconds(80))) }
    rig.check(at: 12) { #expect($0.state == .armed) }
    rig.run(until: 13)
    #expect(rig.marks("wake_word_off").count == 1)
    #expect(rig.marks("wake_word_on").count == 1)
  }

  @Test func aLongPressOfGlassesWithoutAHostOnlyPairs() throws {
    let rig = try Rig(paired: false, pairing: true) {
      $0.gestures.long = .talk
      $0.gestures.double = .privacy
    }
    rig.at(1, .press(.milliseconds(3_500)))
    rig.check(at: 5) { #expect($0.state == .pairing) }
    rig.run(until: 6)
    #expect(rig.marks("hold_to_talk").isEmpty)
  }
}
