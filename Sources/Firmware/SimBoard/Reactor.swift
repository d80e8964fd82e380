import CLinux
import HAL
import Units

/// What a descriptor is ready for.
struct Readiness {
  let events: UInt32

  var isReadable: Bool { events & (SOTTO_READABLE | SOTTO_PEER_DONE) != 0 }
  var isWritable: Bool { events & SOTTO_WRITABLE != 0 }
  /// The descriptor is broken or its other end is gone. It stays so: whoever watches it must stop, or it wakes the processor for ever.
  var isBroken: Bool { events & (SOTTO_FAILED | SOTTO_HUNG_UP) != 0 }
}

/// Where a ready descriptor belongs.
enum Source: UInt64 {
  case timer
  case signals
  case console
  case lookup
  case link
  case microphone
  case speaker
  case camera
}

/// The one place where the firmware waits in real time: one epoll set and one timerfd on `CLOCK_BOOTTIME`.
///
/// At most one timer is armed, for the instant that `wait` was given last; when it is given none, the timer is disarmed and
/// `epoll_wait` waits without end. The timer is watched edge-triggered: it need not be read, and arming it anew forgets an
/// expiry that nobody saw.
final class Reactor {
  private let epoll: Int32
  private let timer: Int32
  private let signals: Int32
  private var armed: Instant?
  private var ready = [sotto_ready](repeating: sotto_ready(token: 0, events: 0), count: 16)
  private var found = 0
  private var taken = 0
  /// Times that a wait without a result at hand ended.
  private(set) var wakeups: UInt64 = 0

  /// With `handlesSignals` SIGINT, SIGTERM and SIGHUP arrive as `Source.signals` instead of ending the process.
  init(handlesSignals: Bool) throws(DeviceError) {
    epoll = sotto_epoll_create()
    timer = sotto_timer_create()
    signals = handlesSignals ? sotto_signals_create() : -1
    try Reactor.check(epoll)
    try Reactor.check(timer)
    try Reactor.check(sotto_epoll_add(epoll, timer, SOTTO_READABLE | SOTTO_EDGE, Source.timer.rawValue))
    guard handlesSignals else { return }
    try Reactor.check(signals)
    try Reactor.check(sotto_epoll_add(epoll, signals, SOTTO_READABLE, Source.signals.rawValue))
  }

  deinit {
    for descriptor in [signals, timer, epoll] where descriptor >= 0 { sotto_close(descriptor) }
  }

  private static func check(_ result: Int32) throws(DeviceError) {
    if result < 0 { throw DeviceError(system: .processor, "reactor", result) }
  }

  func now() -> Instant { Instant(nanoseconds: sotto_now()) }

  /// Whether the kernel holds a timer of ours, by the kernel's own account.
  var timerIsArmed: Bool { sotto_timer_remaining(timer) > 0 }

  /// Watches a descriptor for `SOTTO_READABLE` and so on. Returns the negated error number on failure: -EPERM when the
  /// descriptor is a plain file, which is always ready and needs no watching.
  func watch(_ descriptor: Int32, _ events: UInt32, for source: Source) -> Int32 {
    sotto_epoll_add(epoll, descriptor, events, source.rawValue)
  }

  /// Sets what a watched descriptor is watched for. With `SOTTO_EDGE` this reports once more what is there already.
  func change(_ descriptor: Int32, _ events: UInt32, for source: Source) {
    _ = sotto_epoll_change(epoll, descriptor, events, source.rawValue)
  }

  func unwatch(_ descriptor: Int32) {
    _ = sotto_epoll_remove(epoll, descriptor)
  }

  /// Sleeps until a descriptor is ready or `deadline` has come. False when the system does not let it wait.
  func wait(until deadline: Instant?) -> Bool {
    arm(deadline)
    wakeups += 1
    return collect(milliseconds: -1)
  }

  /// Looks for ready descriptors without sleeping.
  func look() -> Bool {
    collect(milliseconds: 0)
  }

  /// The next ready descriptor that the last `wait` or `look` found; the timer is left out, its instant is known anyway.
  func takeReady() -> (Source, Readiness)? {
    while taken < found {
      let entry = ready[taken]
      taken += 1
      guard let source = Source(rawValue: entry.token), source != .timer else { continue }
      return (source, Readiness(events: entry.events))
    }
    return nil
  }

  /// Whether a signal asked the process to end. Only after `Source.signals` was ready.
  func takeSignal() -> Bool {
    sotto_signals_read(signals) > 0
  }

  private func collect(milliseconds: Int32) -> Bool {
    taken = 0
    found = 0
    let result = ready.withUnsafeMutableBufferPointer { buffer in
      sotto_epoll_wait(epoll, buffer.baseAddress, Int32(buffer.count), milliseconds)
    }
    guard result >= 0 else { return false }
    found = Int(result)
    // A timer that has expired is not armed any more: nothing has to be disarmed later.
    for entry in ready[0..<found] where entry.token == Source.timer.rawValue { armed = nil }
    return true
  }

  private func arm(_ deadline: Instant?) {
    guard deadline != armed else { return }
    // An absolute time of zero would disarm.
    _ = sotto_timer_arm(timer, deadline.map { max($0.nanoseconds, 1) } ?? 0)
    armed = deadline
  }
}

extension DeviceError {
  /// The error of a CLinux call: `result` is its negated error number.
  init(system part: Part, _ operation: StaticString, _ result: Int32) {
    self.init(part, operation, FailureCause(system: -result), errno: -result)
  }
}

extension FailureCause {
  init(system error: Int32) {
    switch UInt32(bitPattern: sotto_failure_kind(error)) {
    case SOTTO_FAILURE_NOT_THERE.rawValue: self = .absent
    case SOTTO_FAILURE_FORBIDDEN.rawValue: self = .forbidden
    case SOTTO_FAILURE_BUSY.rawValue: self = .busy
    case SOTTO_FAILURE_FULL.rawValue: self = .full
    case SOTTO_FAILURE_TIMED_OUT.rawValue: self = .timedOut
    case SOTTO_FAILURE_REFUSED.rawValue: self = .refused
    case SOTTO_FAILURE_GONE.rawValue: self = .removed
    case SOTTO_FAILURE_UNSUPPORTED.rawValue: self = .unsupported
    default: self = .io
    }
  }
}
