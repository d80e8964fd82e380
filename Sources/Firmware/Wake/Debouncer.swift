import Units

/// Turns the edges of a noisy line into settled levels: a level counts once it has stood unchanged for its settling time.
///
/// ```
///            1 edge to the other level            2 edge back before it settles
/// settled(L) ────────────────────────▶ unsettled ────────────────────────────▶ settled(L)
///                                      │  ▲
///                                      │  └ 3 each further edge restarts the time
///                                      └─ 4 settling time over ─▶ settled(other)
/// ```
///
/// Edges carry the time of the edge itself, so a late delivery changes no outcome: what had settled before an edge is found
/// out when that edge arrives. Edges that do not change the level are ignored; an edge dated before the last one counts as
/// simultaneous with it.
struct Debouncer: Sendable, Hashable {
  /// A settled change.
  struct Change: Sendable, Hashable {
    var active: Bool
    /// The edge after which the level stood still.
    var at: Instant
  }

  let activeAfter: Duration
  let inactiveAfter: Duration
  /// The settled level.
  private(set) var level: Bool
  /// The level of the line itself.
  private(set) var raw: Bool
  /// When the line took that level.
  private(set) var since: Instant = .zero

  init(activeAfter: Duration, inactiveAfter: Duration, level: Bool) {
    self.activeAfter = activeAfter
    self.inactiveAfter = inactiveAfter
    self.level = level
    raw = level
  }

  /// When the line settles if no edge comes; nil while it is settled.
  var deadline: Instant? {
    raw == level ? nil : since + (raw ? activeAfter : inactiveAfter)
  }

  /// The change that had settled by `now`, once.
  mutating func settle(by now: Instant) -> Change? {
    guard let deadline, deadline <= now else { return nil }
    level = raw
    return Change(active: level, at: since)
  }

  /// Notes an edge. Call `settle(by: at)` first.
  mutating func edge(active: Bool, at: Instant) {
    guard active != raw else { return }
    raw = active
    since = max(since, at)
  }
}
