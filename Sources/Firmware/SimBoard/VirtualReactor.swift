import Drivers
import Units

/// Waiting in virtual time: the clock stands still while the program computes, and jumps when it waits.
final class VirtualReactor {
  private(set) var clock: Instant
  /// Times that the clock jumped: what would have been wakeups.
  private(set) var wakeups: UInt64 = 0

  init(start: Instant) {
    clock = start
  }

  /// Goes to `deadline`. Going back is refused: a deadline in the past leaves the clock where it is.
  func wait(until deadline: Instant) {
    guard deadline > clock else { return }
    clock = deadline
    wakeups += 1
  }
}

/// Where the board's time comes from.
enum TimeSource {
  case real(Reactor)
  case virtual(VirtualReactor)

  func now() -> Instant {
    switch self {
    case .real(let reactor): reactor.now()
    case .virtual(let reactor): reactor.clock
    }
  }

  var wakeups: UInt64 {
    switch self {
    case .real(let reactor): reactor.wakeups
    case .virtual(let reactor): reactor.wakeups
    }
  }

  /// nil in virtual time, where there are no descriptors to watch.
  var reactor: Reactor? {
    switch self {
    case .real(let reactor): reactor
    case .virtual: nil
    }
  }
}
