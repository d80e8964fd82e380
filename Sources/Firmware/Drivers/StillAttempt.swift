import HAL
import Units

/// How far a still goes when the camera errs: pure, decided by what happened so far.
///
/// ```
/// frames come ──damaged, `patience` in a row──▶ restart the stream ──again──▶ open anew ──again──▶ failed
///      │        └─a call fails, or no frame in time─▲                 ▲                  ▲
///      │                                             └─a call fails────┴──────────────────┘
///      └──the device is gone──▶ open anew at once (it may be back under its name), once ──again──▶ failed
/// ```
public struct StillAttempt: Sendable, Hashable {
  public enum Remedy: Sendable, Hashable {
    /// Stream off, all buffers queued, stream on.
    case restartStream
    /// Close, find the device by its name, configure, stream.
    case reopen
    /// Nothing helped.
    case fail
  }

  private enum Stage: Sendable, Hashable { case fresh, restarted, reopened }

  private var stage = Stage.fresh
  private var damagedInARow = 0

  /// Damaged frames in a row until the stream counts as broken: transmission errors on USB damage one or two.
  private static let patience = 8

  public init() {}

  public mutating func frameCame() { damagedInARow = 0 }

  /// True when that was one too many: the stream has failed.
  public mutating func frameWasDamaged() -> Bool {
    damagedInARow += 1
    return damagedInARow >= StillAttempt.patience
  }

  /// A call failed, or no frame came in time. `isOpen`: the device had been opened and configured before.
  public mutating func failed(_ cause: FailureCause, isOpen: Bool) -> Remedy {
    switch cause {
    case .removed, .absent:
      guard stage != .reopened else { return .fail }
      stage = .reopened
      damagedInARow = 0
      return .reopen
    // Another holder, missing rights and missing formats do not go away by trying again.
    case .busy, .forbidden, .refused, .full: return .fail
    // What the device refuses after it has agreed to its format is a fault of the moment.
    case .unsupported: return isOpen ? escalate() : .fail
    case .malformed, .timedOut, .io: return isOpen ? escalate() : reopenOnce()
    }
  }

  private mutating func reopenOnce() -> Remedy {
    guard stage != .reopened else { return .fail }
    stage = .reopened
    return .reopen
  }

  private mutating func escalate() -> Remedy {
    damagedInARow = 0
    switch stage {
    case .fresh:
      stage = .restarted
      return .restartStream
    case .restarted:
      stage = .reopened
      return .reopen
    case .reopened: return .fail
    }
  }
}
