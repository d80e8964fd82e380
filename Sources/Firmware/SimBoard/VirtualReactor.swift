import Drivers
import Units

/// Waiting in virtual time: the clock stands still while the program computes, and jumps when it waits.
final class VirtualReactor {
  private(set) var clock: Instant
  /// Calls of `next` that took time: what would have been wakeups.
  var wakeups: UInt64 = 0

  init(start: Instant) {
    clock = start
  }

  /// Goes to `deadline`. Going back is refused: a deadline in the past leaves the clock where it is.
  func wait(until deadline: Instant) {
    guard deadline > clock else { return }
    clock = deadline
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

  /// Virtual time goes on to an instant.
  func jump(to instant: Instant) {
    if case .virtual(let reactor) = self { reactor.wait(until: instant) }
  }

  /// A real reactor counts by itself.
  func countWakeup() {
    if case .virtual(let reactor) = self { reactor.wakeups += 1 }
  }

  /// nil in virtual time, where there are no descriptors to watch.
  var reactor: Reactor? {
    switch self {
    case .real(let reactor): reactor
    case .virtual: nil
    }
  }
}
