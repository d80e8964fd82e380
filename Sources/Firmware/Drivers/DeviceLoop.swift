import HAL
import Units

/// Drives a few drivers without a board: for programs that try devices out one by one.
///
/// Each driver gets a source and hands over what is to be called when its descriptor is ready or its timer is due.
public final class DeviceLoop {
  public let host: DriverHost
  private struct Member {
    var ready: (Readiness) -> Void
    var due: () -> Void
  }
  private var members: [Member] = []
  /// Sources that nobody has any more.
  private var free: [EventSource] = []

  /// `log` takes plain words for a person.
  public init(log: @escaping (String) -> Void) throws(DeviceError) {
    let reactor = try Reactor(signals: nil)
    host = DriverHost(reactor: reactor, events: EventQueue(), log: BoardLog(trace: TraceSink(.none), sink: log))
  }

  public func now() -> Instant { host.now() }

  /// A source that nobody has yet.
  public func makeSource() -> EventSource {
    if let source = free.popLast() { return source }
    members.append(Member(ready: { _ in }, due: {}))
    return EventSource(UInt16(members.count - 1))
  }

  /// What is called for a source. The closures are kept until `disconnect` or the end of the loop.
  public func connect(_ source: EventSource, ready: @escaping (Readiness) -> Void, due: @escaping () -> Void = {}) {
    members[Int(source.number)] = Member(ready: ready, due: due)
  }

  /// Lets go of a source and of its closures. Its driver must not have a descriptor watched any more.
  public func disconnect(_ source: EventSource) {
    members[Int(source.number)] = Member(ready: { _ in }, due: {})
    free.append(source)
  }

  /// The next event; nil when `deadline` comes first.
  public func next(before deadline: Instant) -> BoardEvent? {
    while true {
      if let event = host.events.take() { return event }
      guard step(before: deadline) else { return nil }
    }
  }

  /// Waits until `isTrue` or `deadline`, whichever comes first; events on the way are handed to `note`. Whether it came true.
  public func wait(
    until deadline: Instant, for isTrue: () -> Bool, note: (BoardEvent) -> Void = { _ in }
  ) -> Bool {
    while true {
      while let event = host.events.take() { note(event) }
      if isTrue() { return true }
      guard step(before: deadline) else { return false }
    }
  }

  /// Lets the drivers handle what is due or ready next. False when the deadline came first.
  private func step(before deadline: Instant) -> Bool {
    let now = host.now()
    if let source = host.timers.takeDue(at: now) {
      members[Int(source.number)].due()
      return true
    }
    guard now < deadline else { return false }
    let until = host.timers.nextDue.map { min($0, deadline) } ?? deadline
    guard host.reactor.wait(until: until) else { return false }
    while let (source, readiness) = host.reactor.takeReady() { members[Int(source.number)].ready(readiness) }
    return true
  }
}
