import HAL
import Testing
import Units

@testable import Wake

/// Numbers that depend only on the seed (SplitMix64, public domain algorithm by Steele, Lea and Flood).
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

func milliseconds(_ value: Int64) -> Instant { Instant(nanoseconds: value * 1_000_000) }

/// Plays edges (milliseconds, level) with ticks at every deadline, then runs on to `end`.
func play(_ machine: inout ButtonGestures, _ edges: [(Int64, Bool)], until end: Int64) -> [(Int64, Gesture)] {
  var heard: [(Int64, Gesture)] = []
  var now = Instant.zero
  func tickTo(_ instant: Instant, _ machine: inout ButtonGestures) {
    while let due = machine.deadline, due <= instant {
      now = max(now, due)
      if let gesture = machine.handle(.tick, at: now) { heard.append((now.nanoseconds / 1_000_000, gesture)) }
    }
    now = instant
  }
  for (time, level) in edges {
    tickTo(milliseconds(time), &machine)
    if let gesture = machine.handle(.edge(active: level, at: milliseconds(time)), at: milliseconds(time)) {
      heard.append((time, gesture))
    }
  }
  tickTo(milliseconds(end), &machine)
  return heard
}

@Suite struct ButtonGesturesTests {
  @Test func aPressIsReportedAtItsDebouncedDownEdge() {
    var machine = ButtonGestures()
    let heard = play(&machine, [(100, true), (250, false)], until: 10_000)
    #expect(heard.map(\.0) == [115, 265])
    #expect(heard.map(\.1) == [.down, .release(after: .milliseconds(150))])
    #expect(machine.deadline == nil)
  }

  @Test func aHoldIsReportedWhenItsTimeIsReachedAndStillEndsInARelease() {
    var machine = ButtonGestures()
    let heard = play(&machine, [(0, true), (4_000, false)], until: 10_000)
    #expect(heard.map(\.0) == [15, 3_000, 4_015])
    #expect(heard.map(\.1) == [.down, .hold, .release(after: .milliseconds(4_000))])
  }

  @Test func aReleaseJustBeforeTheHoldTimeIsNoHold() {
    var machine = ButtonGestures()
    let heard = play(&machine, [(0, true), (2_999, false)], until: 10_000)
    #expect(heard.map(\.1) == [.down, .release(after: .milliseconds(2_999))])
  }

  @Test func bounceAroundTheHoldTimeDelaysTheHoldButDoesNotLoseIt() {
    var machine = ButtonGestures()
    let heard = play(&machine, [(0, true), (2_995, false), (3_003, true), (5_000, false)], until: 10_000)
    #expect(heard.map(\.1) == [.down, .hold, .release(after: .milliseconds(5_000))])
    #expect(heard[1].0 == 3_003)
  }

  @Test func aGlitchShorterThanTheDebounceNeverHappened() {
    var machine = ButtonGestures()
    #expect(play(&machine, [(0, true), (14, false)], until: 1_000).isEmpty)
    #expect(!machine.isDown)
  }

  @Test func edgesDeliveredLateGiveTheSameGestures() {
    var machine = ButtonGestures()
    let late = milliseconds(9_000)
    #expect(machine.handle(.edge(active: true, at: milliseconds(0)), at: late) == nil)
    #expect(machine.handle(.edge(active: false, at: milliseconds(200)), at: late) == .down)
    #expect(machine.handle(.edge(active: true, at: milliseconds(400)), at: late) == .release(after: .milliseconds(200)))
    #expect(machine.handle(.edge(active: false, at: milliseconds(600)), at: late) == .down)
    #expect(machine.handle(.tick, at: late) == .release(after: .milliseconds(200)))
    #expect(machine.deadline == nil)
  }

  @Test func aLateHoldIsReportedByTicksBeforeItsRelease() {
    var machine = ButtonGestures()
    let late = milliseconds(9_000)
    _ = machine.handle(.edge(active: true, at: milliseconds(0)), at: late)
    #expect(machine.handle(.edge(active: false, at: milliseconds(4_000)), at: late) == .down)
    #expect(machine.handle(.tick, at: late) == .hold)
    #expect(machine.handle(.tick, at: late) == .release(after: .milliseconds(4_000)))
    #expect(machine.deadline == nil)
  }

  @Test func anEdgeThatOvertakesALateHoldDoesNotSwallowTheRelease() {
    var machine = ButtonGestures()
    let late = milliseconds(9_000)
    _ = machine.handle(.edge(active: true, at: milliseconds(0)), at: late)
    #expect(machine.handle(.edge(active: false, at: milliseconds(4_000)), at: late) == .down)
    #expect(machine.handle(.edge(active: true, at: milliseconds(5_000)), at: late) == .release(after: .milliseconds(4_000)))
    #expect(machine.handle(.tick, at: late) == .down)
  }

  @Test func aButtonThatIsDownAtTheStartSaysNothingUntilItWasUp() {
    var machine = ButtonGestures(ButtonTiming(), active: true)
    let heard = play(&machine, [(5_000, false), (6_000, true), (6_100, false)], until: 10_000)
    #expect(heard.map(\.1) == [.down, .release(after: .milliseconds(100))])
  }

  @Test(arguments: 0..<400) func everyNoisySequenceAlternatesAndEndsAsTheLineEnds(seed: Int) {
    var random = SeededNumbers(state: UInt64(seed))
    var machine = ButtonGestures()
    var time: Int64 = 0
    var edges: [(Int64, Bool)] = []
    var level = false
    for _ in 0..<Int.random(in: 1...60, using: &random) {
      time += Bool.random(using: &random) ? Int64.random(in: 0...20, using: &random) : Int64.random(in: 0...4_000, using: &random)
      level = Int.random(in: 0..<10, using: &random) == 0 ? level : !level
      edges.append((time, level))
    }
    let heard = play(&machine, edges, until: time + 10_000)
    var isDown = false
    var held = false
    for (_, gesture) in heard {
      switch gesture {
      case .down:
        #expect(!isDown)
        isDown = true
        held = false
      case .hold:
        #expect(isDown && !held)
        held = true
      case .release(let after):
        #expect(isDown && after >= .milliseconds(15))
        #expect(held == (after >= .milliseconds(3_000)))
        isDown = false
      }
    }
    #expect(isDown == level)
    #expect(machine.isDown == level)
    #expect(machine.deadline == nil)
  }

  @Test(arguments: 0..<200) func aCleanPressInsideBounceIsExactlyOnePress(seed: Int) {
    var random = SeededNumbers(state: UInt64(seed) &+ 77)
    var edges: [(Int64, Bool)] = []
    var time: Int64 = 100
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      edges.append((time, true))
      time += Int64.random(in: 0...7, using: &random)
      edges.append((time, false))
      time += Int64.random(in: 0...7, using: &random)
    }
    edges.append((time, true))
    let down = time
    time += Int64.random(in: 15...2_900, using: &random)
    let up = time
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      edges.append((time, false))
      time += Int64.random(in: 0...7, using: &random)
      edges.append((time, true))
      time += Int64.random(in: 0...7, using: &random)
    }
    edges.append((time, false))
    var machine = ButtonGestures()
    let heard = play(&machine, edges, until: time + 5_000)
    #expect(heard.count == 2)
    #expect(heard.first?.1 == .down)
    #expect(heard.first?.0 == down + 15)
    guard case .release(let after)? = heard.last?.1 else {
      Issue.record("no release")
      return
    }
    #expect(after == .milliseconds(time - down) || after == .milliseconds(up - down))
  }
}

@Suite struct WearDetectorTests {
  @Test func putOnCountsAfter300MillisecondsAndTakenOffAfter800() {
    var wear = WearDetector()
    #expect(wear.handle(.edge(active: true, at: milliseconds(0)), at: milliseconds(0)) == nil)
    #expect(wear.deadline == milliseconds(300))
    #expect(wear.handle(.tick, at: milliseconds(299)) == nil)
    #expect(wear.handle(.tick, at: milliseconds(300)) == .putOn)
    _ = wear.handle(.edge(active: false, at: milliseconds(1_000)), at: milliseconds(1_000))
    #expect(wear.deadline == milliseconds(1_800))
    #expect(wear.handle(.tick, at: milliseconds(1_799)) == nil)
    #expect(wear.handle(.tick, at: milliseconds(1_800)) == .takenOff)
    #expect(wear.deadline == nil)
  }

  @Test func adjustingTheGlassesIsNotTakingThemOff() {
    var wear = WearDetector(WearTiming(), worn: true)
    for (time, level) in [(0, false), (700, true), (900, false), (1_600, true)] as [(Int64, Bool)] {
      #expect(wear.handle(.edge(active: level, at: milliseconds(time)), at: milliseconds(time)) == nil)
    }
    #expect(wear.deadline == nil)
    #expect(wear.isWorn)
  }

  @Test(arguments: 0..<200) func noiseEndsAsTheLineEnds(seed: Int) {
    var random = SeededNumbers(state: UInt64(seed) &+ 1)
    var wear = WearDetector()
    var time: Int64 = 0
    var level = false
    var worn = false
    func take(_ change: WearChange?) {
      switch change {
      case .putOn?:
        #expect(!worn)
        worn = true
      case .takenOff?:
        #expect(worn)
        worn = false
      case nil: break
      }
    }
    for _ in 0..<50 {
      time += Int64.random(in: 0...1_200, using: &random)
      level = Bool.random(using: &random)
      if let due = wear.deadline, due <= milliseconds(time), Bool.random(using: &random) { take(wear.handle(.tick, at: due)) }
      take(wear.handle(.edge(active: level, at: milliseconds(time)), at: milliseconds(time)))
    }
    while let due = wear.deadline { take(wear.handle(.tick, at: due)) }
    #expect(worn == level)
    #expect(wear.isWorn == level)
  }
}
