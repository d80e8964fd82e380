import BoardFile
import Engagement
import Foundation
import HAL
import Power
import Runtime
import Units
import WakeStudy

/// Plays a scenario on a board's figures and accounts for the energy: the real firmware and host code in virtual time.
public enum PowerDay {
  /// Throws what `VirtualRig` throws, and `RigError` for what cannot be accounted for.
  public static func play(
    _ scenario: Scenario, on board: BoardFile, options: RigOptions, whatIf: [String] = [],
    news: @escaping (RigNews) -> Void = { _ in }
  ) throws -> DayReport {
    guard let milliwattHours = board.batteryMilliwattHours else {
      throw RigError("\(board.vendor)/\(board.name) states no battery: give its capacity with --battery")
    }
    for case .glasses(let process)? in scenario.timeline.map({ $0.stimulus }) {
      throw RigError("the scenario has a step \"glasses: \(process.rawValue)\": a ledger does not outlive its program")
    }
    var options = options
    options.board = board
    options.gaugeFollowsLedger = true
    let turns = TurnTally()
    let rig = try VirtualRig(scenario, options: options) {
      if case .event(let event) = $0 { turns.take(event) }
      news($0)
    }
    let played = try rig.play()
    guard let meter = rig.meter, let ledger = meter.ledger, let last = meter.samples.last else {
      throw RigError("the glasses did not start")
    }
    let end = last.time
    let hours = Double(end.nanoseconds) / 3.6e12
    let capacity = Nanojoules(milliwattHours * 3_600_000_000)
    let empty = meter.time(of: capacity)

    var report = DayReport(
      board: "\(board.vendor)/\(board.name)", scenario: scenario.name, seed: played.seed, whatIf: whatIf,
      batteryMilliwattHours: Double(milliwattHours),
      batteryHours: empty.map { Double($0.nanoseconds) / 3.6e12 } ?? hours * Double(capacity.value)
        / Double(max(last.used.value, 1)),
      batteryIsExtrapolated: empty == nil, batteries: rig.batteries,
      averageMilliwatts: last.used.milliwattHours / max(hours, 1e-9),
      energyByPart: [:], energyByLevel: [:], energyByState: [:], hoursByState: [:], rises: [:], energyOfRises: [:],
      energyByBasis: [:], dominant: "", dominantShare: 0, wakeups: meter.wakeups,
      wakeupsPerHour: Double(meter.wakeups) / max(hours, 1e-9), restingWakeupsPerHour: 0, queries: turns.all,
      queriesAnswered: turns.answered.count,
      millijoulesPerQuery: turns.answered.isEmpty ? nil : turns.answered.reduce(0, +) / Double(turns.answered.count) / 1000,
      longestWakeMilliseconds: meter.longestWake.map { Double($0.nanoseconds) / 1e6 },
      gaugeDriftPermille: turns.drift, passed: played.passed, failures: played.failures, traceSHA256: played.traceSHA256,
      virtualSeconds: played.virtualSeconds, wallSeconds: played.wallSeconds)
    fill(&report, from: ledger, board, at: end, restingWakeups: meter.restingWakeups)
    report.armed = armed(ledger, rig, processorTime: meter.armedProcessorTime, whole: report, at: end)
    let initial = [EnergyMeter.Sample(time: .zero, used: .zero, state: meter.samples[0].state)]
    report.curve = (initial + meter.samples).map { sample in
      let used = Double(sample.used.value) / Double(capacity.value)
      return DayReport.Point(
        hour: Double(sample.time.nanoseconds) / 3.6e12, charge: 100 * (1 - used.truncatingRemainder(dividingBy: 1)),
        state: sample.state)
    }
    return report
  }

  /// The microphone is at its level `local`, and the processor at the one that this needs, for nothing but listening while armed.
  private static func armed(
    _ ledger: EnergyLedger, _ rig: VirtualRig, processorTime: Duration, whole: DayReport, at end: Instant
  ) -> DayReport.Armed? {
    let use = ledger.use(inState: EngagementState.armed.rawValue, at: end)
    let seconds = Double(use.time.nanoseconds) / 1e9
    guard seconds > 0 else { return nil }
    let figures = rig.description.power
    let resting = figures.idle.last?.power ?? figures.power(of: .processor, level: 0)
    let cost = [
      (Part.microphone, Level.microphoneLocal, figures.power(of: .microphone, level: 0)),
      (Part.processor, Level.processorListening, resting),
    ].reduce(0.0) { sum, item in
      let (part, level, rest) = item
      let use = ledger.use(of: part, level: level, at: end)
      return sum + (use.energy - Nanojoules(rest, over: use.time)).milliwattHours
    }
    let hours = Double(end.nanoseconds) / 3.6e12
    let without = max(whole.averageMilliwatts - cost / hours, 1e-9)
    return DayReport.Armed(
      hours: seconds / 3600, milliwatts: use.energy.milliwattHours / (seconds / 3600),
      wakeupsPerSecond: Double(use.work.wakeups) / seconds,
      processorMillisecondsPerSecond: Double(processorTime.nanoseconds) / 1e6 / seconds, words: rig.words.map(\.name), cost: cost,
      batteryHours: whole.batteryMilliwattHours / max(whole.averageMilliwatts, 1e-9),
      batteryHoursWithout: whole.batteryMilliwattHours / without, hoursLostPerDay: cost / hours * 24 / without)
  }

  private static func fill(
    _ report: inout DayReport, from ledger: EnergyLedger, _ board: BoardFile, at end: Instant, restingWakeups: Int
  ) {
    for part in Part.allCases {
      let name = "\(part.name)"
      let levels = board.powerLevels(of: name)
      guard !levels.isEmpty else { continue }
      report.energyByPart[name] = ledger.energy(of: part, at: end).milliwattHours
      for level in 0...PowerBroker.highestLevel {
        let figure = levels[min(level, levels.count - 1)]
        let energy = ledger.use(of: part, level: level, at: end).energy.milliwattHours
        report.energyByLevel["\(name).\(figure.name)", default: 0] += energy
        report.energyByBasis[figure.basis.rawValue, default: 0] += energy
      }
      let rises = ledger.rises(of: part)
      report.rises[name] = rises.count
      report.energyOfRises[name] = rises.energy.milliwattHours
      // The power of a rise is that of the level it leads to; which one that was is not kept, so the least certain basis is taken.
      report.energyByBasis[BoardFile.PowerLevel.Basis.estimate.rawValue, default: 0] += rises.energy.milliwattHours
    }
    for figures in board.idleFigures {
      guard let kind = IdleKind.allCases.first(where: { "\($0.name)" == figures.kind }) else { continue }
      let use = ledger.use(ofIdle: kind)
      report.energyByLevel["processor.\(figures.kind)"] = use.energy.milliwattHours
      report.energyByBasis[figures.power.basis.rawValue, default: 0] += use.energy.milliwattHours
      report.hoursByIdle[figures.kind] = Double(use.time.nanoseconds) / 3.6e12
      report.idleEntries[figures.kind] = use.entries
      report.idleAborted[figures.kind] = use.aborted
    }
    for state in EngagementState.allCases {
      let use = ledger.use(inState: state.rawValue, at: end)
      guard use.time > .zero else { continue }
      report.energyByState["\(state.name)"] = use.energy.milliwattHours
      report.hoursByState["\(state.name)"] = Double(use.time.nanoseconds) / 3.6e12
    }
    let resting = ["notWorn", "dormant", "armed"].compactMap { report.hoursByState[$0] }.reduce(0, +)
    report.restingWakeupsPerHour = Double(restingWakeups) / max(resting, 1e-9)
    if let most = report.energyByLevel.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) {
      report.dominant = most.key
      report.dominantShare = most.value / max(report.totalMilliwattHours, 1e-12)
    }
  }
}

/// The turns of a trace: how many, and the energy of those that were answered, in microjoules.
private final class TurnTally {
  private(set) var all = 0
  private(set) var answered: [Double] = []
  private(set) var drift: Double?
  private var energy = 0.0

  func take(_ event: TraceEvent) {
    if event.isMark("turn_energy") { energy = event.arguments["total_uj"]?.number ?? 0 }
    if event.isMark("energy_drift") { drift = event.arguments["permille"]?.number }
    guard event.isTurnEnd else { return }
    all += 1
    if event.arguments["outcome"]?.text == "answered" { answered.append(energy) }
  }
}

extension Nanojoules {
  var milliwattHours: Double { Double(value) / 3.6e9 }
}
