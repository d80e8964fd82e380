import HAL
import Testing
import Units
import Workloads

@testable import Power

private func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

private let all: PartLevels = {
  var levels = PartLevels.none
  for part in Part.allCases { levels[part] = 3 }
  return levels
}()

/// Wait at 100 mW; standby at 40 mW; suspend at 14 mW with a resume of 171 ms (AM62L's figures, which count the processor's rails alone)
/// and half a second to get there.
private let levels = [
  IdleLevel(.wait, power: .milliwatts(100), sustains: all),
  IdleLevel(
    .standby, power: .milliwatts(40), entryLatency: .milliseconds(5), exitLatency: .milliseconds(15),
    transition: Nanojoules(4_000_000), sustains: PartLevels(.link, 1).union(PartLevels(.microphone, 1))),
  IdleLevel(
    .suspend, power: .milliwatts(14), entryLatency: .milliseconds(500), exitLatency: .milliseconds(171),
    transition: Nanojoules(200_000_000), sustains: .none),
]

@Suite struct IdleGovernorTests {
  private let governor = IdleGovernor(levels: levels)

  @Test func residenciesFollowFromTheEnergies() throws {
    // Standby: 4 mJ − 40 mW × 20 ms = 3.2 mJ more, 60 mW less: 53.4 ms.
    #expect(governor.residencies[1] == .nanoseconds(53_333_334))
    // Suspend against standby: 200 − 14 × 0.671 = 190.606 mJ against 3.2 mJ, 26 mW less: 7.2079… s.
    #expect(try #require(governor.residencies[2]).milliseconds == 7_207)
  }

  @Test func itSleepsAsDeepAsTheNextWorkAllows() {
    let free = LatencyClaims()
    func choose(_ next: Int64?) -> IdleGovernor.Decision {
      governor.choose(at: at(0), nextWake: next.map { at($0) }, parts: .none, claims: free)
    }
    #expect(choose(50).kind == .wait)
    #expect(choose(50).wakeAt == at(50))
    #expect(choose(54).kind == .standby)
    #expect(choose(54).wakeAt == at(54 - 15), "early enough to be out in time")
    #expect(choose(7_300).kind == .suspend)
    #expect(choose(7_300).wakeAt == at(7_300 - 171))
    #expect(choose(nil) == .init(level: 2, kind: .suspend, wakeAt: nil), "nothing scheduled: no timer")
    #expect(choose(-5) == .init(level: 0, kind: .wait, wakeAt: at(-5)))
  }

  @Test func aClaimKeepsSlowLevelsAway() {
    var claims = LatencyClaims()
    claims.set(.milliseconds(100), for: .turn)
    claims.set(.milliseconds(300), for: .pairing)
    #expect(claims.tightest == .milliseconds(100))
    #expect(governor.choose(at: at(0), nextWake: nil, parts: .none, claims: claims).kind == .standby)
    claims.set(.milliseconds(10), for: .sound)
    #expect(governor.choose(at: at(0), nextWake: nil, parts: .none, claims: claims).kind == .wait)
    claims.set(nil, for: .turn)
    claims.set(nil, for: .sound)
    #expect(claims.tightest == .milliseconds(300))
    // An event that comes when suspending has just begun is answered after both ways: 671 ms.
    #expect(governor.choose(at: at(0), nextWake: nil, parts: .none, claims: claims).kind == .standby)
  }

  @Test func whatIsUpStaysUp() {
    let free = LatencyClaims()
    #expect(governor.choose(at: at(0), nextWake: nil, parts: PartLevels(.link, 1), claims: free).kind == .standby)
    #expect(governor.choose(at: at(0), nextWake: nil, parts: PartLevels(.link, 2), claims: free).kind == .wait)
  }

  @Test func whatIsLikelyToHappenCountsButSetsNoTimer() {
    let decision = governor.choose(at: at(0), nextWake: nil, expected: at(1_000), parts: .none, claims: LatencyClaims())
    #expect(decision == .init(level: 1, kind: .standby, wakeAt: nil))
  }

  @Test func aLevelThatNeverPaysIsNeverChosen() {
    let useless = IdleLevel(.standby, power: .milliwatts(120), sustains: all)
    let governor = IdleGovernor(levels: [levels[0], useless, levels[2]])
    #expect(governor.residencies[1] == nil)
    #expect(governor.choose(at: at(0), nextWake: at(1_000), parts: .none, claims: LatencyClaims()).level == 0)
    #expect(governor.choose(at: at(0), nextWake: at(100_000), parts: .none, claims: LatencyClaims()).level == 2)
  }

  /// Over random figures: what is chosen for a known idle time costs no more than any shallower level, and is over in time.
  @Test func theChoiceNeverCostsMoreThanAShallowerLevel() {
    var random = SeededRandom(seed: 11)
    for _ in 0..<2_000 {
      var levels = [IdleLevel(.wait, power: Microwatts(Int64.random(in: 1...500_000, using: &random)), sustains: all)]
      for kind in [IdleKind.standby, .suspend] {
        levels.append(
          IdleLevel(
            kind, power: Microwatts(Int64.random(in: 0...500_000, using: &random)),
            entryLatency: random.duration(.zero ... .milliseconds(600)),
            exitLatency: random.duration(.zero ... .milliseconds(600)),
            transition: Nanojoules(Int64.random(in: 0...500_000_000, using: &random)), sustains: all))
      }
      let idle = random.duration(.zero ... .seconds(30))
      let decision = IdleGovernor(levels: levels).choose(at: at(0), nextWake: .zero + idle, parts: .none, claims: LatencyClaims())
      func cost(_ level: IdleLevel) -> Int64 {
        let resting = idle - level.entryLatency - level.exitLatency
        return level.transition.value + (resting > .zero ? Nanojoules(level.power, over: resting).value : 0)
      }
      let chosen = levels[decision.level]
      #expect(decision.wakeAt! + chosen.exitLatency <= .zero + idle)
      #expect(decision.level == 0 || chosen.entryLatency + chosen.exitLatency <= idle)
      // A nanojoule for each rounding.
      let paying = levels[..<decision.level].filter { $0.entryLatency + $0.exitLatency <= idle }
      #expect(paying.allSatisfy { cost(chosen) <= cost($0) + 2 })
    }
  }
}
