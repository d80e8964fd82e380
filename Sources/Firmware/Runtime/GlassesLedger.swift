import Engagement
import HAL
import Power
import Units

extension Glasses {
  /// Holds the model against the fuel gauge, and tells the trace how they differ.
  func compare(_ reading: BatteryReading, at now: Instant) {
    guard let comparison = drift.note(reading, modelled: ledger.total(at: now)) else { return }
    tracer.instant("energy_drift", .power, at: now) {
      $0.add("modelled_uj", comparison.modelled.value / 1000)
      $0.add("measured_uj", comparison.measured.value / 1000)
      $0.add("permille", comparison.permille)
    }
  }

  var work: EnergyLedger.Work { EnergyLedger.Work(wakeups: board.wakeups, processorTime: board.processorTime) }

  /// The whole ledger, for whoever has nothing but the trace.
  func traceLedger(at now: Instant) {
    for figure in description.power.parts {
      tracer.instant("part_energy", .power, at: now) {
        $0.add("part", figure.part.name)
        $0.add("total_uj", ledger.energy(of: figure.part, at: now).value / 1000)
        for level in figure.levels.indices {
          $0.add(Self.levelKeys[level], ledger.use(of: figure.part, level: level, at: now).energy.value / 1000)
        }
        let rises = ledger.rises(of: figure.part)
        $0.add("rises", rises.count)
        $0.add("rises_uj", rises.energy.value / 1000)
      }
    }
    for level in description.power.idle {
      let use = ledger.use(ofIdle: level.kind)
      tracer.instant("idle_energy", .power, at: now) {
        $0.add("kind", level.kind.name)
        $0.add("total_uj", use.energy.value / 1000)
        $0.add("time_us", use.time.microseconds)
        $0.add("entries", use.entries)
        $0.add("aborted", use.aborted)
      }
    }
    for state in EngagementState.allCases {
      let use = ledger.use(inState: state.rawValue, at: now)
      guard use.time > .zero else { continue }
      tracer.instant("state_energy", .power, at: now) {
        $0.add("state", state.name)
        $0.add("total_uj", use.energy.value / 1000)
        $0.add("time_us", use.time.microseconds)
        $0.add("wakeups", use.work.wakeups)
        if let time = use.work.processorTime { $0.add("cpu_us", time.microseconds) }
      }
    }
  }

  private static var levelKeys: InlineArray<4, StaticString> { ["level_0_uj", "level_1_uj", "level_2_uj", "level_3_uj"] }
}
