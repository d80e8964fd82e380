import HAL
import Units

/// What reaches the button machine.
public enum ButtonEvent: Sendable, Hashable {
  /// The line changed (`BoardEvent.edge`), with the time of the edge itself.
  case edge(active: Bool, at: Instant)
  /// `deadline` has come.
  case tick
}

/// What the wearer did with the button.
public enum Gesture: Sendable, Hashable {
  /// The button went down. Reported as soon as the level has settled, because a press must engage with the least delay;
  /// whether it becomes a hold is told later.
  case down
  /// It has stayed down for `ButtonTiming.hold`. At most once between `down` and `release`.
  case hold
  /// It came up. Follows each `down`, also after a `hold`. `after` is measured between the edges.
  case release(after: Duration)
}

/// The button, from noisy edges to gestures.
///
/// ```
///          1 settled active / down            2 hold time reached / hold
///   up ─────────────────────────▶ down ─────────────────────────────────▶ held
///   ▲                              │                                        │
///   └── 3 settled inactive / release(after:) ◀──────────────────────────────┘
/// ```
///
/// A call returns at most one gesture; when more is due, `deadline` is not in the future and the caller ticks again. Every edge
/// sequence, however noisy, ends in `up` or in `down`/`held` according to the last level: `down` and `release` alternate.
/// A hold that becomes known only when a later edge arrives, its release already settled, is not reported (the process was
/// stalled; nobody holds the button any more). A button that is down at the start says nothing until it has come up once.
public struct ButtonGestures: Sendable, Hashable {
  private enum Phase: Sendable, Hashable {
    case up
    case down(since: Instant)
    case held(since: Instant)
    /// Down from before the start.
    case stuck
  }

  private let hold: Duration
  private var line: Debouncer
  private var phase: Phase

  /// `active` is the level of the line at the start.
  public init(_ timing: ButtonTiming = ButtonTiming(), active: Bool = false) {
    hold = timing.hold
    line = Debouncer(activeAfter: timing.debounce, inactiveAfter: timing.debounce, level: active)
    phase = active ? .stuck : .up
  }

  /// Whether the button counts as pressed.
  public var isDown: Bool { line.level }

  /// When the machine wants a `tick`; nil when only an edge can change anything.
  public var deadline: Instant? {
    guard let settling = line.deadline else { return holdDeadline }
    guard let holdDeadline else { return settling }
    return min(settling, holdDeadline)
  }

  private var holdDeadline: Instant? {
    switch phase {
    case .down(let since):
      let due = since + hold
      // A line that has gone inactive before the hold time cannot become a hold unless it comes back.
      return line.raw || line.since >= due ? due : nil
    case .up, .held, .stuck: return nil
    }
  }

  /// Takes an event and reports the gesture that it completes. For `.edge` what happened before the edge is settled first.
  public mutating func handle(_ event: ButtonEvent, at now: Instant) -> Gesture? {
    switch event {
    case .edge(let active, let at):
      let gesture = advance(to: at, isLast: true)
      line.edge(active: active, at: at)
      return gesture
    case .tick:
      return advance(to: now, isLast: false)
    }
  }

  /// `isLast`: an edge follows, so a settled level must be taken now or it is lost.
  private mutating func advance(to now: Instant, isLast: Bool) -> Gesture? {
    let mustSettle = isLast && (line.deadline.map { $0 <= now } ?? false)
    if !mustSettle, let due = holdDeadline, due <= now, case .down(let since) = phase {
      phase = .held(since: since)
      return .hold
    }
    guard let change = line.settle(by: now) else { return nil }
    switch (phase, change.active) {
    case (.up, true):
      phase = .down(since: change.at)
      return .down
    case (.down(let since), false), (.held(let since), false):
      phase = .up
      return .release(after: change.at - since)
    case (.stuck, false):
      phase = .up
      return nil
    case (.up, false), (.down, true), (.held, true), (.stuck, true):
      preconditionFailure("the debouncer reports only changes")
    }
  }
}
