import HAL
import Units

/// Chooses how deep the system sleeps: the deepest level that pays before the next deadline, answers events as soon as is claimed, and
/// keeps alive what is up. (Residency and latency as in Zephyr's default policy and Linux's cpuidle; the residency is not stated but
/// follows from the energies.)
///
/// ```
///   now          wakeAt      nextWake
///    │── entry ──┬─ resting ─┬── exit ──│   A timer is set for `wakeAt`, so that the way out is over
///    └───────────┴───────────┴──────────┘   when work begins; an event ends the rest sooner.
/// ```
public struct IdleGovernor: Sendable {
  public struct Decision: Sendable, Hashable {
    /// Index into `levels`.
    public var level: Int
    public var kind: IdleKind
    /// When the timer must go off; nil: no timer.
    public var wakeAt: Instant?
  }

  public let levels: [IdleLevel]
  /// The shortest idle time for which each level pays against all shallower ones; nil when it never pays.
  public let residencies: [Duration?]

  /// `levels`: from shallow to deep; the first is what is always possible, and waits without latency of its own that matters.
  public init(levels: [IdleLevel]) {
    precondition(!levels.isEmpty, "there is always a way to idle")
    self.levels = levels
    var residencies: [Duration?] = [.zero]
    for index in levels.indices.dropFirst() {
      // Not shorter than the way in and out: before that it has not slept at all.
      var residency: Duration? = levels[index].passage
      for shallower in 0..<index {
        if residencies[shallower] == nil { continue }
        if let pays = levels[index].breakEven(against: levels[shallower]), let present = residency {
          residency = max(present, pays)
        } else {
          residency = nil
        }
      }
      residencies.append(residency)
    }
    self.residencies = residencies
  }

  /// The level for now. `nextWake` is when the next work must begin, nil when nothing is scheduled; `expected` is when something
  /// outside is likely to wake the system (nil: unknown), which counts for what pays and sets no timer.
  public func choose(
    at now: Instant, nextWake: Instant?, expected: Instant? = nil, parts: PartLevels, claims: LatencyClaims
  ) -> Decision {
    var end = nextWake
    if let expected { end = min(end ?? expected, expected) }
    for index in levels.indices.dropFirst().reversed() {
      let level = levels[index]
      guard let residency = residencies[index], level.sustains.meets(parts) else { continue }
      if let tightest = claims.tightest, level.passage > tightest { continue }
      if let end, end - now < residency { continue }
      if let nextWake, nextWake - now < level.passage { continue }
      return Decision(level: index, kind: level.kind, wakeAt: nextWake.map { $0 - level.exitLatency })
    }
    return wait(until: nextWake)
  }

  /// No deeper than what is always possible.
  public func wait(until nextWake: Instant?) -> Decision { Decision(level: 0, kind: levels[0].kind, wakeAt: nextWake) }
}

extension IdleLevel {
  /// The idle time from which this level takes no more energy than `shallower`; nil when it never does. Both pay for their passages
  /// and draw their power for the rest of the time:
  /// transition + power × (t − passage) ≤ the other's transition + power × (t − passage).
  func breakEven(against shallower: IdleLevel) -> Duration? {
    let saved = shallower.power.value - power.value
    // In nanojoules: what this level costs more, both at t = 0.
    let extra =
      (transition - Nanojoules(power, over: passage))
      - (shallower.transition - Nanojoules(shallower.power, over: shallower.passage))
    if saved <= 0 { return saved == 0 && extra <= .zero ? .zero : nil }
    guard extra > .zero else { return .zero }
    // nJ / µW = ms; rounded up so that it pays indeed. 10⁶ ns each.
    let (high, low) = extra.value.multipliedFullWidth(by: 1_000_000)
    let (quotient, remainder) = saved.dividingFullWidth((high, low))
    return .nanoseconds(quotient + (remainder > 0 ? 1 : 0))
  }
}
