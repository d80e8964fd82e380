import HAL
import Units

/// Holds the modelled energy against what the fuel gauge measures.
///
/// A gauge counts whole percents, so a comparison is made each time that it has fallen by five since the beginning, and is good to one
/// percent of the battery. Charging, or a charge that rises, begins anew.
public struct GaugeDrift: Sendable {
  public struct Comparison: Sendable, Hashable {
    /// What the board file's figures say was used.
    public var modelled: Nanojoules
    /// What the gauge says was used.
    public var measured: Nanojoules

    /// How much more the model says than the gauge, in thousandths of what the gauge says.
    public var permille: Int64 {
      measured.value == 0 ? 0 : (modelled.value - measured.value) * 1000 / measured.value
    }
  }

  /// Percents between two comparisons.
  public static let step = 5

  private let capacity: Nanojoules
  private var beginning: (charge: Int, modelled: Nanojoules)?
  private var compared = 0

  /// `milliwattHours` is the battery's capacity; 0, unknown, gives no comparison ever.
  public init(milliwattHours: Int64) {
    capacity = Nanojoules(milliwattHours * 3_600_000_000)
  }

  /// Takes a reading; `modelled` is the whole energy that the ledger knows of.
  public mutating func note(_ reading: BatteryReading, modelled: Nanojoules) -> Comparison? {
    let charge = Int(reading.charge.value)
    guard capacity > .zero, !reading.isCharging else {
      beginning = nil
      return nil
    }
    guard let begun = beginning, charge <= compared else {
      beginning = (charge, modelled)
      compared = charge
      return nil
    }
    guard compared - charge >= Self.step else { return nil }
    compared = charge
    return Comparison(
      modelled: modelled - begun.modelled, measured: Nanojoules(capacity.value / 100 * Int64(begun.charge - charge)))
  }
}
