import HAL
import Testing
import Units
import Workloads

@testable import Power

private func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

private func work(
  _ number: UInt64, _ workClass: WorkClass = .opportunistic, from: Int, tolerance: Int = 0, by deadline: Int? = nil,
  energy: Int64 = 0, parts: PartLevels = .none
) -> WorkItem {
  WorkItem(
    WorkIdentifier(number), workClass, earliest: at(from), tolerance: .seconds(tolerance),
    deadline: at(deadline ?? from + tolerance),
    energy: Nanojoules(energy), parts: parts)
}

extension TaskScheduler {
  /// The numbers of everything that runs now.
  fileprivate mutating func runAll(at now: Instant, levels: PartLevels = .none, isServing: Bool = false) -> [UInt64] {
    var numbers: [UInt64] = []
    while let due = next(at: now, levels: levels, isServing: isServing) { numbers.append(due.item.identifier.rawValue) }
    return numbers
  }
}

private let link = PartLevels(.link, 2)

@Suite struct TaskSchedulerTests {
  @Test func withNothingScheduledNoTimerIsArmed() throws {
    var scheduler = TaskScheduler(capacity: 4)
    #expect(scheduler.nextWake == nil)
    let ticket = try scheduler.schedule(work(1, from: 10), at: at(0))
    #expect(scheduler.nextWake == at(10))
    let wasThere = scheduler.cancel(ticket)
    #expect(wasThere)
    #expect(scheduler.nextWake == nil && scheduler.count == 0)
  }

  @Test func oneWakeupServesAllWhoseWindowsAreOpen() throws {
    var scheduler = TaskScheduler(capacity: 4)
    _ = try scheduler.schedule(work(1, from: 10, tolerance: 10), at: at(0))
    _ = try scheduler.schedule(work(2, from: 15, tolerance: 60), at: at(0))
    _ = try scheduler.schedule(work(3, from: 21, tolerance: 5), at: at(0))
    #expect(scheduler.nextWake == at(20), "as late as the first tolerates")
    #expect(scheduler.runAll(at: at(20)) == [1, 2])
    #expect(scheduler.nextWake == at(26))
  }

  @Test func somebodyElsesWakeupIsUsed() throws {
    var scheduler = TaskScheduler(capacity: 4)
    _ = try scheduler.schedule(work(1, from: 10, tolerance: 100), at: at(0))
    _ = try scheduler.schedule(work(2, from: 10, tolerance: 100, parts: link), at: at(0))
    #expect(scheduler.runAll(at: at(9)) == [], "not before its earliest instant")
    #expect(scheduler.runAll(at: at(11)) == [1], "the link would have to be raised for the other")
    #expect(scheduler.wantedParts == .none)
    #expect(scheduler.runAll(at: at(12), levels: link) == [2], "now it is up anyway")
  }

  @Test func whileTheWearerIsServedOnlyWhatIsDueRuns() throws {
    var scheduler = TaskScheduler(capacity: 4)
    _ = try scheduler.schedule(work(1, from: 10, tolerance: 100), at: at(0))
    _ = try scheduler.schedule(work(2, .interactive, from: 12), at: at(0))
    #expect(scheduler.runAll(at: at(12), isServing: true) == [2])
    #expect(scheduler.runAll(at: at(13)) == [1])
  }

  @Test func partsBeginToRiseSoThatTheyAreUpInTime() throws {
    var rises = RiseTimes()
    rises[.link] = .seconds(3)
    var scheduler = TaskScheduler(capacity: 4, rises: rises)
    _ = try scheduler.schedule(work(1, from: 10, tolerance: 10, by: 30, parts: link), at: at(0))
    #expect(scheduler.nextWake == at(17))
    #expect(scheduler.runAll(at: at(17)) == [])
    #expect(scheduler.wantedParts == link)
    #expect(scheduler.nextWake == at(20))
    #expect(scheduler.runAll(at: at(19), levels: link, isServing: true) == [1], "they were raised for it")
    #expect(scheduler.wantedParts == .none)
  }

  @Test func workIsHandedOverAtItsDeadlineEvenWithoutItsParts() throws {
    var scheduler = TaskScheduler(capacity: 4)
    _ = try scheduler.schedule(work(1, from: 10, tolerance: 10, by: 30, parts: link), at: at(0))
    #expect(scheduler.next(at: at(20), levels: .none) == nil)
    #expect(scheduler.nextWake == at(30))
    #expect(scheduler.next(at: at(29), levels: .none) == nil)
    let due = scheduler.next(at: at(30), levels: .none)
    #expect(due?.hasParts == false)
    #expect(scheduler.wantedParts == .none && scheduler.nextWake == nil)
  }

  @Test func theNextWakeupIsSparedInTheSecondHalfOfItsTolerance() throws {
    var scheduler = TaskScheduler(capacity: 4)
    _ = try scheduler.schedule(work(1, from: 10, tolerance: 100, parts: link), at: at(0))
    #expect(scheduler.runAll(at: at(59)) == [] && scheduler.wantedParts == .none)
    #expect(scheduler.runAll(at: at(60)) == [] && scheduler.wantedParts == link)
    #expect(scheduler.runAll(at: at(60), levels: link) == [1])
  }

  @Test func whatCannotBeMetIsRefusedWithItsReason() throws {
    var rises = RiseTimes()
    rises[.link] = .seconds(3)
    var scheduler = TaskScheduler(capacity: 2, rises: rises)
    func refusal(_ item: WorkItem) -> WorkRefusal? {
      do throws(WorkRefusal) { _ = try scheduler.schedule(item, at: at(100)) } catch { return error }
      return nil
    }
    #expect(refusal(work(1, from: 90, by: 99)) == .pastDeadline)
    #expect(refusal(work(1, from: 120, by: 119)) == .emptyWindow)
    #expect(refusal(work(1, from: 120, tolerance: -1, by: 130)) == .emptyWindow)
    #expect(refusal(work(1, from: 100, by: 102, parts: link)) == .exitLatency(.seconds(3)))
    #expect(refusal(work(1, from: 100, by: 103, parts: link)) == nil, "just in time")
    #expect(refusal(work(2, from: 200)) == nil)
    #expect(refusal(work(3, from: 200)) == .capacity)
    #expect(scheduler.count == 2, "refused work leaves nothing behind")
  }

  @Test func tooManyDifferentNeedsAreRefused() throws {
    var scheduler = TaskScheduler(capacity: 64)
    var parts: [PartLevels] = []
    for link in 0...3 { for camera in 0...3 { parts.append(PartLevels(.link, link).union(PartLevels(.camera, camera))) } }
    #expect(parts.count == TaskScheduler.requirementLimit)
    var tickets: [WorkTicket] = []
    for (index, parts) in parts.enumerated() {
      tickets.append(try scheduler.schedule(work(UInt64(index), from: 10, parts: parts), at: at(0)))
    }
    let another = work(99, from: 10, parts: PartLevels(.display, 1))
    #expect(throws: WorkRefusal.capacity) { _ = try scheduler.schedule(another, at: at(0)) }
    scheduler.cancel(tickets[3])
    #expect(throws: Never.self) { _ = try scheduler.schedule(another, at: at(0)) }
  }

  @Test func aTicketThatIsOverCancelsNothing() throws {
    var scheduler = TaskScheduler(capacity: 1)
    let first = try scheduler.schedule(work(1, from: 10), at: at(0))
    #expect(scheduler.runAll(at: at(10)) == [1])
    let second = try scheduler.schedule(work(2, from: 20), at: at(10))
    let answers = [scheduler.cancel(first), scheduler.cancel(second), scheduler.cancel(second)]
    #expect(answers == [false, true, false], "the place of the first belongs to other work now")
  }

  @Test func pressureDefersWithinTheDeadline() throws {
    var scheduler = TaskScheduler(capacity: 4)
    _ = try scheduler.schedule(work(1, .interactive, from: 10, tolerance: 5, by: 1000), at: at(0))
    _ = try scheduler.schedule(work(2, .maintenance, from: 10, tolerance: 5, by: 1000), at: at(0))
    scheduler.set(.saving)
    #expect(scheduler.nextWake == at(15))
    #expect(scheduler.runAll(at: at(15)) == [1, 2], "saving still takes what costs nothing extra")
    _ = try scheduler.schedule(work(3, .opportunistic, from: 20, tolerance: 5, by: 1000), at: at(15))
    #expect(scheduler.nextWake == at(1000), "alone it waits")
    scheduler.set(.critical)
    #expect(scheduler.runAll(at: at(500)) == [])
    scheduler.set(.none)
    #expect(scheduler.nextWake == at(25))
  }

  @Test func underPressureDeferrableWorkIsPaidOrRefused() throws {
    let allowance = EnergyAllowance(capacity: Nanojoules(1_000), refill: Microwatts(1), at: at(0))
    var scheduler = TaskScheduler(capacity: 8, allowance: allowance)
    scheduler.set(.saving)
    _ = try scheduler.schedule(work(1, from: 10, energy: 700), at: at(0))
    #expect(throws: WorkRefusal.energy) { _ = try scheduler.schedule(work(2, from: 10, energy: 700), at: at(0)) }
    #expect(throws: Never.self) { _ = try scheduler.schedule(work(3, .interactive, from: 10, energy: 700), at: at(0)) }
    // A microwatt is a nanojoule in each millisecond.
    #expect(throws: Never.self) { _ = try scheduler.schedule(work(2, from: 10, energy: 700), at: at(1)) }
    scheduler.set(.critical)
    #expect(throws: WorkRefusal.pressure) { _ = try scheduler.schedule(work(4, .maintenance, from: 10), at: at(1)) }
    #expect(throws: Never.self) { _ = try scheduler.schedule(work(5, .interactive, from: 10), at: at(1)) }
  }

  @Test func hugeTolerancesMeanUntilTheDeadline() throws {
    var scheduler = TaskScheduler(capacity: 1)
    var item = work(1, from: 10, by: 5_000)
    item.tolerance = .nanoseconds(Int64.max)
    _ = try scheduler.schedule(item, at: at(0))
    #expect(scheduler.nextWake == at(5_000))
  }
}

@Suite struct IndexedHeapTests {
  /// Against a sorted array, over random operations.
  @Test func itAlwaysKnowsTheSmallest() {
    var random = SeededRandom(seed: 7)
    var heap = IndexedHeap(capacity: 64)
    var model: [UInt32: Int64] = [:]
    for _ in 0..<20_000 {
      let slot = UInt32.random(in: 0..<64, using: &random)
      let key = Int64.random(in: 0..<100, using: &random)
      switch (model[slot] != nil, Bool.random(using: &random)) {
      case (false, _):
        heap.insert(slot, key: key)
        model[slot] = key
      case (true, true):
        heap.remove(slot)
        model[slot] = nil
      case (true, false):
        heap.move(slot, to: key)
        model[slot] = key
      }
      let first = heap.first
      guard first?.key == model.values.min(), first.map({ model[$0.slot] == $0.key }) ?? true else {
        Issue.record("the heap names \(String(describing: first)), the model \(String(describing: model.values.min()))")
        return
      }
    }
  }
}

@Suite struct PartLevelsTests {
  @Test func meetingIsEveryPartAtItsLevelOrAbove() {
    for have in 0...3 {
      for need in 0...3 {
        for other in 0...3 {
          let levels = PartLevels(.link, have).union(PartLevels(.storage, other))
          #expect(levels.meets(PartLevels(.link, need)) == (have >= need))
          #expect(levels.meets(PartLevels(.link, need).union(PartLevels(.storage, 2))) == (have >= need && other >= 2))
        }
      }
    }
  }

  @Test func aUnionIsTheHigherOfEach() {
    var levels = PartLevels(.camera, 1).union(PartLevels(.camera, 3)).union(PartLevels(.link, 2))
    #expect(levels[.camera] == 3 && levels[.link] == 2 && levels[.display] == 0)
    levels[.camera] = 0
    #expect(levels == PartLevels(.link, 2))
  }
}

@Suite struct PressureGaugeTests {
  @Test func batteryPressesAndLetsGoWithAMargin() {
    var gauge = PressureGauge()
    func pressure(_ percent: Int, charging: Bool = false) -> PowerPressure {
      gauge.battery(BatteryReading(charge: Percent(percent), voltage: Millivolts(3_800), isCharging: charging))
      return gauge.pressure
    }
    #expect(pressure(21) == .none)
    #expect(pressure(20) == .saving)
    #expect(pressure(23) == .saving, "not over by more than the margin")
    #expect(pressure(24) == .none)
    #expect(pressure(8) == .critical)
    #expect(pressure(11) == .critical)
    #expect(pressure(12) == .saving)
    #expect(pressure(5, charging: true) == .none)
  }

  @Test func theThresholdsAreTheBoards() {
    var battery = BatteryThresholds()
    battery.low = Percent(40)
    battery.critical = Percent(30)
    var gauge = PressureGauge(battery: battery)
    gauge.battery(BatteryReading(charge: Percent(35), voltage: Millivolts(3_800), isCharging: false))
    #expect(gauge.pressure == .saving)
    gauge.battery(BatteryReading(charge: Percent(30), voltage: Millivolts(3_800), isCharging: false))
    #expect(gauge.pressure == .critical)
  }

  @Test func theStrongerOfBatteryAndTemperatureCounts() {
    var gauge = PressureGauge()
    gauge.thermal(DeciCelsius(430))
    gauge.battery(BatteryReading(charge: Percent(15), voltage: Millivolts(3_800), isCharging: false))
    #expect(gauge.pressure == .critical)
    gauge.thermal(DeciCelsius(411))
    #expect(gauge.pressure == .critical)
    gauge.thermal(DeciCelsius(405))
    #expect(gauge.pressure == .saving)
    gauge.thermal(DeciCelsius(300))
    #expect(gauge.pressure == .saving, "the battery's")
  }
}
