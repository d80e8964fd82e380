import HAL
import Units

/// Where the energy goes: for each part the modelled power of its present level, integrated over time.
///
/// Everything here is modelled from the board file's figures, not measured.
public struct EnergyLedger: Sendable {
  private struct Account: Sendable {
    var power = Microwatts.zero
    var since = Instant.zero
    var energy = Nanojoules.zero

    func energy(at now: Instant) -> Nanojoules { energy + Nanojoules(power, over: now - since) }
  }

  private let figures: PowerFigures
  private var accounts: [Account]

  public init(figures: PowerFigures, at now: Instant) {
    self.figures = figures
    accounts = [Account](repeating: Account(since: now), count: Part.allCases.count + 1)
    for part in Part.allCases { set(part, level: 0, at: now) }
  }

  public mutating func set(_ part: Part, level: Int, at now: Instant) {
    let index = Int(part.rawValue)
    accounts[index].energy = accounts[index].energy(at: now)
    accounts[index].since = now
    accounts[index].power = figures.power(of: part, level: level)
  }

  public func power(of part: Part) -> Microwatts { accounts[Int(part.rawValue)].power }

  /// Energy used by a part since the start.
  public func energy(of part: Part, at now: Instant) -> Nanojoules { accounts[Int(part.rawValue)].energy(at: now) }
}
