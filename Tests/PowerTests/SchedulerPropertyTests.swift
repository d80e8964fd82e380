import Foundation
import HAL
import Power
import Testing
import Units
import Workloads

/// What must hold for every workload; each function says what is wrong, or nil.
private enum Property {
  static func promises(_ example: SchedulingCase, _ replay: Replay, partsComeUp: Bool) -> String? {
    var runs: [WorkIdentifier: [Replay.Run]] = [:]
    for run in replay.runs { runs[run.identifier, default: []].append(run) }
    for request in example.workload.requests {
      let item = request.item
      let mine = runs[item.identifier] ?? []
      if mine.count > 1 { return "\(item.identifier) ran twice" }
      if replay.refusals[item.identifier] != nil {
        if !mine.isEmpty { return "\(item.identifier) was refused and ran" }
        continue
      }
      guard let run = mine.first else {
        if let cancelled = request.cancelled, cancelled <= item.deadline { continue }
        return "\(item.identifier) was accepted and never ran"
      }
      if run.at > item.deadline { return "\(item.identifier) missed its deadline" }
      if run.at < item.earliest || run.at < request.at { return "\(item.identifier) ran too early" }
      if let cancelled = request.cancelled, run.at >= cancelled { return "\(item.identifier) ran after it was cancelled" }
      if partsComeUp && !run.hasParts { return "\(item.identifier) ran without its parts" }
    }
    return replay.isRestless ? "something is left over" : nil
  }

  static func refusalsAreTrue(_ example: SchedulingCase, _ replay: Replay, rises: RiseTimes) -> String? {
    for request in example.workload.requests {
      let item = request.item
      let mustRefuse: WorkRefusal? =
        if item.deadline < item.earliest || item.tolerance < .zero {
          .emptyWindow
        } else if item.deadline < request.at {
          .pastDeadline
        } else if item.deadline - request.at < rises.longest(item.parts) {
          .exitLatency(rises.longest(item.parts))
        } else {
          nil
        }
      switch replay.refusals[item.identifier] {
      case .pressure?, .energy?:
        if !item.workClass.isDeferrable { return "\(item.identifier) is the wearer's and was refused" }
        if example.pressures.isEmpty { return "\(item.identifier) was refused without pressure" }
      case .capacity?: return "\(item.identifier) found no place"
      case let refusal: if refusal != mustRefuse { return "\(item.identifier): \(String(describing: refusal))" }
      }
    }
    return nil
  }
}

private func randomCase(seed: UInt64, parts: [PartLevels], hasPressure: Bool) -> SchedulingCase {
  var random = SeededRandom(seed: seed)
  let end = Duration.seconds(600)
  func instant() -> Instant { .zero + random.duration(.zero...end) }
  var requests: [Workload.Request] = []
  for number in 0..<Int.random(in: 1...40, using: &random) {
    let at = instant()
    // Some are due at once, and some windows are empty or over.
    let earliest = at + random.duration(.seconds(-2) ... .seconds(90))
    let tolerance = Bool.random(using: &random) ? .zero : random.duration(.zero ... .seconds(60))
    let deadline = earliest + random.duration(.seconds(-1) ... .seconds(120))
    let item = WorkItem(
      WorkIdentifier(UInt64(number)), WorkClass.allCases.randomElement(using: &random)!, earliest: earliest, tolerance: tolerance,
      deadline: deadline, energy: Nanojoules(Int64.random(in: 0...2_000_000_000, using: &random)),
      parts: parts.randomElement(using: &random)!)
    let isCancelled = Int.random(in: 0..<4, using: &random) == 0
    requests.append(.init(at: at, item: item, cancelled: isCancelled ? at + random.duration(.zero...end / 6) : nil))
  }
  var windows: [Workload.Window] = []
  for _ in 0..<Int.random(in: 0...12, using: &random) {
    windows.append(.init(at: instant(), levels: parts.randomElement(using: &random)!))
  }
  var pressures: [Replay.PressureChange] = []
  if hasPressure {
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      pressures.append(.init(at: instant(), pressure: [.none, .saving, .critical].randomElement(using: &random)!))
    }
  }
  let workload = Workload(name: "random", length: end, requests: requests, windows: windows)
  return SchedulingCase(workload: workload, pressures: pressures)
}

/// Tries the property on many cases; the first that breaks it is shown at its smallest.
private func check(
  _ seeds: Range<UInt64>, parts: [PartLevels], hasPressure: Bool = false, _ property: (SchedulingCase) -> String?
) {
  for seed in seeds {
    let example = randomCase(seed: seed, parts: parts, hasPressure: hasPressure)
    guard property(example) != nil else { continue }
    let smallest = shrink(example) { property($0) != nil }
    Issue.record("seed \(seed): \(property(smallest)!)\n\(smallest)")
    return
  }
}

private let link = PartLevels(.link, 2)
private let parkedLink = PartLevels(.link, 1)
private let camera = PartLevels(.camera, 1)
private let mixed = [PartLevels.none, .none, parkedLink, link, camera, link.union(camera)]
private let rises: RiseTimes = {
  var times = RiseTimes()
  times[.link] = .seconds(3)
  times[.camera] = .milliseconds(400)
  return times
}()

@Suite struct SchedulerPropertyTests {
  @Test func acceptedWorkRunsOnceInItsWindow() {
    check(0..<400, parts: mixed, hasPressure: true) { example in
      var world = Replay.World()
      world.pressures = example.pressures
      let replay = Replay(example.workload, world: world)
      return Property.promises(example, replay, partsComeUp: true)
        ?? Property.refusalsAreTrue(example, replay, rises: RiseTimes())
    }
  }

  @Test func partsThatRiseAsLongAsDeclaredAreUpInTime() {
    check(1_000..<1_400, parts: mixed, hasPressure: true) { example in
      var world = Replay.World()
      world.pressures = example.pressures
      world.declaredRises = rises
      world.rise = { rises[$0] }
      let replay = Replay(example.workload, world: world)
      return Property.promises(example, replay, partsComeUp: true) ?? Property.refusalsAreTrue(example, replay, rises: rises)
    }
  }

  @Test func partsThatNeverComeUpHoldNoDeadlineBack() {
    check(2_000..<2_300, parts: mixed, hasPressure: true) { example in
      var world = Replay.World()
      world.pressures = example.pressures
      world.declaredRises = rises
      world.rise = { $0 == .link ? nil : .zero }
      return Property.promises(example, Replay(example.workload, world: world), partsComeUp: false)
    }
  }

  @Test func aSmallSchedulerRefusesAndKeepsItsWord() {
    check(3_000..<3_200, parts: mixed) { example in
      var world = Replay.World()
      world.capacity = 5
      return Property.promises(example, Replay(example.workload, world: world), partsComeUp: true)
    }
  }

  /// Without parts the rule reaches the optimum exactly, so that it never takes more wakeups than exact timers.
  @Test func workThatNeedsTheProcessorAloneTakesTheFewestWakeups() {
    check(4_000..<4_400, parts: [.none]) { example in
      let replay = Replay(example.workload)
      let accepted = example.workload.requests.filter { replay.refusals[$0.item.identifier] == nil }
      var served = example.workload
      served.requests = accepted
      let optimum = Optimum.wakeups(served).count
      if replay.wakeups.count != optimum { return "\(replay.wakeups.count) wakeups instead of \(optimum)" }
      let exact = ExactTimers.play(served).wakeups
      return replay.wakeups.count > exact ? "\(replay.wakeups.count) wakeups, exact timers take \(exact)" : nil
    }
  }

  /// Parts may cost wakeups of their own (raising one is dearer than waking), never more than a timer for each item.
  @Test func workThatNeedsPartsWakesNoOftenerThanOnceEach() {
    check(5_000..<5_300, parts: mixed) { example in
      let replay = Replay(example.workload)
      let accepted = example.workload.requests.count { replay.refusals[$0.item.identifier] == nil }
      return replay.wakeups.count > accepted ? "\(replay.wakeups.count) wakeups for \(accepted) items" : nil
    }
  }

  @Test func withoutPressureNothingIsLaterThanItsTolerance() {
    check(6_000..<6_300, parts: mixed) { example in
      let replay = Replay(example.workload)
      let late = replay.runs.first { run in
        let request = example.workload.requests.first { $0.item.identifier == run.identifier }!
        return run.at > max(request.at, request.item.latest(under: .none))
      }
      return late.map { "\($0.identifier) was late" }
    }
  }

  /// The shrinker itself: of a large case that holds one item with a camera and a window, exactly these remain.
  @Test func shrinkingLeavesWhatMatters() {
    let large = (0..<100).lazy.map { randomCase(seed: $0, parts: mixed, hasPressure: true) }
      .first { example in example.workload.requests.count > 20 && example.workload.windows.count > 4 }!
    func breaks(_ example: SchedulingCase) -> Bool {
      example.workload.requests.contains { $0.item.parts[.camera] > 0 && $0.item.tolerance > .zero }
        && !example.workload.windows.isEmpty
    }
    #expect(breaks(large))
    let smallest = shrink(large, while: breaks)
    #expect(smallest.workload.requests.count == 1 && smallest.workload.windows.count == 1 && smallest.pressures.isEmpty)
    #expect(smallest.workload.requests[0].item.tolerance > .zero && smallest.workload.requests[0].cancelled == nil)
  }
}

@Suite struct CoalescingTests {
  /// The acceptance figure, on every workload that `tools/bench scheduler` shows.
  @Test(arguments: [UInt64(1), 2, 3])
  func syntheticWorkloadsAreWithinATenthOfTheOptimum(seed: UInt64) {
    for workload in SyntheticWorkloads.all(seed: seed) { expectNearOptimum(Comparison(workload)) }
  }

  @Test func recordedWorkloadsAreWithinATenthOfTheOptimum() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Recordings/daemons.txt")
    let recording = try Recording(parsing: String(contentsOf: file, encoding: .utf8))
    #expect(recording.timers.count > 100)
    for workload in recording.workloads() { expectNearOptimum(Comparison(workload)) }
  }

  private func expectNearOptimum(_ comparison: Comparison) {
    let name = comparison.workload.name
    #expect(comparison.optimum > 0, "\(name)")
    #expect(comparison.missedDeadlines == 0, "\(name)")
    #expect(comparison.wakeups >= comparison.optimum && comparison.ratio <= 1.1, "\(name): \(comparison.ratio)")
    #expect(comparison.wakeups <= comparison.exact.wakeups, "\(name)")
  }

  /// Worked out by hand: two windows that meet at 20 s, one that does not, and one that something else's window serves.
  @Test func theOptimumIsTheOneOfPenAndPaper() {
    func request(_ number: UInt64, _ from: Int, _ to: Int) -> Workload.Request {
      let item = WorkItem(
        WorkIdentifier(number), .opportunistic, earliest: .zero + .seconds(from), tolerance: .seconds(to - from),
        deadline: .zero + .seconds(to))
      return .init(at: .zero, item: item)
    }
    let workload = Workload(
      name: "by hand", length: .seconds(60),
      requests: [request(1, 10, 20), request(2, 15, 40), request(3, 41, 45), request(4, 50, 60)],
      windows: [.init(at: .zero + .seconds(55))])
    #expect(Optimum.wakeups(workload) == [.zero + .seconds(20), .zero + .seconds(45)])
    let replay = Replay(workload)
    #expect(replay.wakeups == [.zero + .seconds(20), .zero + .seconds(45)])
    #expect(ExactTimers.play(workload).wakeups == 4)
    #expect(ThreeQuarterWindows.play(workload).wakeups == 2, "at 15 s and at 50 s: its windows are wider than what was asked")
  }

  @Test func aRecordingIsReadStrictly() throws {
    #expect(try Recording(parsing: "# a comment\n0 10 -\n5 20 7\n").timers.count == 2)
    #expect(throws: Recording.LineError.self) { try Recording(parsing: "10 5 -\n") }
    #expect(throws: Recording.LineError.self) { try Recording(parsing: "0 10\n") }
    #expect(throws: Recording.LineError.self) { try Recording(parsing: "0 10 x\n") }
  }
}
