import HAL
import Power
import Units

/// Plays a workload against the scheduler in virtual time and counts what comes of it.
public struct Replay: Sendable {
  public struct Run: Sendable, Hashable {
    public var identifier: WorkIdentifier
    public var at: Instant
    public var hasParts: Bool
  }

  public struct PressureChange: Sendable, Hashable {
    public var at: Instant
    public var pressure: PowerPressure

    public init(at: Instant, pressure: PowerPressure) {
      self.at = at
      self.pressure = pressure
    }
  }

  /// How the world around the scheduler behaves.
  public struct World: Sendable {
    public var declaredRises = RiseTimes()
    /// What a part takes in truth, beside the others; nil: it never comes up.
    public var rise: @Sendable (Part) -> Duration? = { _ in .zero }
    public var pressures: [PressureChange] = []
    public var capacity: Int?

    public init() {}
  }

  public private(set) var runs: [Run] = []
  public private(set) var refusals: [WorkIdentifier: WorkRefusal] = [:]
  /// Times at which the processor woke for the scheduler's sake alone.
  public private(set) var wakeups: [Instant] = []
  /// How often parts were raised for the scheduler's sake.
  public private(set) var raises = 0
  /// Whether the scheduler, left with nothing, still asks to be woken or for parts.
  public private(set) var isRestless = false

  private var scheduler: TaskScheduler
  private var tickets: [WorkIdentifier: WorkTicket] = [:]
  private let world: World
  /// What is up for the scheduler's sake, and what is on its way.
  private var raised = PartLevels.none
  private var rising: [(levels: PartLevels, at: Instant)] = []

  private enum Event {
    case cancel(WorkIdentifier)
    case pressure(PowerPressure)
    case request(WorkItem)
    case window(PartLevels)
  }

  public init(_ workload: Workload, world: World = World()) {
    self.world = world
    scheduler = TaskScheduler(capacity: world.capacity ?? max(workload.requests.count, 1), rises: world.declaredRises)
    play(Self.events(of: workload, world: world))
  }

  /// In the order of time; at one instant what is cancelled is gone first, and windows see what was just asked for.
  private static func events(of workload: Workload, world: World) -> [(at: Instant, event: Event)] {
    var events: [(at: Instant, rank: Int, event: Event)] = []
    for request in workload.requests {
      if let cancelled = request.cancelled { events.append((max(cancelled, request.at), 2, .cancel(request.item.identifier))) }
      events.append((request.at, 1, .request(request.item)))
    }
    for change in world.pressures { events.append((change.at, 0, .pressure(change.pressure))) }
    for window in workload.windows { events.append((window.at, 3, .window(window.levels))) }
    events.sort { ($0.at, $0.rank) < ($1.at, $1.rank) }
    return events.map { ($0.at, $0.event) }
  }

  private mutating func play(_ events: [(at: Instant, event: Event)]) {
    var index = 0
    var now = Instant.zero
    while true {
      let event = index < events.count ? events[index].at : nil
      let wake = scheduler.nextWake
      let arrival = rising.map(\.at).min().flatMap { $0.nanoseconds < .max ? $0 : nil }
      guard let next = [event, wake, arrival].compactMap({ $0 }).min() else { break }
      // A wake in the past means at once.
      now = max(now, next)
      if let arrival, arrival <= now {
        for part in rising where part.at <= now { raised = raised.union(part.levels) }
        rising.removeAll { $0.at <= now }
        open(at: now, levels: .none)
        continue
      }
      if let event, event <= now {
        // Everything of one instant happens before the scheduler is asked.
        var window: PartLevels?
        while index < events.count, events[index].at == event {
          switch events[index].event {
          case .cancel(let identifier): if let ticket = tickets.removeValue(forKey: identifier) { scheduler.cancel(ticket) }
          case .pressure(let pressure): scheduler.set(pressure)
          case .request(let item): request(item, at: event)
          case .window(let levels): window = (window ?? .none).union(levels)
          }
          index += 1
        }
        if let window { open(at: event, levels: window) }
        continue
      }
      // The processor is awake anyway while parts rise, and at one instant it wakes once.
      if !rising.contains(where: { $0.at.nanoseconds < .max }), wakeups.last != now { wakeups.append(now) }
      open(at: now, levels: .none)
    }
    isRestless = scheduler.count != 0 || scheduler.nextWake != nil || !scheduler.wantedParts.isEmpty
  }

  private mutating func request(_ item: WorkItem, at now: Instant) {
    do throws(WorkRefusal) {
      tickets[item.identifier] = try scheduler.schedule(item, at: now)
    } catch {
      refusals[item.identifier] = error
    }
  }

  /// The processor is awake: everything runs that the scheduler wants to run.
  private mutating func open(at now: Instant, levels: PartLevels) {
    while true {
      while let work = scheduler.next(at: now, levels: levels.union(raised)) {
        tickets[work.item.identifier] = nil
        runs.append(Run(identifier: work.item.identifier, at: now, hasParts: work.hasParts))
      }
      let wanted = scheduler.wantedParts
      guard !wanted.isEmpty else {
        raised = .none
        rising = []
        return
      }
      let missing = missing(of: wanted)
      guard !missing.isEmpty else { return }
      raises += 1
      let before = raised
      for part in Part.allCases where missing[part] > 0 {
        let levels = PartLevels(part, missing[part])
        switch world.rise(part) {
        case .zero?: raised = raised.union(levels)
        case let time?: rising.append((levels, now + time))
        // Remembered, so that it is tried once.
        case nil: rising.append((levels, Instant(nanoseconds: .max)))
        }
      }
      if raised == before { return }
    }
  }

  /// What of `wanted` is neither up for the scheduler's sake nor on its way.
  private func missing(of wanted: PartLevels) -> PartLevels {
    let underway = rising.reduce(raised) { $0.union($1.levels) }
    var missing = PartLevels.none
    for part in Part.allCases where wanted[part] > underway[part] { missing[part] = wanted[part] }
    return missing
  }
}
