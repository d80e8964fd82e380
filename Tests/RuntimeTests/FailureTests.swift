import Engagement
import HAL
import Overlay
import Testing
import Units

@testable import Runtime
@testable import Wire

/// What happens when a part is missing, fails, or the host does what it should not.
@Suite struct LightTests {
  @Test(arguments: [false, true]) func theLightIsOnBeforeTheMicrophoneStreamsAndOffAfterIt(armed: Bool) throws {
    let rig = try PlainRig { $0.listening.armedWhileWorn = armed }
    rig.press()
    rig.press()
    let journal = rig.board.journal.entries.filter { $0.hasPrefix("indicator") || $0.hasPrefix("microphone") }
    #expect(
      journal
        == (armed
          ? ["microphone start", "indicator on", "microphone period", "microphone period", "indicator off"]
          : ["indicator on", "microphone start", "microphone stop", "indicator off"]))
  }

  @Test func aLightThatGoesOutWhileTheWearerSpeaksEndsTheUpload() throws {
    let rig = try PlainRig()
    rig.press()
    rig.connect()
    for _ in 0..<10 { rig.hear(.milliseconds(20)) }
    let before = rig.audioPackets
    #expect(before == 10)
    rig.board.pins.isBroken = true
    for _ in 0..<10 { rig.hear(.milliseconds(20)) }
    #expect(rig.audioPackets == before)
    #expect(rig.board.journal.entries.contains("microphone stop"))
    #expect(rig.glasses.overlay.card?.title == "Not listening")
  }

  @Test func aLightThatCannotBeSeenIsSwitchedOff() throws {
    let rig = try PlainRig()
    rig.board.pins.isBroken = true
    rig.press()
    #expect(!rig.board.pins.isLit)
    #expect(!rig.board.journal.entries.contains("microphone start"))
  }

  @Test func noPictureIsTakenWhenTheLightHasGoneOut() throws {
    let rig = try PlainRig()
    rig.press()
    rig.connect()
    rig.board.pins.isBroken = true
    rig.host(.wantPicture(WantPicture(turn: 1)))
    #expect(!rig.board.journal.entries.contains("camera take"))
  }
}

@Suite struct FailingPartTests {
  @Test func soundFromBeforeAFailureIsNotSentAsPreRoll() throws {
    let rig = try PlainRig { $0.listening.armedWhileWorn = true }
    for _ in 0..<5 { rig.hear(.milliseconds(200)) }
    rig.board.journal.failing = ["microphone read"]
    rig.hear(.milliseconds(200))
    #expect(rig.glasses.state == .dormant)
    rig.board.journal.failing = []
    rig.wait(.seconds(60))
    rig.press()
    rig.connect()
    let began = rig.sent.compactMap { if case .turnBegan(let began) = $0 { began } else { nil } }
    #expect(began.map(\.preRollMilliseconds) == [0])
  }

  @Test func aDisplayThatFailsIsSwitchedOff() throws {
    let rig = try PlainRig()
    rig.board.journal.failing = ["display present"]
    rig.press()
    #expect(rig.board.journal.entries.contains("display on"))
    #expect(rig.board.display?.isOn == false)
    #expect(rig.glasses.conductor.leases.display.level == 0)
  }

  @Test(arguments: ["speaker start", "speaker write"]) func aSpeakerThatFailsLeavesTheAnswerInWords(failure: String) throws {
    let rig = try PlainRig()
    rig.board.journal.failing = [failure]
    rig.happen(.typed("hello"))
    rig.connect()
    rig.host(.answerText(AnswerText(turn: 1, text: "Good day.")))
    for packet in try Sound.packets(turn: 1, seconds: 1) { rig.host(packet) }
    rig.host(.turnEnded(TurnEnded(turn: 1)))
    #expect(rig.glasses.overlay.card == Card(.answer, title: "Answer", body: "Good day."))
    rig.wait(.seconds(10))
    #expect(rig.glasses.state == .dormant)
    #expect(rig.glasses.playback.count == 0)
    // It is tried anew in the next turn.
    rig.board.journal.failing = []
    #expect(rig.board.speaker?.isOn == false)
    rig.happen(.typed("again"))
    #expect(rig.board.speaker?.isOn == true)
  }

  @Test func withoutASpeakerNoSoundIsKept() throws {
    let rig = try PlainRig(without: [.speaker])
    rig.happen(.typed("hello"))
    rig.connect()
    for packet in try Sound.packets(turn: 1, seconds: 1) { rig.host(packet) }
    #expect(rig.glasses.playback.count == 0)
    rig.host(.turnEnded(TurnEnded(turn: 1)))
    #expect(rig.glasses.state == .dormant)
  }

  @Test func anAnswerInWordsAloneIsShown() throws {
    let rig = try PlainRig()
    rig.happen(.typed("hello"))
    rig.connect()
    rig.host(
      .answerText(AnswerText(turn: 1, text: "One.")), .answerText(AnswerText(turn: 1, text: "Two.")),
      .turnEnded(TurnEnded(turn: 1)))
    #expect(rig.glasses.overlay.card?.body == "One. Two.")
  }
}

@Suite struct TurnEdgeTests {
  @Test func nothingClaimsToListenAfterSilence() throws {
    let rig = try PlainRig()
    rig.press()
    rig.glasses.conductor.post(.nothingSaid)
    rig.glasses.settle(at: rig.board.clock)
    #expect(rig.glasses.state == .dormant)
    #expect(rig.glasses.overlay.card == nil)
    #expect(rig.board.display?.isOn == false)
  }

  @Test func aPictureOfATurnThatIsOverIsNotReportedInTheNext() throws {
    let rig = try PlainRig()
    rig.happen(.typed("look"))
    rig.connect()
    rig.host(.answerText(AnswerText(turn: 1, text: "Let me see.")), .wantPicture(WantPicture(turn: 1)))
    #expect(rig.board.journal.entries.contains("camera take"))
    rig.happen(.typed("never mind"))
    #expect(rig.glasses.engagement.turn == 2)
    rig.wait(.seconds(5))
    #expect(!rig.sent.contains { if case .pictureFailed = $0 { true } else { false } })
    #expect(rig.glasses.pictureDeadline == nil)
  }

  @Test func aTypedQuestionTakesTheOldAnswerAway() throws {
    let rig = try PlainRig()
    rig.happen(.typed("one"))
    rig.connect()
    rig.host(.card(CardContent(turn: 1, title: "One", body: "")), .turnEnded(TurnEnded(turn: 1)))
    #expect(rig.glasses.overlay.card?.kind == .answer)
    rig.happen(.typed("two"))
    #expect(rig.glasses.overlay.card == nil)
    let cancels = rig.sent.count { if case .cancel = $0 { true } else { false } }
    #expect(cancels == 0, "a turn that the host has ended is not cancelled")
  }

  @Test func theWaitingCardGoesWhenTheAnswerIsHeard() throws {
    let rig = try PlainRig()
    rig.press()
    rig.connect()
    rig.glasses.conductor.post(.speechEnded(.silence))
    rig.glasses.settle(at: rig.board.clock)
    #expect(rig.glasses.overlay.card?.title == "One moment")
    for packet in try Sound.packets(turn: 1, seconds: 0.2) { rig.host(packet) }
    #expect(rig.glasses.overlay.card == nil)
  }

  @Test func aHostThatWasSilentIsCalledAnew() throws {
    let rig = try PlainRig()
    rig.happen(.typed("hello"))
    rig.connect()
    #expect(rig.board.link.openings == 1)
    rig.wait(.seconds(60))
    #expect(rig.glasses.state != .thinking)
    rig.happen(.typed("hello?"))
    #expect(rig.board.link.openings == 2, "the old connection may be dead")
  }

  @Test func aHostWithAnotherKeyIsToldWhyItIsLeft() throws {
    let rig = try PlainRig(withAnother: true)
    rig.happen(.typed("hello"))
    rig.connect()
    #expect(rig.board.link.refusals == [.rejectedByPeer])
    #expect(rig.glasses.overlay.card?.title == "Host refused")
  }

  @Test func aTypedQuestionOfUnpairedGlassesSaysSo() throws {
    let rig = try PlainRig(paired: false)
    rig.happen(.typed("hello"))
    #expect(rig.glasses.overlay.card?.title == "Not paired")
  }
}

@Suite struct PairingEdgeTests {
  @Test func aNetworkThatComesBackIsTriedAnew() throws {
    let rig = try PlainRig(paired: false)
    rig.board.link.isCut = true
    rig.press(for: .milliseconds(3500))
    #expect(rig.glasses.state == .pairing)
    rig.wait(.seconds(5))
    rig.board.link.isCut = false
    rig.wait(.seconds(2))
    #expect(rig.board.link.openings == 1)
  }

  @Test func withoutADisplayNothingCanBeCompared() throws {
    let rig = try PlainRig(paired: false, without: [.display])
    rig.press(for: .milliseconds(3500))
    #expect(rig.glasses.state == .dormant)
    #expect(rig.board.link.openings == 0)
  }

  @Test func aPressBeforeTheDigitsStops() throws {
    let rig = try PlainRig(paired: false)
    rig.press(for: .milliseconds(3500))
    #expect(rig.glasses.state == .pairing)
    rig.press()
    #expect(rig.glasses.state == .dormant)
  }

  @Test func digitsThatAreNotSeenAnyMoreAreNotAgreedTo() throws {
    let rig = try Rig(paired: false, pairing: true)
    rig.at(1, .press(.milliseconds(3500)))
    rig.check(at: 6) { glasses in
      #expect(glasses.pairing?.digits != nil)
      rig.host.confirmPairing(at: glasses.board.now())
      rig.board.peerChanged()
    }
    // The digits are shown for a minute.
    rig.at(80, .press(.milliseconds(100)))
    rig.run(until: 90)
    #expect(!rig.glasses.isPaired)
  }

  @Test func howPairingInTheHandEndedCanBeRead() throws {
    let rig = try Rig(paired: false, pairing: true)
    rig.at(0.1, .wear(false))
    rig.at(2, .press(.milliseconds(3500)))
    rig.check(at: 7) { glasses in
      rig.host.confirmPairing(at: glasses.board.now())
      rig.board.peerChanged()
    }
    rig.at(8, .press(.milliseconds(100)))
    rig.check(at: 9) { glasses in
      #expect(glasses.state == .notWorn)
      #expect(glasses.overlay.card?.title == "Paired")
    }
    rig.check(at: 20) { glasses in
      #expect(glasses.overlay.card == nil)
      #expect(glasses.deadline == nil)
      #expect(glasses.conductor.broker.level(of: .display) == 0)
    }
    rig.run(until: 21)
  }
}
