import Engagement
import HAL
import Testing
import Units
import Wire

@testable import Runtime
@testable import SimBoard

/// What taps on the frame and a bent head do to the whole glasses.
@Suite struct MotionTests {
  private func history(_ stimulus: Stimulus) throws -> (states: [String], outcomes: [String], cards: [String]) {
    let rig = try Rig()
    rig.host.onMessage = answering(1)
    rig.at(1, stimulus)
    rig.at(1.2, .say(try Sound.speech(seconds: 1.2)))
    rig.run(until: 20)
    return (rig.states, rig.outcomes, rig.cards)
  }

  @Test func aTapAsksAsAShortPressDoes() throws {
    let pressed = try history(.press(.milliseconds(80)))
    let tapped = try history(.tap)
    #expect(tapped.states == pressed.states)
    #expect(tapped.outcomes == ["answered"] && pressed.outcomes == ["answered"])
    #expect(tapped.cards == pressed.cards)
  }

  @Test func aTapWakesAtOnceAndTheLightComesWithIt() throws {
    let rig = try Rig()
    rig.at(5, .tap)
    rig.check(at: 4.999) { #expect($0.state == .dormant && $0.deadline == nil) }
    rig.check(at: 5.1) { #expect($0.state == .engaged && $0.conductor.broker.level(of: .indicator) == 1) }
    rig.run(until: 6)
  }

  @Test func aTapStopsAnAnswer() throws {
    let rig = try Rig()
    rig.host.onMessage = answering(8)
    rig.at(1, .tap)
    rig.at(1.2, .say(try Sound.speech(seconds: 1.2)))
    rig.check(at: 6) { #expect($0.state == .presenting) }
    rig.at(6, .tap)
    rig.check(at: 6.2) { #expect($0.state == .dormant) }
    rig.run(until: 8)
    #expect(rig.outcomes == ["cancelled"])
  }

  @Test func unwornGlassesAreTappedInVain() throws {
    let rig = try Rig()
    rig.at(1, .wear(false))
    rig.at(5, .tap)
    rig.run(until: 8)
    #expect(!rig.states.contains("engaged"))
  }

  /// Both codes are equal only when the wearer says so on purpose.
  @Test func aTapAgreesToNoPairing() throws {
    func isPaired(after agreement: Stimulus) throws -> Bool {
      let rig = try Rig(paired: false, pairing: true)
      rig.at(1, .press(.milliseconds(3_500)))
      rig.check(at: 8) { glasses in
        #expect(glasses.state == .pairing)
        rig.host.confirmPairing(at: Instant(nanoseconds: 8_000_000_000))
      }
      rig.at(10, agreement)
      var isPaired = false
      rig.check(at: 15) { isPaired = $0.pairedHost != nil }
      rig.run(until: 16)
      return isPaired
    }
    #expect(try isPaired(after: .press(.milliseconds(80))))
    #expect(try !isPaired(after: .tap))
  }

  @Test func aBentHeadTakesAnAnswerAwayAndDoesNothingBefore() throws {
    let rig = try Rig()
    rig.host.onMessage = answering(8)
    rig.at(1, .tap)
    rig.at(1.2, .say(try Sound.speech(seconds: 1.2)))
    rig.at(1.5, .tilt)
    rig.check(at: 6) { #expect($0.state == .presenting) }
    rig.at(6, .tilt)
    rig.check(at: 6.2) { #expect($0.state == .dormant) }
    rig.at(8, .tilt)
    rig.run(until: 10)
    #expect(rig.outcomes == ["cancelled"])
  }

  @Test func howTheHeadIsHeldIsWatchedDuringATurnOnly() throws {
    let rig = try Rig()
    rig.host.onMessage = answering(2)
    let motion = try #require(rig.board.motion)
    rig.check(at: 0.9) { _ in #expect(!motion.isTiltWatched) }
    rig.at(1, .tap)
    rig.at(1.2, .say(try Sound.speech(seconds: 1.2)))
    rig.check(at: 1.1) { _ in #expect(motion.isTiltWatched) }
    rig.check(at: 5) { _ in #expect(motion.isTiltWatched) }
    rig.run(until: 30)
    #expect(rig.outcomes == ["answered"])
    #expect(!motion.isTiltWatched)
  }

  @Test func glassesWithoutAnAccelerometerWorkAsBefore() throws {
    let rig = try Rig(absent: [.motion])
    rig.host.onMessage = answering(1)
    rig.at(0.5, .tap)
    rig.at(1, .press(.milliseconds(80)))
    rig.at(1.2, .say(try Sound.speech(seconds: 1.2)))
    rig.run(until: 20)
    #expect(rig.outcomes == ["answered"])
  }
}
