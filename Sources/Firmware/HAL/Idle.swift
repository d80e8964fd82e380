import Units

/// What the system does while the program waits.
public enum IdleKind: UInt8, Sendable, Hashable, CaseIterable {
  /// The process waits; the kernel's own idle states apply.
  case wait = 1
  /// Suspended to idle (`freeze` on Linux): devices are suspended, memory and processor keep their state at little power.
  case standby = 2
  /// Suspended to memory (`mem`): only the wake sources live.
  case suspend = 3

  public var name: StaticString {
    switch self {
    case .wait: "wait"
    case .standby: "standby"
    case .suspend: "suspend"
    }
  }
}

/// A way to idle, with the figures of the board's file.
public struct IdleLevel: Sendable, Hashable {
  public var kind: IdleKind
  /// Power while it lasts.
  public var power: Microwatts
  /// Worst cases, zero or more. An event that comes at the beginning of the entry is answered after both.
  public var entryLatency: Duration
  public var exitLatency: Duration
  /// What entering and leaving cost together.
  public var transition: Nanojoules
  /// The highest levels that parts may hold meanwhile: those that need no processor, or that wake it.
  public var sustains: PartLevels

  public init(
    _ kind: IdleKind, power: Microwatts, entryLatency: Duration = .zero, exitLatency: Duration = .zero,
    transition: Nanojoules = .zero, sustains: PartLevels
  ) {
    self.kind = kind
    self.power = power
    self.entryLatency = entryLatency
    self.exitLatency = exitLatency
    self.transition = transition
    self.sustains = sustains
  }

  /// The time that passes on the way in and out.
  public var passage: Duration { entryLatency + exitLatency }
}

/// How the system was down during one `Board.next`: what the ledger charges.
public struct IdleSpell: Sendable, Hashable {
  /// The way to idle that it entered, deeper than `wait`.
  public var kind: IdleKind
  /// When the way in began, and when the program ran again.
  public var began: Instant
  public var ended: Instant
  /// Times that it went down, each of which costs a transition: more than one when something woke the system that is no event.
  public var entries: Int
  /// Of these, times that an event came on the way in and turned it back.
  public var aborted: Int

  public init(_ kind: IdleKind, began: Instant, ended: Instant, entries: Int = 1, aborted: Int = 0) {
    self.kind = kind
    self.began = began
    self.ended = ended
    self.entries = entries
    self.aborted = aborted
  }
}
