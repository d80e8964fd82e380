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
  /// whether it becomes more is told later.
  case down
  /// It has stayed down for `ButtonTiming.longPress`. At most once between `down` and `release`.
  case long
  /// It has stayed down for `ButtonTiming.hold`. At most once between `down` and `release`, after `long`.
  case hold
  /// It came up. Follows each `down`, also after `long` and `hold`. `after` is measured between the edges.
  case release(after: Duration)
  /// So many short presses followed each other, 1 … 3, and no more belong to them. Only with `ButtonTiming.multiple` over zero; the last that
  /// can be told apart is told at its release, fewer when no other came in time.
  case presses(Int)
}

/// The button, from noisy edges to gestures.
///
/// ```
///          1 settled active / down         2 long time / long           3 hold time / hold
///   up ─────────────────────────▶ down ─────────────────────▶ long ─────────────────────────▶ held
///   ▲ ▲                            │                            │                               │
///   │ └── 4 settled inactive / release(after:) ◀────────────────┴───────────────────────────────┤
///   └──── 5 no other press in time, or the third / presses(n), n short ones                     ┘
/// ```
///
/// A call returns at most one gesture; when more is due, `deadline` is not in the future and the caller ticks again. Every edge
/// sequence, however noisy, ends in `up` or down according to the last level: `down` and `release` alternate. A long press or hold that
/// becomes known only when a later edge arrives, its release already settled, is not reported (the process was stalled; nobody holds
/// the button any more). A button that is down at the start says nothing until it has come up once. A long press ends a series of
/// short ones, which then means nothing.
public struct ButtonGestures: Sendable, Hashable {
  private enum Phase: Sendable, Hashable {
    case up
    case down(since: Instant)
    case long(since: Instant)
    case held(since: Instant)
    /// Down from before the start.
    case stuck
  }

  /// More short presses than this nobody tells apart.
  public static let mostPresses = 3

  private let timing: ButtonTiming
  private let most: Int
  private var line: Debouncer
  private var phase: Phase
  /// Short presses of the series so far, and the edge that ended the last.
  private var presses = 0
  private var lastRelease = Instant.zero

  /// `active` is the level of the line at the start. `most` presses of a series are told apart, 1 … 3: with the last of them the series is over, and
  /// with 1 nothing is counted or waited for.
  public init(_ timing: ButtonTiming = ButtonTiming(), most: Int = mostPresses, active: Bool = false) {
    precondition((1...Self.mostPresses).contains(most), "one to three presses are told apart")
    self.timing = timing
    self.most = most
    line = Debouncer(activeAfter: timing.debounce, inactiveAfter: timing.debounce, level: active)
    phase = active ? .stuck : .up
  }

  /// Whether the button counts as pressed.
  public var isDown: Bool { line.level }

  /// Which press of its series the present one is, or the next one would be.
  public var pressNumber: Int { presses + 1 }

  /// When the machine wants a `tick`; nil when only an edge can change anything.
  public var deadline: Instant? {
    var earliest = line.deadline
    if let due = timeDeadline { earliest = earliest.map { min($0, due) } ?? due }
    if let due = seriesDeadline { earliest = earliest.map { min($0, due) } ?? due }
    return earliest
  }

  /// When the press grows into the next gesture.
  private var timeDeadline: Instant? {
    let due: Instant
    switch phase {
    case .down(let since): due = since + timing.longPress
    case .long(let since): due = since + timing.hold
    case .up, .held, .stuck: return nil
    }
    // A line that has gone inactive before that time cannot get there unless it comes back.
    return line.raw || line.since >= due ? due : nil
  }

  /// When the series of short presses is over. The time runs from edge to edge: a press that began in time still has to settle.
  private var seriesDeadline: Instant? {
    guard presses > 0 else { return nil }
    switch phase {
    case .up: break
    case .down, .long, .held, .stuck: return presses >= most ? lastRelease : nil
    }
    if presses >= most { return lastRelease }
    let due = lastRelease + timing.multiple
    if line.raw, line.since <= due { return nil }
    return due
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
    if !mustSettle {
      if let due = seriesDeadline, due <= now { return endSeries() }
      if let due = timeDeadline, due <= now { return grow() }
    }
    guard let change = line.settle(by: now) else { return nil }
    switch (phase, change.active) {
    case (.up, true):
      // Too late for the series before it, of which nobody asked while the process was stalled.
      if presses > 0, change.at > lastRelease + timing.multiple { presses = 0 }
      phase = .down(since: change.at)
      return .down
    case (.down(let since), false):
      phase = .up
      // One that was long while nobody looked is none of the series.
      presses = most > 1 && timing.multiple > .zero && change.at - since < timing.longPress ? presses + 1 : 0
      lastRelease = change.at
      return .release(after: change.at - since)
    case (.long(let since), false), (.held(let since), false):
      phase = .up
      return .release(after: change.at - since)
    case (.stuck, false):
      phase = .up
      return nil
    case (.up, false), (.down, true), (.long, true), (.held, true), (.stuck, true):
      preconditionFailure("the debouncer reports only changes")
    }
  }

  private mutating func endSeries() -> Gesture {
    defer { presses = 0 }
    return .presses(min(presses, most))
  }

  private mutating func grow() -> Gesture? {
    switch phase {
    case .down(let since):
      presses = 0
      phase = .long(since: since)
      return .long
    case .long(let since):
      phase = .held(since: since)
      return .hold
    case .up, .held, .stuck: return nil
    }
  }
}
