import HAL
import Testing
import Units

@testable import Power

private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

/// Asleep 10 mW, awake 110 mW after 100 ms, busy 210 mW after 100 ms; the camera takes 300 ms at 50 mW.
private var figures: PowerFigures {
  var figures = PowerFigures()
  figures.parts = [
    PartPower(
      part: .processor, levels: [.milliwatts(10), .milliwatts(110), .milliwatts(210)],
      rises: [.zero, .milliseconds(100), .milliseconds(100)]),
    PartPower(part: .camera, levels: [.zero, .milliwatts(50)], rises: [.zero, .milliseconds(300)]),
    PartPower(part: .microphone, levels: [.zero, .milliwatts(1), .milliwatts(2)]),
  ]
  return figures
}

@Suite struct LedgerOfLevelsTests {
  @Test func energyIsPowerTimesTime() {
    var figures = PowerFigures()
    figures.parts = [PartPower(part: .camera, levels: [.milliwatts(1), .milliwatts(100)])]
    var ledger = EnergyLedger(figures: figures, at: .zero)
    ledger.set(.camera, level: 1, at: Instant(nanoseconds: 1_000_000_000))
    ledger.set(.camera, level: 0, at: Instant(nanoseconds: 3_000_000_000))
    let end = Instant(nanoseconds: 4_000_000_000)
    // 1 mJ + 200 mJ + 1 mJ
    #expect(ledger.energy(of: .camera, at: end) == Nanojoules(202_000_000))
    #expect(ledger.energy(of: .speaker, at: end) == .zero)
  }

  @Test func aDayAtFullPowerDoesNotOverflow() {
    #expect(Nanojoules(.milliwatts(10_000), over: .seconds(365 * 86_400)).value == 315_360_000 * 1_000_000_000)
  }

  /// A part that takes its time draws the new level's power meanwhile, and is not charged again when it is there.
  @Test func aRiseThatTakesItsTimeIsPaidWhileItLasts() {
    var ledger = EnergyLedger(figures: figures, at: .zero)
    ledger.begin(.camera, to: 1, at: at(0))
    #expect(ledger.power(of: .camera) == .milliwatts(50))
    ledger.set(.camera, level: 1, at: at(400))
    ledger.begin(.camera, to: 0, at: at(1000))
    ledger.set(.camera, level: 0, at: at(1100))
    #expect(ledger.rises(of: .camera) == .init(count: 1, energy: Nanojoules(20_000_000)))
    #expect(ledger.use(of: .camera, level: 1, at: at(2000)) == .init(energy: Nanojoules(35_000_000), time: .milliseconds(700)))
    #expect(ledger.energy(of: .camera, at: at(2000)) == Nanojoules(55_000_000))
  }

  @Test func aRiseThatIsCalledOffIsPaidAsFarAsItCame() {
    var ledger = EnergyLedger(figures: figures, at: .zero)
    ledger.begin(.camera, to: 1, at: at(0))
    ledger.begin(.camera, to: 0, at: at(100))
    #expect(ledger.power(of: .camera) == .zero)
    ledger.set(.camera, level: 0, at: at(200))
    #expect(ledger.energy(of: .camera, at: at(200)) == Nanojoules(5_000_000))
    #expect(ledger.rises(of: .camera).count == 1)
  }

  @Test func eachLevelHasItsEnergyAndTime() {
    var ledger = EnergyLedger(figures: figures, at: .zero)
    ledger.set(.microphone, level: 1, at: at(1000))
    ledger.set(.microphone, level: 2, at: at(3000))
    ledger.set(.microphone, level: 0, at: at(4000))
    #expect(ledger.use(of: .microphone, level: 1, at: at(9000)) == .init(energy: Nanojoules(2_000_000), time: .seconds(2)))
    #expect(ledger.use(of: .microphone, level: 2, at: at(9000)) == .init(energy: Nanojoules(2_000_000), time: .seconds(1)))
    #expect(ledger.use(of: .microphone, level: 0, at: at(9000)).time == .seconds(6))
    #expect(ledger.energy(of: .microphone, at: at(9000)) == Nanojoules(4_000_000))
    #expect(ledger.rises(of: .microphone) == .init(count: 2, energy: .zero))
  }

  @Test func comingUpCostsTheNewLevelForItsTime() {
    var ledger = EnergyLedger(figures: figures, at: .zero)
    ledger.set(.camera, level: 1, at: at(0))
    ledger.set(.camera, level: 0, at: at(1000))
    // 50 mW for 1 s, and for the 300 ms before it was of use.
    #expect(ledger.energy(of: .camera, at: at(1000)) == Nanojoules(65_000_000))
    #expect(ledger.rises(of: .camera) == .init(count: 1, energy: Nanojoules(15_000_000)))
    #expect(ledger.use(of: .camera, level: 1, at: at(1000)).energy == Nanojoules(50_000_000))
  }

  /// Down at 2 mW, 100 ms each way for 22 mJ; the rest of the time the level's 10 mW.
  private func idling() -> EnergyLedger {
    var figures = figures
    figures.idle = [
      IdleLevel(
        .suspend, power: .milliwatts(2), entryLatency: .milliseconds(100), exitLatency: .milliseconds(100),
        transition: Nanojoules(22_000_000), sustains: .none)
    ]
    return EnergyLedger(figures: figures, at: .zero)
  }

  @Test func whileTheSystemIsDownItsOwnFiguresHold() {
    var ledger = idling()
    ledger.rest(.suspend, at: at(1000))
    #expect(ledger.energy(of: .processor, at: at(2000)) == Nanojoules(10_000_000 + 2_000_000), "read meanwhile")
    ledger.rested(IdleSpell(.suspend, began: at(1000), ended: at(11_000)), at: at(11_000))
    #expect(ledger.power(of: .processor) == .milliwatts(10))
    // 1 s at 10 mW, 10 s at 2 mW, and what the passage takes beyond 2 mW for 200 ms.
    #expect(ledger.energy(of: .processor, at: at(11_000)) == Nanojoules(10_000_000 + 20_000_000 + 21_600_000))
    let use = ledger.use(ofIdle: .suspend)
    #expect(use == .init(energy: Nanojoules(20_000_000), time: .seconds(10), entries: 1, aborted: 0))
    #expect(ledger.rises(of: .processor) == .init(count: 1, energy: Nanojoules(21_600_000)))
    #expect(ledger.use(of: .processor, level: 0, at: at(12_000)) == .init(energy: Nanojoules(20_000_000), time: .seconds(2)))
  }

  @Test func aSystemThatStayedUpPaysForWaiting() {
    var ledger = idling()
    ledger.rest(.suspend, at: at(1000))
    ledger.rested(nil, at: at(3000))
    #expect(ledger.energy(of: .processor, at: at(3000)) == Nanojoules(30_000_000))
    #expect(ledger.use(ofIdle: .suspend) == .init())
    #expect(ledger.rises(of: .processor) == .init())
  }

  @Test func eachEntryPaysItsTransition() {
    var ledger = idling()
    ledger.rest(.suspend, at: .zero)
    ledger.rested(IdleSpell(.suspend, began: .zero, ended: at(10_000), entries: 3, aborted: 1), at: at(10_000))
    #expect(ledger.energy(of: .processor, at: at(10_000)) == Nanojoules(20_000_000 + 3 * 21_600_000))
    #expect(ledger.use(ofIdle: .suspend).entries == 3)
    #expect(ledger.use(ofIdle: .suspend).aborted == 1)
  }

  @Test func statesAddUpToTheTotal() {
    var ledger = EnergyLedger(figures: figures, at: .zero)
    ledger.enter(state: 1, at: at(0))
    ledger.enter(state: 3, at: at(2000))
    ledger.set(.processor, level: 2, at: at(2000))
    ledger.set(.camera, level: 1, at: at(2500))
    ledger.set(.camera, level: 0, at: at(2600))
    ledger.set(.processor, level: 0, at: at(4000))
    ledger.enter(state: 1, at: at(4000))
    let end = at(7000)
    let states = (UInt8(0)..<8).map { ledger.use(inState: $0, at: end) }
    #expect(states.reduce(.zero) { $0 + $1.energy } == ledger.total(at: end))
    #expect(states.reduce(.zero) { $0 + $1.time } == .seconds(7))
    #expect(states[1] == .init(energy: Nanojoules(50_000_000), time: .seconds(5), work: .init()))
    #expect(states[3].energy == Nanojoules((2000 * 210 + 100 * 200 + 100 * 50 + 300 * 50) * 1000))
    #expect(ledger.use(inState: 200, at: end) == .init())
  }

  @Test func workBelongsToTheStateInWhichItWasDone() {
    var ledger = EnergyLedger(figures: figures, at: .zero)
    ledger.enter(state: 2, at: at(0), work: .init(wakeups: 3, processorTime: .milliseconds(10)))
    ledger.enter(state: 3, at: at(1000), work: .init(wakeups: 8, processorTime: .milliseconds(14)))
    ledger.enter(state: 2, at: at(2000), work: .init(wakeups: 58, processorTime: .milliseconds(50)))
    ledger.enter(state: 2, at: at(3000), work: .init(wakeups: 63, processorTime: .milliseconds(53)))
    #expect(ledger.use(inState: 2, at: at(3000)).work == .init(wakeups: 10, processorTime: .milliseconds(7)))
    #expect(ledger.use(inState: 3, at: at(3000)).work == .init(wakeups: 50, processorTime: .milliseconds(36)))
    #expect(ledger.use(inState: 2, at: at(3000)).time == .seconds(2))
  }

  @Test func withoutAClockOfWorkNothingIsMadeUp() {
    var ledger = EnergyLedger(figures: figures, at: .zero)
    ledger.enter(state: 2, at: at(0), work: .init(wakeups: 1))
    ledger.enter(state: 3, at: at(1000), work: .init(wakeups: 6))
    #expect(ledger.use(inState: 2, at: at(1000)).work == .init(wakeups: 5, processorTime: nil))
  }
}

@Suite struct GaugeDriftTests {
  private func reading(_ percent: Int, charging: Bool = false) -> BatteryReading {
    BatteryReading(charge: Percent(percent), voltage: Millivolts(3800), isCharging: charging)
  }

  @Test func comparesEveryFivePercent() {
    // 100 mWh: one percent is 3.6 J.
    var drift = GaugeDrift(milliwattHours: 100)
    #expect(drift.note(reading(90), modelled: Nanojoules(1_000_000_000)) == nil)
    #expect(drift.note(reading(86), modelled: Nanojoules(15_000_000_000)) == nil)
    let first = drift.note(reading(85), modelled: Nanojoules(20_800_000_000))
    #expect(first == .init(modelled: Nanojoules(19_800_000_000), measured: Nanojoules(18_000_000_000)))
    #expect(first?.permille == 100)
    #expect(drift.note(reading(81), modelled: Nanojoules(33_000_000_000)) == nil)
    #expect(drift.note(reading(79), modelled: Nanojoules(33_400_000_000))?.permille == -181)
  }

  @Test func chargingBeginsAnew() {
    var drift = GaugeDrift(milliwattHours: 100)
    #expect(drift.note(reading(50), modelled: .zero) == nil)
    #expect(drift.note(reading(48, charging: true), modelled: .zero) == nil)
    #expect(drift.note(reading(60), modelled: .zero) == nil)
    #expect(drift.note(reading(70), modelled: .zero) == nil, "a charge that rose")
    #expect(drift.note(reading(65), modelled: Nanojoules(18_000_000_000))?.permille == 0)
  }

  @Test func withoutACapacityThereIsNothingToCompare() {
    var drift = GaugeDrift(milliwattHours: 0)
    #expect(drift.note(reading(90), modelled: .zero) == nil)
    #expect(drift.note(reading(10), modelled: .zero) == nil)
  }
}
