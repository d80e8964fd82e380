import HAL
import Units

/// Decides when deferred work runs, so that the processor wakes as seldom as the tolerances allow.
///
/// ```
///            schedule             latest − rise            parts are up
///  (refused) ◀────── accepted ─────▶ waiting ─────▶ rising ─────▶ handed over by `next`
///                                     │   │           │                 ▲  ▲
///                              cancel │   │ a window  │ deadline        │  │
///                                     ▼   │ with its  └─────────────────┘  │
///                                   gone  │ parts up    (`hasParts` false) │
///                                         └────────────────────────────────┘
/// ```
///
/// Sans-IO. The caller wakes at `nextWake` at the latest, leases `wantedParts`, and whenever it is awake, for whatever reason, asks
/// `next` until there is nothing more. While nothing is scheduled `nextWake` is nil and no timer need be armed.
///
/// The rule is interval stabbing: wake at the earliest instant at which some item must begin, and then run all that may. With intervals
/// known when they open this takes as few wakeups as knowing the whole future would (each wakeup is forced by an item that no other can
/// have served; Gavril 1972, minimum clique cover of interval graphs). Work that needs parts is kept to that rule for each set of
/// parts: it rides along only when its parts are up anyway, because raising a part, a link above all, costs more than waking. One
/// exception saves wakeups: in an open window the item that would cause the very next wakeup begins at once when half of its tolerance
/// is over, so that at worst its parts rise twice as often as they need to.
///
/// Costs: `nextWake` O(1), `schedule` and `cancel` O(log n), `next` O(log n) and once over the sets of parts (at most
/// `requirementLimit`); a change of pressure O(n). Nothing is allocated after the first item of each set of parts.
public struct TaskScheduler: Sendable {
  /// How many different sets of required parts are told apart at a time.
  public static let requirementLimit = 16

  private enum Stage: Sendable {
    /// Its key is the instant at which its parts must begin to rise.
    case waiting
    /// Its parts are wanted; its key is the latest regular begin, then the deadline.
    case rising
  }

  private struct Slot: Sendable {
    var item: WorkItem
    var generation: UInt32
    var group: UInt8
    var stage: Stage
    var isTaken: Bool
  }

  /// The items that require the same parts, by the instant from which they may run.
  private struct Group: Sendable {
    var parts: PartLevels
    var rise: Duration
    var byEarliest: IndexedHeap
    var risingCount = 0
  }

  public let capacity: Int
  public private(set) var pressure = PowerPressure.none
  public private(set) var count = 0
  private let rises: RiseTimes
  private var allowance: EnergyAllowance
  private var slots: [Slot] = []
  private var freeSlots: [UInt32] = []
  private var groups: [Group] = []
  /// All items, by the instant at which something must be done for them.
  private var byDue: IndexedHeap

  /// `capacity`: items that can be accepted at a time.
  public init(capacity: Int, rises: RiseTimes = RiseTimes(), allowance: EnergyAllowance = .standard) {
    precondition(capacity > 0 && capacity < Int(UInt32.max), "a scheduler has room for one item at least")
    self.capacity = capacity
    self.rises = rises
    self.allowance = allowance
    byDue = IndexedHeap(capacity: capacity)
    slots.reserveCapacity(capacity)
    freeSlots.reserveCapacity(capacity)
    groups.reserveCapacity(Self.requirementLimit)
    groups.append(Group(parts: .none, rise: .zero, byEarliest: IndexedHeap(capacity: capacity)))
  }

  /// When the processor must be awake for the sake of an item; nil with nothing scheduled. May lie in the past: then work is due.
  public var nextWake: Instant? {
    guard let first = byDue.first else { return nil }
    return Instant(nanoseconds: first.key)
  }

  /// What must be up, or rise, for items whose time has come. To be leased until it is no longer wanted.
  public var wantedParts: PartLevels {
    var wanted = PartLevels.none
    for group in groups where group.risingCount > 0 { wanted = wanted.union(group.parts) }
    return wanted
  }

  // MARK: Accepting and cancelling

  /// Accepts the work, to be handed out by `next` no later than its deadline, or says why not.
  public mutating func schedule(_ item: WorkItem, at now: Instant) throws(WorkRefusal) -> WorkTicket {
    guard item.earliest <= item.deadline, item.tolerance >= .zero else { throw .emptyWindow }
    guard item.deadline >= now else { throw .pastDeadline }
    let rise = rises.longest(item.parts)
    guard item.deadline - now >= rise else { throw .exitLatency(rise) }
    guard count < capacity, let group = group(for: item.parts, rise: rise) else { throw .capacity }
    if item.workClass.isDeferrable {
      switch pressure {
      case .none: break
      case .saving: if !allowance.take(item.energy, at: now) { throw .energy }
      case .critical: throw .pressure
      }
    }
    let slot = takeSlot(for: item, in: group)
    byDue.insert(slot, key: dueKey(of: slot))
    groups[group].byEarliest.insert(slot, key: item.earliest.nanoseconds)
    count += 1
    return WorkTicket(slot: slot, generation: slots[Int(slot)].generation)
  }

  /// The work will not run. False when it has run already, or was cancelled before.
  @discardableResult
  public mutating func cancel(_ ticket: WorkTicket) -> Bool {
    let index = Int(ticket.slot)
    guard index < slots.count, slots[index].isTaken, slots[index].generation == ticket.generation else { return false }
    remove(ticket.slot)
    return true
  }

  /// From now on the work gives way accordingly. Accepted work keeps its deadline.
  public mutating func set(_ pressure: PowerPressure) {
    guard pressure != self.pressure else { return }
    self.pressure = pressure
    for index in slots.indices where slots[index].isTaken && slots[index].stage == .waiting {
      byDue.move(UInt32(index), to: dueKey(of: UInt32(index)))
    }
  }

  // MARK: Running

  /// The next piece of work to do now, nil when there is none (any more); to be asked again when time or levels have changed.
  ///
  /// `levels` says what is up. `isServing`: the wearer waits for something else, so that only what is due runs; the end of that is
  /// a window like any other.
  public mutating func next(at now: Instant, levels: PartLevels, isServing: Bool = false) -> DueWork? {
    if let work = nextDue(at: now, levels: levels) { return work }
    // Critical pressure gives up the free rides too: what is not due does not heat the device now.
    let isRestrained = isServing || pressure == .critical
    if let work = nextFitting(at: now, levels: levels, onlyRising: isRestrained) { return work }
    if !isRestrained && pressure == .none { beginNextWakeEarly(at: now) }
    return nil
  }

  /// Something whose time has come. What lacks its parts begins to want them, and runs without at its deadline.
  private mutating func nextDue(at now: Instant, levels: PartLevels) -> DueWork? {
    while let first = byDue.first, first.key <= now.nanoseconds {
      let item = slots[Int(first.slot)].item
      let hasParts = levels.meets(item.parts)
      let isOver = slots[Int(first.slot)].stage == .rising && first.key >= item.deadline.nanoseconds
      if isOver || (hasParts && item.earliest <= now) {
        remove(first.slot)
        return DueWork(item: item, hasParts: hasParts)
      }
      switch slots[Int(first.slot)].stage {
      case .waiting: beginRising(first.slot, at: now)
      case .rising: byDue.move(first.slot, to: item.deadline.nanoseconds)
      }
    }
    return nil
  }

  /// Something that may run and whose parts are up; with `onlyRising` only where they were raised for deferred work.
  private mutating func nextFitting(at now: Instant, levels: PartLevels, onlyRising: Bool) -> DueWork? {
    for index in groups.indices where !onlyRising || groups[index].risingCount > 0 {
      guard levels.meets(groups[index].parts), let first = groups[index].byEarliest.first, first.key <= now.nanoseconds else {
        continue
      }
      let item = slots[Int(first.slot)].item
      remove(first.slot)
      return DueWork(item: item, hasParts: true)
    }
    return nil
  }

  /// Spares the very next wakeup where its item may run already and has waited for half of its tolerance: its parts rise now.
  private mutating func beginNextWakeEarly(at now: Instant) {
    guard let first = byDue.first, slots[Int(first.slot)].stage == .waiting else { return }
    let item = slots[Int(first.slot)].item
    guard item.earliest <= now, now - item.earliest >= (item.latest(under: pressure) - item.earliest) / 2 else { return }
    beginRising(first.slot, at: now)
  }

  private mutating func beginRising(_ slot: UInt32, at now: Instant) {
    let item = slots[Int(slot)].item
    let latest = item.latest(under: pressure)
    slots[Int(slot)].stage = .rising
    groups[Int(slots[Int(slot)].group)].risingCount += 1
    // Timers go off a little late. Work that is due to the instant still gets the chance to have its parts, if they rise at once: it is
    // handed over without them at the next instant of the clock.
    byDue.move(slot, to: (latest > now ? latest : max(item.deadline, now + .nanoseconds(1))).nanoseconds)
  }

  /// When something must be done for an item that waits.
  private func dueKey(of slot: UInt32) -> Int64 {
    let entry = slots[Int(slot)]
    return (entry.item.latest(under: pressure) - groups[Int(entry.group)].rise).nanoseconds
  }

  // MARK: Places

  private mutating func takeSlot(for item: WorkItem, in group: Int) -> UInt32 {
    let entry = Slot(item: item, generation: 0, group: UInt8(group), stage: .waiting, isTaken: true)
    guard let free = freeSlots.popLast() else {
      slots.append(entry)
      return UInt32(slots.count - 1)
    }
    let generation = slots[Int(free)].generation &+ 1
    slots[Int(free)] = entry
    slots[Int(free)].generation = generation
    return free
  }

  private mutating func remove(_ slot: UInt32) {
    let entry = slots[Int(slot)]
    byDue.remove(slot)
    groups[Int(entry.group)].byEarliest.remove(slot)
    if entry.stage == .rising { groups[Int(entry.group)].risingCount -= 1 }
    slots[Int(slot)].isTaken = false
    freeSlots.append(slot)
    count -= 1
  }

  /// The group of a set of parts: the one that there is, an unused one, or a new one; nil when there are too many.
  private mutating func group(for parts: PartLevels, rise: Duration) -> Int? {
    var unused: Int?
    for index in groups.indices {
      if groups[index].parts == parts { return index }
      if groups[index].byEarliest.isEmpty { unused = index }
    }
    if let unused {
      groups[unused].parts = parts
      groups[unused].rise = rise
      return unused
    }
    guard groups.count < Self.requirementLimit else { return nil }
    groups.append(Group(parts: parts, rise: rise, byEarliest: IndexedHeap(capacity: capacity)))
    return groups.count - 1
  }
}
