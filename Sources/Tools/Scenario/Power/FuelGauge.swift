import Units

/// The fuel gauge of a play whose battery falls by what the ledger says was used. Modelled from end to end: it shows what the firmware
/// does as the battery empties, not how a cell behaves.
struct FuelGauge: Sendable {
  private let capacity: Nanojoules
  /// What was left when `usedBefore` had been used.
  private var left: Nanojoules
  private var usedBefore: Nanojoules
  private var isCharging = false
  /// Batteries taken so far: an empty one is exchanged for a full one, so that a day is played to its end.
  private(set) var batteries = 1

  init(capacity: Nanojoules) {
    self.capacity = capacity
    left = capacity
    usedBefore = .zero
  }

  /// The charge when `used` has been used since the beginning of the play, in whole percents, rounded up: 0 is never shown.
  mutating func charge(used: Nanojoules) -> Int {
    if isCharging { usedBefore = used }
    if left - (used - usedBefore) <= .zero {
      batteries += 1
      set(percent: 100, used: used)
    }
    let rest = left - (used - usedBefore)
    return Int((rest.value + capacity.value / 100 - 1) / (capacity.value / 100))
  }

  /// The scenario says so.
  mutating func set(percent: Int, used: Nanojoules) {
    left = Nanojoules(capacity.value / 100 * Int64(percent))
    usedBefore = used
  }

  /// While it charges the charge stands; what it is afterwards the scenario says.
  mutating func set(isCharging: Bool, used: Nanojoules) {
    left = left - (used - usedBefore)
    usedBefore = used
    self.isCharging = isCharging
  }
}
