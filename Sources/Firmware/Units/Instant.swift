/// A point on the one monotonic clock of the device, in nanoseconds since an arbitrary start.
///
/// On Linux it is read from `CLOCK_BOOTTIME`; on the simulated board it is virtual. Only boards read clocks: everything else
/// is handed an `Instant`.
public struct Instant: Comparable, Hashable, Sendable {
  public var nanoseconds: Int64

  public static let zero = Instant(nanoseconds: 0)

  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
  public static func + (a: Instant, b: Duration) -> Instant { Instant(nanoseconds: a.nanoseconds + b.nanoseconds) }
  public static func - (a: Instant, b: Duration) -> Instant { Instant(nanoseconds: a.nanoseconds - b.nanoseconds) }
  public static func - (a: Instant, b: Instant) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }
  public static func += (a: inout Instant, b: Duration) { a = a + b }
}

extension Duration {
  /// The whole nanoseconds of this duration. Durations on the device stay below ±292 years, where this is exact.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }

  public var microseconds: Int64 { nanoseconds / 1_000 }
  public var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
