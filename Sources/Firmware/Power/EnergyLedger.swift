import HAL
import Units

/// Where the energy goes: for each part and level the modelled power, integrated over time, and what coming up costs; the same by state
/// of the glasses. While the system is down the processor draws what that way to idle draws, instead of what its level does.
///
/// Everything here is modelled from the board file's figures, not measured. `GaugeDrift` holds it against the fuel gauge.
public struct EnergyLedger: Sendable {
  /// What the processor used in a way to idle deeper than waiting. `energy` leaves out the transitions, which are rises of the processor.
  public struct IdleUse: Sendable, Hashable {
    public var energy = Nanojoules.zero
    public var time = Duration.zero
    /// Times that it went down, and those among them that an event turned back.
    public var entries: UInt64 = 0
    public var aborted: UInt64 = 0
  }

  /// What one part used at one of its levels.
  public struct LevelUse: Sendable, Hashable {
    public var energy = Nanojoules.zero
    public var time = Duration.zero
  }

  /// What the glasses did and used in one of their states.
  public struct StateUse: Sendable, Hashable {
    public var energy = Nanojoules.zero
    public var time = Duration.zero
    /// How often the program was woken, and how long it worked; measured, not modelled.
    public var work = Work()
  }

  /// What a board counts since its start: wakeups, and processor time where that means something.
  public struct Work: Sendable, Hashable {
    public var wakeups: UInt64
    public var processorTime: Duration?

    public init(wakeups: UInt64 = 0, processorTime: Duration? = nil) {
      self.wakeups = wakeups
      self.processorTime = processorTime
    }

    mutating func add(from before: Work, to now: Work) {
      wakeups &+= now.wakeups &- before.wakeups
      guard let ended = now.processorTime, let began = before.processorTime else { return }
      processorTime = (processorTime ?? .zero) + (ended - began)
    }
  }

  /// How often a part came up from a lower level, and what that cost beyond its levels.
  public struct Rises: Sendable, Hashable {
    public var count: UInt64 = 0
    public var energy = Nanojoules.zero
  }

  private struct Account: Sendable {
    var level = 0
    /// What the level draws.
    var base = Microwatts.zero
    /// What the part draws now: more than its level while it comes up.
    var power = Microwatts.zero
    var since = Instant.zero
    /// Since when it is at its level.
    var reached = Instant.zero
    /// How the processor waits since then, by what was asked.
    var idling: IdleKind?
    var used: InlineArray<4, LevelUse> = .init(repeating: LevelUse())
    var rises = Rises()
    /// The level that it is on its way up to, which it draws the power of already.
    var rising: Int?
    /// Until the present level or rise began.
    var energy = Nanojoules.zero

    func energy(at now: Instant) -> Nanojoules { energy + Nanojoules(power, from: since, to: now) }
  }

  /// States of the glasses are numbered below this.
  public static let states = 8

  private let figures: PowerFigures
  private var accounts: [Account]
  private var byState = [StateUse](repeating: StateUse(), count: states)
  private var state = 0
  private var workAtState = Work()
  public private(set) var stateSince: Instant
  private var totalAtState = Nanojoules.zero
  /// By the raw value of the kind.
  private var idle: InlineArray<4, IdleUse> = .init(repeating: IdleUse())

  public init(figures: PowerFigures, at now: Instant) {
    self.figures = figures
    accounts = [Account](repeating: Account(since: now, reached: now), count: Part.allCases.count + 1)
    stateSince = now
    for part in Part.allCases {
      let power = figures.power(of: part, level: 0)
      accounts[Int(part.rawValue)].base = power
      accounts[Int(part.rawValue)].power = power
    }
  }

  /// A part is on its way to this level. Coming up, it draws what the new level draws already, and is not of use yet: what that costs counts
  /// as a rise. Going down, it draws what it drew until it is there.
  public mutating func begin(_ part: Part, to level: Int, at now: Instant) {
    let index = Int(part.rawValue)
    let level = min(max(level, 0), PowerBroker.highestLevel)
    close(index, at: now)
    let base = accounts[index].base
    accounts[index].rising = nil
    accounts[index].power = base
    guard level > accounts[index].level else { return }
    accounts[index].rising = level
    accounts[index].power = max(figures.power(of: part, level: level), base)
    accounts[index].rises.count += 1
  }

  /// A part is at this level from now on. One that came up without having been on its way is charged for the time that the board file
  /// states, in which it would have drawn what the new level draws.
  public mutating func set(_ part: Part, level: Int, at now: Instant) {
    let index = Int(part.rawValue)
    let before = accounts[index].level
    let level = min(max(level, 0), PowerBroker.highestLevel)
    close(index, at: now)
    let isPaid = accounts[index].rising != nil
    accounts[index].rising = nil
    if level != before { accounts[index].reached = now }
    accounts[index].level = level
    accounts[index].base = figures.power(of: part, level: level)
    accounts[index].power = accounts[index].base
    guard level > before, !isPaid else { return }
    accounts[index].rises.count += 1
    rise(part, from: before, to: level)
  }

  /// Books what was used until now.
  private mutating func close(_ index: Int, at now: Instant) {
    let level = accounts[index].level
    let time = now - accounts[index].since
    let used = Nanojoules(accounts[index].base, over: time)
    accounts[index].used[level].energy += used
    accounts[index].used[level].time += time
    let whole = Nanojoules(accounts[index].power, over: time)
    if accounts[index].rising != nil { accounts[index].rises.energy += whole - used }
    accounts[index].energy += whole
    accounts[index].since = now
  }

  /// The program is about to wait in this way, until `rested`: what is read meanwhile takes it to be down already.
  public mutating func rest(_ kind: IdleKind, at now: Instant) {
    guard kind != .wait, let figures = figures.idle(kind) else { return }
    let index = Int(Part.processor.rawValue)
    close(index, at: now)
    accounts[index].base = figures.power
    accounts[index].power = figures.power
    accounts[index].idling = kind
  }

  /// The program runs again, and was down like this since `rest`, or not at all. A transition costs what it takes beyond the level's power.
  public mutating func rested(_ spell: IdleSpell?, at now: Instant) {
    let index = Int(Part.processor.rawValue)
    guard accounts[index].idling != nil else { return }
    accounts[index].idling = nil
    accounts[index].base = figures.power(of: .processor, level: accounts[index].level)
    accounts[index].power = accounts[index].base
    guard let spell, let figures = figures.idle(spell.kind), spell.kind != .wait else { return }
    close(index, at: spell.began)
    let time = spell.ended - spell.began
    let energy = Nanojoules(figures.power, over: time)
    accounts[index].energy += energy
    accounts[index].since = spell.ended
    let kind = Int(spell.kind.rawValue)
    idle[kind].energy += energy
    idle[kind].time += time
    idle[kind].entries += UInt64(spell.entries)
    idle[kind].aborted += UInt64(spell.aborted)
    let extra = figures.transition - Nanojoules(figures.power, over: figures.passage)
    let cost = Nanojoules(max(extra.value, 0) * Int64(spell.entries))
    accounts[index].rises.count += UInt64(spell.entries)
    accounts[index].rises.energy += cost
    accounts[index].energy += cost
  }

  /// The glasses are in this state from now on, a number below `states`; until now the board has counted `work`.
  public mutating func enter(state: UInt8, at now: Instant, work: Work = Work()) {
    byState[self.state].work.add(from: workAtState, to: work)
    workAtState = work
    let total = total(at: now)
    byState[self.state].energy += total - totalAtState
    byState[self.state].time += now - stateSince
    totalAtState = total
    stateSince = now
    self.state = min(Int(state), Self.states - 1)
  }

  private mutating func rise(_ part: Part, from: Int, to: Int) {
    let time = figures.rise(of: part, level: to) - figures.rise(of: part, level: from)
    let step = Microwatts(figures.power(of: part, level: to).value - figures.power(of: part, level: from).value)
    guard time > .zero, step > .zero else { return }
    let cost = Nanojoules(step, over: time)
    accounts[Int(part.rawValue)].rises.energy += cost
    accounts[Int(part.rawValue)].energy += cost
  }

  // MARK: Reading

  public func level(of part: Part) -> Int { accounts[Int(part.rawValue)].level }
  /// Since when a part is at its level.
  public func since(of part: Part) -> Instant { accounts[Int(part.rawValue)].reached }

  public func power(of part: Part) -> Microwatts { accounts[Int(part.rawValue)].power }

  /// Energy used by a part since the start, its rises included.
  public func energy(of part: Part, at now: Instant) -> Nanojoules { accounts[Int(part.rawValue)].energy(at: now) }

  /// Energy used by everything since the start.
  public func total(at now: Instant) -> Nanojoules {
    var total = Nanojoules.zero
    for account in accounts { total += account.energy(at: now) }
    return total
  }

  /// What a part used at a level, 0…3, its rises left out; the time of a rise belongs to the level that it rises from.
  public func use(of part: Part, level: Int, at now: Instant) -> LevelUse {
    let account = accounts[Int(part.rawValue)]
    var use = account.used[level]
    if account.level == level {
      use.energy += Nanojoules(account.base, from: account.since, to: now)
      use.time += now - account.since
    }
    return use
  }

  /// How the processor was down, `standby` or `suspend`, since the start.
  public func use(ofIdle kind: IdleKind) -> IdleUse { idle[Int(kind.rawValue)] }

  /// A rise that is under way is counted, and paid for when it ends.
  public func rises(of part: Part) -> Rises { accounts[Int(part.rawValue)].rises }

  /// What everything used in a state. Its work is counted until the last `enter`.
  public func use(inState state: UInt8, at now: Instant) -> StateUse {
    guard Int(state) < Self.states else { return StateUse() }
    var use = byState[Int(state)]
    if self.state == Int(state) {
      use.energy += total(at: now) - totalAtState
      use.time += now - stateSince
    }
    return use
  }
}
