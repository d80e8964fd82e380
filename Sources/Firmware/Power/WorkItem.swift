import HAL
import Units

/// What a piece of work is, chosen by whoever schedules it; the scheduler only hands it back.
public struct WorkIdentifier: Sendable, Hashable {
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// How work gives way when battery or temperature press.
public enum WorkClass: UInt8, Sendable, Hashable, CaseIterable {
  /// The wearer asked for it and notices when it is late (a timer), or it saves power: no pressure moves or refuses it.
  case interactive = 1
  /// Better soon, and it can wait (deliver a status).
  case opportunistic = 2
  /// Nobody waits for it (rotate a log, refresh a certificate).
  case maintenance = 3

  public var isDeferrable: Bool { self != .interactive }
}

/// Work for later: the window in which it may begin, and what it needs.
///
/// ```
///          earliest        earliest + tolerance            deadline
///  ───────────┼────────────────────┼───────────────────────────┼──────▶ time
///    never    │ when the processor │ at once; later only under │ never
///    begins   │ and the parts are  │ pressure, or while parts  │
///             │ up anyway          │ still rise                │
/// ```
public struct WorkItem: Sendable, Hashable {
  public var identifier: WorkIdentifier
  public var workClass: WorkClass
  /// The work does not begin before.
  public var earliest: Instant
  /// How long after `earliest` the work may wait for company, zero or more; `deadline` bounds it. (Apple's timers call this
  /// tolerance and advise a tenth of the interval; Android's inexact alarms allow three quarters.)
  public var tolerance: Duration
  /// The work begins by then, under whatever pressure.
  public var deadline: Instant
  /// What one execution costs, as the board's figures model it; counted against the allowance under pressure.
  public var energy: Nanojoules
  /// What must be up besides the processor.
  public var parts: PartLevels

  public init(
    _ identifier: WorkIdentifier, _ workClass: WorkClass, earliest: Instant, tolerance: Duration = .zero, deadline: Instant,
    energy: Nanojoules = .zero, parts: PartLevels = .none
  ) {
    self.identifier = identifier
    self.workClass = workClass
    self.earliest = earliest
    self.tolerance = tolerance
    self.deadline = deadline
    self.energy = energy
    self.parts = parts
  }

  /// The latest instant at which the work begins if nothing hinders it.
  public func latest(under pressure: PowerPressure) -> Instant {
    if pressure > .none && workClass.isDeferrable { return deadline }
    // Tolerances near 292 years would overflow the clock; all of them mean "until the deadline".
    let (sum, overflows) = earliest.nanoseconds.addingReportingOverflow(tolerance.nanoseconds)
    return overflows ? deadline : min(Instant(nanoseconds: sum), deadline)
  }
}

/// An accepted item, to cancel it by. A ticket whose work has run or was cancelled stays harmless: its generation is over.
public struct WorkTicket: Sendable, Hashable {
  let slot: UInt32
  let generation: UInt32
}

/// Why work was not accepted. Nothing is kept of it.
public enum WorkRefusal: Error, Sendable, Hashable {
  /// The deadline lies before the earliest instant, or the tolerance is negative.
  case emptyWindow
  /// The deadline has passed.
  case pastDeadline
  /// What the work needs takes this long to come up, and the deadline is nearer.
  case exitLatency(Duration)
  /// All places are taken, or there are too many different sets of required parts.
  case capacity
  /// Battery or temperature are critical and the work can be asked for again.
  case pressure
  /// The allowance for deferrable work under pressure is used up.
  case energy
}

/// Work that is to be done now. It has left the scheduler.
public struct DueWork: Sendable, Hashable {
  public var item: WorkItem
  /// False when the deadline came before the required parts did: whoever does the work ends it with that reason.
  public var hasParts: Bool
}
