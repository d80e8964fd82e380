import Engagement
import HAL
import Power
import SimBoard
import Testing
import Units

@testable import Runtime
@testable import Wire

private let kept: PartLevels = PartLevels(.link, Level.linkParked).union(PartLevels(.display, Level.on))

/// Standby for a short rest, suspend for a long one; a parked link and a card survive both.
private func idling(_ description: inout BoardDescription) {
  description.power.parts.append(
    PartPower(part: .processor, levels: [.milliwatts(200), .milliwatts(250), .milliwatts(450)]))
  description.power.idle = [
    IdleLevel(
      .standby, power: .milliwatts(60), entryLatency: .milliseconds(25), exitLatency: .milliseconds(40),
      transition: Nanojoules(17_000_000), sustains: kept),
    IdleLevel(
      .suspend, power: .milliwatts(14), entryLatency: .milliseconds(300), exitLatency: .milliseconds(171),
      transition: Nanojoules(118_000_000), sustains: kept),
  ]
}

@Suite struct GlassesIdleTests {
  @Test func withNothingToDoTheSystemIsSuspendedWithoutATimer() throws {
    let rig = try PlainRig(description: idling)
    rig.happen(.edge(.wear, active: true, at: .zero))
    rig.wait(.seconds(5))
    rig.board.event = .batteryChanged(BatteryReading(charge: Percent(50), voltage: Millivolts(3800), isCharging: false))
    rig.glasses.step()
    #expect(rig.glasses.deadline == nil)
    #expect(rig.board.idling == .suspend)
  }

  @Test func whoListensKeepsTheProcessorUp() throws {
    let rig = try PlainRig {
      idling(&$0)
      $0.listening.armedWhileWorn = true
    }
    rig.happen(.edge(.wear, active: true, at: .zero))
    rig.wait(.seconds(5))
    #expect(rig.glasses.state == .armed)
    #expect(rig.glasses.latencyClaims.tightest == .milliseconds(200))
    rig.hear(.milliseconds(200))
    #expect(rig.board.idling == .wait)
  }

  @Test func anEngagedPairClaimsToAnswerAtOnce() throws {
    let rig = try PlainRig(description: idling)
    rig.happen(.edge(.wear, active: true, at: .zero))
    rig.wait(.seconds(5))
    #expect(rig.glasses.latencyClaims.tightest == nil)
    rig.happen(.edge(.button, active: true, at: rig.board.clock))
    #expect(rig.glasses.latencyClaims.tightest == .milliseconds(100), "a finger is down")
    rig.wait(.milliseconds(50))
    #expect(rig.glasses.state == .engaged)
    #expect(rig.glasses.latencyClaims.tightest == .milliseconds(20))
  }

  /// From the button to the open microphone, with the way out of suspend in it; sound from then on reaches the host.
  @Test func theWearerIsHeardOnceTheSystemIsUp() throws {
    let rig = try Rig(description: idling)
    rig.host.onMessage = answering(0.5)
    rig.at(30, .press(.milliseconds(80)))
    rig.at(30.2, .say(try Sound.speech(seconds: 2)))
    rig.run(until: 60)
    #expect(rig.outcomes == ["answered"])
    // Suspended since long: 171 ms, within which the button has settled.
    #expect(rig.marks("microphone_open").first?.contains("\"ts\":30171000.000") == true, "\(rig.marks("microphone_open"))")
    let spells = rig.marks("idled")
    #expect(spells.contains { $0.contains("\"kind\":\"suspend\"") })
    let energy = rig.glasses.energy
    let down = energy.use(ofIdle: .suspend)
    #expect(down.entries > 0 && down.time > .seconds(40))
    #expect(energy.energy(of: .processor, at: rig.board.now()) < Nanojoules(.milliwatts(200), over: .seconds(60)))
  }

  /// Presses at random around the moment at which the glasses go to sleep again: each engages them.
  @Test func aWakeAroundSuspendIsNeverLost() throws {
    var random: UInt64 = 3
    let rig = try Rig(paired: false, description: idling)
    var presses = 0
    var time = 20.0
    while presses < 300 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // Without a host the card of the failure stands for eight seconds; then the system goes down.
      time += 8.25 + Double((random >> 33) % 1_000) / 1_000
      rig.at(time, .press(.milliseconds(30)))
      presses += 1
    }
    rig.run(until: time + 30)
    #expect(rig.marks("turn").filter { $0.contains("\"ph\":\"B\"") }.count == presses)
    #expect(rig.glasses.energy.use(ofIdle: .suspend).aborted > 0, "some came on the way in")
  }
}
