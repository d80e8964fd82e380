import HAL
import Units

/// What reaches the wear machine.
public enum WearEvent: Sendable, Hashable {
  /// The wear line changed, with the time of the edge itself.
  case edge(active: Bool, at: Instant)
  /// `deadline` has come.
  case tick
}

/// A settled change of wear.
public enum WearChange: Sendable, Hashable {
  case putOn
  case takenOff
}

/// How long the wear line must stand still to be believed.
public struct WearTiming: Sendable, Hashable {
  /// Short: the glasses should be ready when they sit.
  public var on: Duration = .milliseconds(300)
  /// Longer: pushing the glasses up the nose or scratching an ear must not end an answer.
  public var off: Duration = .milliseconds(800)

  public init() {}
}

/// Whether the glasses sit on a head, with a grace time in each direction: a change counts after the level has stood still
/// for `WearTiming.on` or `.off`; anything shorter never happened. At most one change per call; tick at `deadline`.
public struct WearDetector: Sendable, Hashable {
  private var line: Debouncer

  /// `worn` is the level of the line at the start, believed at once.
  public init(_ timing: WearTiming = WearTiming(), worn: Bool = false) {
    line = Debouncer(activeAfter: timing.on, inactiveAfter: timing.off, level: worn)
  }

  public var isWorn: Bool { line.level }

  /// When the machine wants a `tick`; nil while the level is settled.
  public var deadline: Instant? { line.deadline }

  public mutating func handle(_ event: WearEvent, at now: Instant) -> WearChange? {
    switch event {
    case .edge(let active, let at):
      let change = line.settle(by: at)
      line.edge(active: active, at: at)
      return change.map { $0.active ? .putOn : .takenOff }
    case .tick:
      return line.settle(by: now).map { $0.active ? .putOn : .takenOff }
    }
  }
}
