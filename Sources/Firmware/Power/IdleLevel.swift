import HAL
import Units

/// What the system does while it idles.
public enum IdleKind: UInt8, Sendable, Hashable, CaseIterable {
  /// The process waits; the kernel's own idle states apply.
  case wait = 1
  /// Suspended to idle (`freeze` on Linux): devices are suspended, memory and processor keep their state at little power.
  case standby = 2
  /// Suspended to memory (`mem`): only the wake sources live.
  case suspend = 3
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
  var passage: Duration { entryLatency + exitLatency }

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
