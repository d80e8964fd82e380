import CLinux
import HAL
import Units

/// The one place where the firmware waits in real time: one epoll set and one timerfd on `CLOCK_BOOTTIME`.
///
/// At most one timer is armed, for the instant that `wait` was given last; when it is given none, the timer is disarmed and
/// `epoll_wait` waits without end. The timer is watched edge-triggered: it need not be read, and arming it anew forgets an
/// expiry that nobody saw.
///
/// Descriptors may be watched and let go at any time, also while the ready ones are being taken: what was found for a
/// descriptor that was let go since is dropped, even when its number was given to another one.
///
/// A broken descriptor (`Readiness.isBroken`) is its driver's business. One that is found broken `patience` times in a row, because
/// its driver neither mends it nor lets it go, is not watched any more: it cannot keep the processor awake.
public final class Reactor {
  /// One watched descriptor; -1 when the place is free.
  private struct Watch {
    var descriptor: Int32
    var source: EventSource
    /// Tells this use of the place from earlier ones.
    var generation: UInt32
    var timesBroken: Int
  }

  private let epoll: Int32
  private let timer: Int32
  private let signals: Int32
  /// Wakes the system from suspend; opened when it is first wanted.
  private var alarm: Int32?
  private var watches: [Watch] = []
  private var generation: UInt32 = 0
  private var armed: Instant?
  private var ready = [sotto_ready](repeating: sotto_ready(token: 0, events: 0), count: 16)
  private var found = 0
  private var taken = 0
  /// Times that a wait without a result at hand ended.
  public private(set) var wakeups: UInt64 = 0
  /// Descriptors that were let go because they stayed broken.
  public private(set) var dropped = 0

  private static let timerToken = UInt64.max
  /// More than the blocks of 4 kB in the largest pipe (1 MB): a pipe whose writer went is broken and readable at once.
  private static let patience = 512

  /// With `signals` SIGINT, SIGTERM and SIGHUP arrive under that source instead of ending the process.
  public init(signals source: EventSource?) throws(DeviceError) {
    epoll = sotto_epoll_create()
    timer = sotto_timer_create()
    signals = source == nil ? -1 : sotto_signals_create()
    try Reactor.check(epoll)
    try Reactor.check(timer)
    try Reactor.check(sotto_epoll_add(epoll, timer, SOTTO_READABLE | SOTTO_EDGE, Reactor.timerToken))
    guard let source else { return }
    try Reactor.check(signals)
    try Reactor.check(watch(signals, SOTTO_READABLE, for: source))
  }

  deinit {
    if signals >= 0 { sotto_close(signals) }
    if timer >= 0 { sotto_close(timer) }
    if let alarm, alarm >= 0 { sotto_close(alarm) }
    if epoll >= 0 { sotto_close(epoll) }
  }

  private static func check(_ result: Int32) throws(DeviceError) {
    if result < 0 { throw DeviceError(system: .processor, "reactor", result) }
  }

  public func now() -> Instant { Instant(nanoseconds: sotto_now()) }

  /// Whether the kernel holds a timer of ours, by the kernel's own account.
  public var timerIsArmed: Bool { sotto_timer_remaining(timer) > 0 }

  // MARK: What is watched

  /// Watches a descriptor for `SOTTO_READABLE` and so on. Returns the negated error number on failure: -EPERM when the
  /// descriptor is a plain file, which is always ready and needs no watching.
  public func watch(_ descriptor: Int32, _ events: UInt32, for source: EventSource) -> Int32 {
    let place = place(for: descriptor)
    generation &+= 1
    let result = sotto_epoll_add(epoll, descriptor, events, token(place, generation))
    guard result >= 0 else { return result }
    watches[place] = Watch(descriptor: descriptor, source: source, generation: generation, timesBroken: 0)
    return 0
  }

  /// Sets what a watched descriptor is watched for. With `SOTTO_EDGE` this reports once more what is there already.
  public func change(_ descriptor: Int32, _ events: UInt32) {
    guard let place = watches.firstIndex(where: { $0.descriptor == descriptor }) else { return }
    _ = sotto_epoll_change(epoll, descriptor, events, token(place, watches[place].generation))
  }

  /// Before the descriptor is closed. Allowed when it is not watched.
  public func unwatch(_ descriptor: Int32) {
    guard let place = watches.firstIndex(where: { $0.descriptor == descriptor }) else { return }
    _ = sotto_epoll_remove(epoll, descriptor)
    watches[place].descriptor = -1
  }

  private func token(_ place: Int, _ generation: UInt32) -> UInt64 { UInt64(generation) << 32 | UInt64(place) }

  /// The place of a descriptor with that number that was closed without a word, a free one, or a new one.
  private func place(for descriptor: Int32) -> Int {
    let free = watches.firstIndex { $0.descriptor == descriptor } ?? watches.firstIndex { $0.descriptor < 0 }
    if let free { return free }
    watches.append(Watch(descriptor: -1, source: EventSource(0), generation: 0, timesBroken: 0))
    return watches.count - 1
  }

  // MARK: Waiting

  /// Sleeps until a descriptor is ready or `deadline` has come. False when the system does not let it wait.
  public func wait(until deadline: Instant?) -> Bool {
    arm(deadline)
    wakeups += 1
    return collect(milliseconds: -1)
  }

  /// Looks for ready descriptors without sleeping.
  public func look() -> Bool {
    collect(milliseconds: 0)
  }

  /// The next ready descriptor that the last `wait` or `look` found; the timer is left out, its instant is known anyway.
  public func takeReady() -> (EventSource, Readiness)? {
    while taken < found {
      let entry = ready[taken]
      taken += 1
      let place = Int(truncatingIfNeeded: entry.token & 0xFFFF_FFFF)
      guard entry.token != Reactor.timerToken, watches[place].descriptor >= 0,
        watches[place].generation == UInt32(truncatingIfNeeded: entry.token >> 32)
      else { continue }
      let readiness = Readiness(events: entry.events)
      let source = watches[place].source
      watches[place].timesBroken = readiness.isBroken ? watches[place].timesBroken + 1 : 0
      if watches[place].timesBroken >= Reactor.patience {
        dropped += 1
        unwatch(watches[place].descriptor)
      }
      return (source, readiness)
    }
    return nil
  }

  /// Whether a signal asked the process to end. Only after the source of signals was ready.
  public func takeSignal() -> Bool {
    sotto_signals_read(signals) > 0
  }

  /// Lets the system be woken from suspend at an instant; nil calls it off. Returns 0 or the negated error number: -EPERM without
  /// CAP_WAKE_ALARM, -EINVAL without a real-time clock that can wake the system.
  ///
  /// The alarm reports nothing: when the system is up again, the timer of `wait` has expired too.
  public func setAlarm(_ instant: Instant?) -> Int32 {
    if instant == nil, alarm == nil { return 0 }
    let descriptor = alarm ?? sotto_alarm_create()
    alarm = descriptor
    guard descriptor >= 0 else { return instant == nil ? 0 : descriptor }
    return sotto_timer_arm(descriptor, instant.map { max($0.nanoseconds, 1) } ?? 0)
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
    for entry in ready[0..<found] where entry.token == Reactor.timerToken { armed = nil }
    return true
  }

  private func arm(_ deadline: Instant?) {
    guard deadline != armed else { return }
    // An absolute time of zero would disarm.
    _ = sotto_timer_arm(timer, deadline.map { max($0.nanoseconds, 1) } ?? 0)
    armed = deadline
  }
}
