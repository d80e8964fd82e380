import Units

/// How much energy deferrable work may take while the battery or the temperature press: a bucket that fills at a constant power.
///
/// Over any time t no more than `capacity` + `refill` × t is spent.
public struct EnergyAllowance: Sendable, Hashable {
  public let capacity: Nanojoules
  public let refill: Microwatts
  private var stored: Nanojoules
  private var since: Instant

  /// Full at the start.
  public init(capacity: Nanojoules, refill: Microwatts, at now: Instant = .zero) {
    self.capacity = capacity
    self.refill = refill
    stored = capacity
    since = now
  }

  /// 3.6 J, a milliwatt hour, and as much again in each hour: about a thousandth of a 960 mWh battery per hour.
  public static let standard = EnergyAllowance(capacity: Nanojoules(3_600_000_000), refill: Microwatts(1_000))

  /// Takes the energy if it is there.
  public mutating func take(_ energy: Nanojoules, at now: Instant) -> Bool {
    stored = min(capacity, stored + Nanojoules(refill, over: now - since))
    since = now
    guard energy <= stored else { return false }
    stored = stored - energy
    return true
  }
}
