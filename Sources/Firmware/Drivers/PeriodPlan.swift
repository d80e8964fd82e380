import Units

/// How a capture wakes the processor once per period: by the hardware's interrupt, or by a timer between its interrupts.
///
/// The hardware's period is set once, because changing it stops the device. It is the longest that will be wanted, so that an
/// armed microphone interrupts as seldom as it can; while a shorter one is wanted, a timer asks the device where it is. A device that
/// tells its position in whole periods only (USB) cannot be asked in between: it gets the short period, and its descriptor reports only
/// when a long one is full.
public struct PeriodPlan: Sendable, Hashable {
  public enum Wakeup: Sendable, Hashable {
    /// The descriptor is ready when this many frames wait.
    case descriptor(frames: Int)
    /// A timer for each of these; the descriptor tells of faults only.
    case timer(Duration)
  }

  public let rate: Int
  /// Frames between two interrupts.
  public let hardwarePeriod: Int
  public let buffer: Int
  public let tellsOnlyPeriods: Bool

  public init(rate: Int, hardwarePeriod: Int, buffer: Int, tellsOnlyPeriods: Bool) {
    self.rate = rate
    self.hardwarePeriod = hardwarePeriod
    self.buffer = buffer
    self.tellsOnlyPeriods = tellsOnlyPeriods
  }

  /// `period` is 10 ms … 500 ms, and at most half of the buffer so that a late wakeup loses nothing.
  public func wakeup(for period: Duration) -> Wakeup {
    let wanted = Int(period.nanoseconds * Int64(rate) / 1_000_000_000)
    let frames = min(max(wanted, rate / 100), rate / 2, buffer / 2)
    // Rounding of the period to the hardware's grid is no reason for a timer.
    let isShorter = frames * 8 < hardwarePeriod * 7
    if tellsOnlyPeriods || !isShorter { return .descriptor(frames: frames) }
    return .timer(.nanoseconds(Int64(frames) * 1_000_000_000 / Int64(rate)))
  }

  /// Frames that must wait before the descriptor is ready while a timer does the waking: never.
  public var silent: Int { buffer * 2 }
}
