import Engagement
import HAL
import Power
import Testing
import Units

@testable import Runtime
@testable import Wire

/// Parts that take their time to come up and to go down.
@Suite struct SettlingTests {
  private func journal(_ rig: PlainRig, of parts: Part...) -> [String] {
    rig.board.journal.entries.filter { entry in parts.contains { entry.hasPrefix("\($0.name)") } }
  }

  @Test func theMicrophoneWaitsForALightThatTakesItsTime() throws {
    let rig = try PlainRig()
    rig.board.slow = [.indicator]
    rig.press()
    #expect(rig.glasses.state == .engaged)
    #expect(journal(rig, of: .indicator, .microphone) == ["indicator on"])
    rig.settle(.indicator)
    #expect(journal(rig, of: .indicator, .microphone) == ["indicator on", "microphone start"])
  }

  @Test func aLightThatIsDarkWhenItShouldBeUpRefusesTheCapture() throws {
    let rig = try PlainRig()
    rig.board.slow = [.indicator]
    rig.board.pins.isBroken = true
    rig.press()
    rig.settle(.indicator)
    #expect(journal(rig, of: .indicator, .microphone) == ["indicator on", "indicator off"])
    #expect(rig.glasses.overlay.card?.title == "Not listening")
  }

  /// The link comes up, and the wearer is told that the glasses listen, while the microphone is still on its way.
  @Test func aSlowMicrophoneHoldsUpNothingElse() throws {
    let rig = try PlainRig()
    rig.board.slow = [.microphone]
    rig.press()
    rig.connect()
    #expect(rig.glasses.overlay.card?.title == "Listening")
    #expect(rig.glasses.conductor.broker.level(of: .link) == Level.linkActive)
    rig.hear(.milliseconds(20))
    #expect(rig.audioPackets == 0, "nothing is read of a microphone that is not there")
    rig.settle(.microphone)
    rig.hear(.milliseconds(40))
    #expect(rig.audioPackets == 2, "what it heard from its first sample on is sent")
  }

  /// What was heard while the light came up is not lost: the microphone listens locally meanwhile.
  @Test func speechThatOverlapsASlowLightIsSent() throws {
    let rig = try PlainRig {
      $0.listening.armedWhileWorn = true
      $0.power.parts = [PartPower(part: .indicator, levels: [.zero, .zero], rises: [.zero, .milliseconds(600)])]
    }
    for _ in 0..<5 { rig.hear(.milliseconds(200)) }
    rig.board.slow = [.indicator]
    rig.press()
    rig.connect()
    for _ in 0..<3 { rig.hear(.milliseconds(200)) }
    #expect(rig.audioPackets == 0)
    rig.settle(.indicator)
    rig.hear(.milliseconds(20))
    // 1000 ms of pre-roll, 600 ms while the light came up, 20 ms after that, in packets of 20 ms.
    #expect(rig.audioPackets == (1000 + 600 + 20) / 20)
  }

  @Test func aMicrophoneThatNeverComesIsGivenUp() throws {
    let rig = try PlainRig()
    rig.board.slow = [.microphone]
    rig.press()
    #expect(rig.glasses.conductor.broker.deadline != nil)
    rig.wait(PowerFigures.settlingGrace)
    #expect(rig.glasses.overlay.card?.title == "Not listening")
    #expect(journal(rig, of: .microphone) == ["microphone start", "microphone stop"])
    #expect(!rig.board.pins.isLit)
    rig.wait(.seconds(60))
    #expect(rig.glasses.deadline == nil, "no timer is left")
    #expect(rig.glasses.conductor.broker.leaseCount == 0)
  }

  @Test func aDeadlineOfTheBoardFileHolds() throws {
    let rig = try PlainRig {
      $0.power.parts = [PartPower(part: .microphone, levels: [.zero, .zero], deadlines: [.zero, .zero, .milliseconds(300)])]
    }
    rig.board.slow = [.microphone]
    rig.press(for: .milliseconds(200))
    #expect(rig.glasses.state == .engaged)
    rig.wait(.milliseconds(100))
    #expect(rig.glasses.overlay.card?.title == "Not listening")
  }

  /// One press stops; the next is heard while the microphone is still on its way down, and it is not waited for until it is off.
  @Test func aPressWhileTheMicrophoneGoesDownIsNotLost() throws {
    let rig = try PlainRig()
    rig.press()
    rig.board.slow = [.microphone]
    rig.press()
    #expect(rig.glasses.state == .dormant)
    #expect(rig.board.pins.isLit, "the light stays until the microphone is off")
    rig.press()
    #expect(rig.glasses.state == .engaged)
    rig.settle(.microphone)
    #expect(
      journal(rig, of: .indicator, .microphone)
        == ["indicator on", "microphone start", "microphone stop", "microphone start"])
    #expect(rig.glasses.conductor.broker.level(of: .microphone) == Level.microphoneStreaming)
  }

  @Test func aMicrophoneThatIsNotWantedAnyMoreIsStoppedOnItsWayUp() throws {
    let rig = try PlainRig()
    rig.board.slow = [.microphone]
    rig.press()
    rig.press()
    #expect(journal(rig, of: .microphone) == ["microphone start", "microphone stop"])
    #expect(rig.board.pins.isLit)
    rig.settle(.microphone)
    #expect(!rig.board.pins.isLit)
    #expect(rig.glasses.conductor.broker.deadline == nil)
  }

  @Test func thePictureWaitsForTheCamera() throws {
    let rig = try PlainRig()
    rig.press()
    rig.connect()
    rig.board.slow = [.camera]
    rig.host(.wantPicture(WantPicture(turn: 1)))
    #expect(journal(rig, of: .camera) == ["camera on"])
    rig.settle(.camera)
    #expect(journal(rig, of: .camera) == ["camera on", "camera take"])
  }
}
