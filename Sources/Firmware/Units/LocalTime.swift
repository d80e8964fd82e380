/// A time of day where the wearer is.
public struct LocalTime: Sendable, Hashable, Comparable {
  /// Milliseconds since midnight, 0 … 86,399,999.
  public let milliseconds: Int32

  public static let dayLength: Int64 = 86_400_000

  /// Any number of milliseconds since some midnight; whole days are dropped.
  public init(milliseconds: Int64) {
    let rest = milliseconds % Self.dayLength
    self.milliseconds = Int32(rest < 0 ? rest + Self.dayLength : rest)
  }

  public init(hour: Int, minute: Int) {
    self.init(milliseconds: Int64(hour * 60 + minute) * 60_000)
  }

  public var minutes: Int { Int(milliseconds) / 60_000 }

  public static func < (a: LocalTime, b: LocalTime) -> Bool { a.milliseconds < b.milliseconds }
}

/// The wearer's time of day, derived from the monotonic clock since somebody who knows has told it. Nobody else does: until then it is
/// unknown.
public struct WallClock: Sendable, Hashable {
  private var told: LocalTime?
  private var at = Instant.zero

  public init() {}

  /// It is `time` now. A clock that somebody sets takes the place of the one before.
  public mutating func set(_ time: LocalTime, at now: Instant) {
    told = time
    at = now
  }

  /// nil while nobody has told it.
  public func time(at now: Instant) -> LocalTime? {
    told.map { LocalTime(milliseconds: Int64($0.milliseconds) + (now - at).milliseconds) }
  }
}
