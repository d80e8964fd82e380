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
    #expect(heard.map(\.0) == [15, 1_000, 3_000, 4_015])
    #expect(heard.map(\.1) == [.down, .long, .hold, .release(after: .milliseconds(4_000))])
  }

  @Test func aReleaseJustBeforeTheHoldTimeIsNoHold() {
    var machine = ButtonGestures()
    let heard = play(&machine, [(0, true), (2_999, false)], until: 10_000)
    #expect(heard.map(\.1) == [.down, .long, .release(after: .milliseconds(2_999))])
  }

  @Test func bounceAroundTheHoldTimeDelaysTheHoldButDoesNotLoseIt() {
    var machine = ButtonGestures()
    let heard = play(&machine, [(0, true), (2_995, false), (3_003, true), (5_000, false)], until: 10_000)
    #expect(heard.map(\.1) == [.down, .long, .hold, .release(after: .milliseconds(5_000))])
    #expect(heard[2].0 == 3_003)
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
    #expect(machine.handle(.tick, at: late) == .long)
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
    var wasLong = false
    var held = false
    for (_, gesture) in heard {
      switch gesture {
      case .down:
        #expect(!isDown)
        isDown = true
        wasLong = false
        held = false
      case .long:
        #expect(isDown && !wasLong)
        wasLong = true
      case .hold:
        #expect(isDown && wasLong && !held)
        held = true
      case .release(let after):
        #expect(isDown && after >= .milliseconds(15))
        #expect(wasLong == (after >= .milliseconds(1_000)))
        #expect(held == (after >= .milliseconds(3_000)))
        isDown = false
      case .presses: Issue.record("presses are not counted here")
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
    time += Int64.random(in: 15...950, using: &random)
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

/// Short presses that follow each other, on a board that counts them.
@Suite struct SeveralPressesTests {
  static let timing: ButtonTiming = {
    var timing = ButtonTiming()
    timing.multiple = .milliseconds(300)
    return timing
  }()

  private func presses(_ heard: [(Int64, Gesture)]) -> [(at: Int64, count: Int)] {
    heard.compactMap { entry in if case .presses(let count) = entry.1 { (entry.0, count) } else { nil } }
  }

  @Test func onePressIsCountedWhenNoOtherCame() {
    var machine = ButtonGestures(Self.timing)
    let heard = play(&machine, [(100, true), (200, false)], until: 5_000)
    #expect(heard.map(\.1) == [.down, .release(after: .milliseconds(100)), .presses(1)])
    #expect(heard.last?.0 == 500)
    #expect(machine.deadline == nil)
  }

  @Test func twoAndThreeAreToldApart() {
    var machine = ButtonGestures(Self.timing)
    #expect(presses(play(&machine, [(0, true), (80, false), (300, true), (380, false)], until: 5_000)).map(\.count) == [2])
    var other = ButtonGestures(Self.timing)
    let heard = play(
      &other, [(0, true), (80, false), (200, true), (280, false), (400, true), (480, false), (600, true), (680, false)],
      until: 5_000)
    #expect(presses(heard).map(\.count) == [3, 1], "the third is told at its release; the next begins anew")
    #expect(presses(heard).first?.at == 495)
  }

  @Test func aPressThatComesTooLateIsAnother() {
    var machine = ButtonGestures(Self.timing)
    let heard = play(&machine, [(0, true), (80, false), (381, true), (450, false)], until: 5_000)
    #expect(presses(heard).map(\.count) == [1, 1])
  }

  @Test func aLongPressEndsTheSeries() {
    var machine = ButtonGestures(Self.timing)
    let heard = play(&machine, [(0, true), (80, false), (200, true), (1_500, false)], until: 5_000)
    #expect(presses(heard).isEmpty)
    #expect(heard.contains { $0.1 == .long })
  }

  @Test func boardsThatDoNotCountWaitForNothing() {
    var machine = ButtonGestures()
    let heard = play(&machine, [(0, true), (80, false)], until: 95)
    #expect(heard.map(\.1) == [.down, .release(after: .milliseconds(80))])
    #expect(machine.deadline == nil)
  }

  /// What a person does, with a contact that bounces at each edge for less than the debounce time, is counted as it was done.
  @Test(arguments: 0..<300) func bounceChangesNoCount(seed: Int) {
    var random = SeededNumbers(state: UInt64(seed) &+ 4_711)
    var edges: [(Int64, Bool)] = []
    var time: Int64 = 50
    var expected: [Int] = []
    func bounce(to level: Bool) {
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        edges.append((time, level))
        time += Int64.random(in: 0...6, using: &random)
        edges.append((time, !level))
        time += Int64.random(in: 0...6, using: &random)
      }
      edges.append((time, level))
    }
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let count = Int.random(in: 1...3, using: &random)
      for press in 1...count {
        bounce(to: true)
        time += Int64.random(in: 20...600, using: &random)
        bounce(to: false)
        // Within the series a gap that stays short whatever bounces; after it one that is long.
        time += press < count ? Int64.random(in: 20...230, using: &random) : Int64.random(in: 400...900, using: &random)
      }
      expected.append(count)
    }
    var machine = ButtonGestures(Self.timing)
    let heard = play(&machine, edges, until: time + 5_000)
    #expect(presses(heard).map(\.count) == expected)
    #expect(machine.deadline == nil)
  }

  /// Whatever the line does: no count is out of range, and no more presses are counted than were released.
  @Test(arguments: 0..<300) func noiseCountsNothingTwice(seed: Int) {
    var random = SeededNumbers(state: UInt64(seed) &+ 99)
    var edges: [(Int64, Bool)] = []
    var time: Int64 = 0
    for index in 0..<Int.random(in: 1...80, using: &random) {
      time += Bool.random(using: &random) ? Int64.random(in: 0...20, using: &random) : Int64.random(in: 0...1_500, using: &random)
      edges.append((time, index % 2 == 0))
    }
    var machine = ButtonGestures(Self.timing)
    let heard = play(&machine, edges, until: time + 10_000)
    let counts = presses(heard).map(\.count)
    let short = heard.filter { entry in
      if case .release(let after) = entry.1 { after < .milliseconds(1_000) } else { false }
    }
    #expect(counts.allSatisfy { (1...3).contains($0) })
    #expect(counts.reduce(0, +) <= short.count)
    #expect(machine.deadline == nil)
  }
}

/// A board that counts two presses only: the second is told at once.
@Suite struct FewerPressesTests {
  @Test func theLastThatMeansSomethingIsToldAtItsRelease() {
    var machine = ButtonGestures(SeveralPressesTests.timing, most: 2)
    let heard = play(&machine, [(0, true), (80, false), (200, true), (280, false)], until: 5_000)
    #expect(heard.last?.0 == 295)
    #expect(heard.last?.1 == .presses(2))
  }

  @Test func nothingIsWaitedForWhereOnePressIsAll() {
    var machine = ButtonGestures(SeveralPressesTests.timing, most: 1)
    let heard = play(&machine, [(0, true), (80, false)], until: 95)
    #expect(heard.map(\.1) == [.down, .release(after: .milliseconds(80))])
    #expect(machine.deadline == nil)
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
