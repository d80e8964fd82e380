import HAL
import Units

/// Where the energy goes: for each part and level the modelled power, integrated over time, and what coming up costs; the same by state
/// of the glasses.
///
/// Everything here is modelled from the board file's figures, not measured. `GaugeDrift` holds it against the fuel gauge.
public struct EnergyLedger: Sendable {
  /// What one part used at one of its levels.
  public struct LevelUse: Sendable, Hashable {
    public var energy = Nanojoules.zero
    public var time = Duration.zero
  }

  /// How often a part came up from a lower level, and what that cost beyond its levels.
  public struct Rises: Sendable, Hashable {
    public var count: UInt64 = 0
    public var energy = Nanojoules.zero
  }

  private struct Account: Sendable {
    var level = 0
    var power = Microwatts.zero
    var since = Instant.zero
    var used: InlineArray<4, LevelUse> = .init(repeating: LevelUse())
    var rises = Rises()
    /// Until the present level began.
    var energy = Nanojoules.zero

    func energy(at now: Instant) -> Nanojoules { energy + Nanojoules(power, over: now - since) }
  }

  /// States of the glasses are numbered below this.
  public static let states = 8

  private let figures: PowerFigures
  private var accounts: [Account]
  private var byState = [LevelUse](repeating: LevelUse(), count: states)
  private var state = 0
  private var stateSince: Instant
  private var totalAtState = Nanojoules.zero
  /// Until when the processor is awake because of its last resume.
  private var awakeUntil: Instant

  public init(figures: PowerFigures, at now: Instant) {
    self.figures = figures
    accounts = [Account](repeating: Account(since: now), count: Part.allCases.count + 1)
    stateSince = now
    awakeUntil = now
    for part in Part.allCases { accounts[Int(part.rawValue)].power = figures.power(of: part, level: 0) }
  }

  /// A part is at this level from now on. Coming up, it draws what the new level draws for the time that the board file states, and
  /// is not of use yet.
  public mutating func set(_ part: Part, level: Int, at now: Instant) {
    let index = Int(part.rawValue)
    let before = accounts[index].level
    let level = min(max(level, 0), PowerBroker.highestLevel)
    accounts[index].used[before].energy += Nanojoules(accounts[index].power, over: now - accounts[index].since)
    accounts[index].used[before].time += now - accounts[index].since
    accounts[index].energy = accounts[index].energy(at: now)
    accounts[index].since = now
    accounts[index].level = level
    accounts[index].power = figures.power(of: part, level: level)
    guard level > before else { return }
    accounts[index].rises.count += 1
    rise(part, from: before, to: level, at: now)
  }

  /// The program was woken. A sleeping processor pays for its resume even when nobody leases it afterwards; several wakes within one
  /// resume pay once.
  public mutating func woke(at now: Instant) {
    guard accounts[Int(Part.processor.rawValue)].level == 0, now >= awakeUntil else { return }
    accounts[Int(Part.processor.rawValue)].rises.count += 1
    rise(.processor, from: 0, to: 1, at: now)
  }

  /// The glasses are in this state from now on, a number below `states`.
  public mutating func enter(state: UInt8, at now: Instant) {
    let total = total(at: now)
    byState[self.state].energy += total - totalAtState
    byState[self.state].time += now - stateSince
    totalAtState = total
    stateSince = now
    self.state = min(Int(state), Self.states - 1)
  }

  private mutating func rise(_ part: Part, from: Int, to: Int, at now: Instant) {
    var time = figures.rise(of: part, level: to) - figures.rise(of: part, level: from)
    if part == .processor, from == 0 {
      // A resume that is under way already is not paid again.
      let end = max(now + time, awakeUntil)
      time = end - max(now, awakeUntil)
      awakeUntil = end
    }
    let step = Microwatts(figures.power(of: part, level: to).value - figures.power(of: part, level: from).value)
    guard time > .zero, step > .zero else { return }
    let cost = Nanojoules(step, over: time)
    accounts[Int(part.rawValue)].rises.energy += cost
    accounts[Int(part.rawValue)].energy += cost
  }

  // MARK: Reading

  public func power(of part: Part) -> Microwatts { accounts[Int(part.rawValue)].power }

  /// Energy used by a part since the start, its rises included.
  public func energy(of part: Part, at now: Instant) -> Nanojoules { accounts[Int(part.rawValue)].energy(at: now) }

  /// Energy used by everything since the start.
  public func total(at now: Instant) -> Nanojoules {
    var total = Nanojoules.zero
    for account in accounts { total += account.energy(at: now) }
    return total
  }

  /// What a part used at a level, 0…3, its rises left out.
  public func use(of part: Part, level: Int, at now: Instant) -> LevelUse {
    let account = accounts[Int(part.rawValue)]
    var use = account.used[level]
    if account.level == level {
      use.energy += Nanojoules(account.power, over: now - account.since)
      use.time += now - account.since
    }
    return use
  }

  public func rises(of part: Part) -> Rises { accounts[Int(part.rawValue)].rises }

  /// What everything used in a state.
  public func use(inState state: UInt8, at now: Instant) -> LevelUse {
    guard Int(state) < Self.states else { return LevelUse() }
    var use = byState[Int(state)]
    if self.state == Int(state) {
      use.energy += total(at: now) - totalAtState
      use.time += now - stateSince
    }
    return use
  }
}
