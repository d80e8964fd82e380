import HAL
import Units

/// What reaches the overlay.
public enum OverlayEvent: Sendable, Hashable {
  /// Show a card, at most `time` long (nil: as long as its kind may stay). Longer times are cut to the kind's limit.
  case show(Card, time: Duration?)
  /// Take the visible card away if it is of this kind.
  case dismiss(CardKind)
  /// A turn or a pairing begins or ends; while one goes on, cards that nobody asked for wait.
  case busy(Bool)
  /// Somebody can look (the glasses are worn) or not. When not, nothing is visible and cards nobody asked for wait.
  case watched(Bool)
  /// `deadline` has come.
  case tick
}

/// What the display is to do.
public enum OverlayChange: Sendable, Hashable {
  /// Show this card instead of whatever is visible. It goes at `until` at the latest.
  case show(Card, until: Instant)
  /// Show nothing; the panel can go off.
  case hide
}

/// Limits that are not the board's.
public struct OverlayLimits: Sendable, Hashable {
  /// A listening cue cannot outlive the longest utterance.
  public var listening: Duration = .seconds(30)
  /// Digits cannot outlive a pairing attempt.
  public var digits: Duration = .seconds(60)
  /// A reminder that could not be shown for this long is stale.
  public var keepReminder: Duration = .seconds(600)
  /// Reminders that may wait; more are dropped and counted.
  public var waiting = 8

  public init() {}
}

/// The clutter budget: what is visible, and until when.
///
/// ```
///              1 show asked, or unasked within the budget / show
///   empty ───────────────────────────────────────────────────────▶ visible(card, until)
///     ▲                                                             │   ▲
///     │  2 tick at until, dismiss(kind), watched(false) / hide      │   └ 3 show asked / show
///     └─────────────────────────────────────────────────────────────┘
///
///   unasked while visible, busy, unwatched or within interruptionInterval of the last unasked card:
///     reminder ▶ waits (4 shown by the tick that finds room; dropped when stale)    notice ▶ dropped
/// ```
///
/// At most one card is visible. Asked cards replace what is visible, except that nothing but digits replaces digits.
/// Cards nobody asked for appear only on an empty display and at most once per `OverlayBudget.interruptionInterval`.
/// Nothing stays past its time. `deferred` and `dropped` count what the budget cost.
public struct OverlayPolicy: Sendable {
  private struct Visible: Sendable {
    var card: Card
    var until: Instant
  }
  private struct Waiting: Sendable {
    var card: Card
    var time: Duration?
    var stale: Instant
  }

  private let budget: OverlayBudget
  private let limits: OverlayLimits
  private var visible: Visible?
  private var waiting: [Waiting] = []
  private var isBusy = false
  private var isWatched: Bool
  private var lastInterruption: Instant?

  /// Cards that had to wait, since the start.
  public private(set) var deferred = 0
  /// Cards never shown: the budget did not allow them, they went stale, or nobody looked.
  public private(set) var dropped = 0

  public init(_ budget: OverlayBudget = OverlayBudget(), limits: OverlayLimits = OverlayLimits(), watched: Bool = true) {
    self.budget = budget
    self.limits = limits
    isWatched = watched
  }

  public var card: Card? { visible?.card }
  /// When the visible card goes.
  public var until: Instant? { visible?.until }
  public var waitingCount: Int { waiting.count }

  /// When the policy wants a `tick`; nil when only an event can change anything.
  public var deadline: Instant? {
    if let visible { return visible.until }
    guard !waiting.isEmpty, isWatched, !isBusy else { return nil }
    var due = lastInterruption.map { $0 + budget.interruptionInterval } ?? .zero
    for entry in waiting { due = min(due, entry.stale) }
    return due
  }

  public mutating func handle(_ event: OverlayEvent, at now: Instant) -> OverlayChange? {
    let before = visible?.card
    let hadExpired = expire(now)
    var change: OverlayChange?
    switch event {
    case .show(let card, let time): change = card.isAsked ? showAsked(card, time, now) : showUnasked(card, time, now)
    case .dismiss(let kind): change = visible?.card.kind == kind ? hide() : nil
    case .busy(let busy): isBusy = busy
    case .watched(let watched):
      isWatched = watched
      if !watched && visible != nil { change = hide() }
    case .tick: break
    }
    if visible == nil, let next = showWaiting(now) { change = next }
    if change == nil && hadExpired && before != nil { change = .hide }
    return change
  }

  private mutating func showAsked(_ card: Card, _ time: Duration?, _ now: Instant) -> OverlayChange? {
    guard isWatched, visible?.card.kind != .digits || card.kind == .digits else {
      dropped += 1
      return nil
    }
    return show(card, time, now)
  }

  private mutating func showUnasked(_ card: Card, _ time: Duration?, _ now: Instant) -> OverlayChange? {
    if visible == nil && mayInterrupt(now) && waiting.isEmpty { return interrupt(card, time, now) }
    switch card.kind {
    case .reminder where waiting.count < limits.waiting:
      waiting.append(Waiting(card: card, time: time, stale: now + limits.keepReminder))
      deferred += 1
    case .reminder, .notice, .answer, .digits, .listening:
      dropped += 1
    }
    return nil
  }

  private mutating func showWaiting(_ now: Instant) -> OverlayChange? {
    let fresh = waiting.count
    waiting.removeAll { $0.stale <= now }
    dropped += fresh - waiting.count
    guard !waiting.isEmpty, mayInterrupt(now) else { return nil }
    let next = waiting.removeFirst()
    return interrupt(next.card, next.time, now)
  }

  private func mayInterrupt(_ now: Instant) -> Bool {
    guard isWatched, !isBusy else { return false }
    guard let lastInterruption else { return true }
    return now >= lastInterruption + budget.interruptionInterval
  }

  private mutating func interrupt(_ card: Card, _ time: Duration?, _ now: Instant) -> OverlayChange {
    lastInterruption = now
    return show(card, time, now)
  }

  private mutating func show(_ card: Card, _ time: Duration?, _ now: Instant) -> OverlayChange {
    let limit =
      switch card.kind {
      case .listening: limits.listening
      case .digits: limits.digits
      case .answer, .notice, .reminder: budget.cardTime
      }
    let until = now + min(max(time ?? limit, .zero), limit)
    visible = Visible(card: card, until: until)
    return .show(card, until: until)
  }

  private mutating func hide() -> OverlayChange {
    visible = nil
    return .hide
  }

  private mutating func expire(_ now: Instant) -> Bool {
    guard let until = visible?.until, until <= now else { return false }
    visible = nil
    return true
  }
}
