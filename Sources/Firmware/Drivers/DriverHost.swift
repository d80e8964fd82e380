import HAL
import Units

/// What the drivers of one board share: the reactor, the queue of events to report, timers, and the log.
///
/// The board hands a ready descriptor to the driver whose `EventSource` it carries, and a due timer likewise. A driver never
/// calls back from a request: it posts an event.
public final class DriverHost {
  public let reactor: Reactor
  public let events: EventQueue
  /// When which driver wants to be called. Kept by drivers through an `Appointment`.
  public var timers = Agenda<EventSource>()
  private let notes: BoardLog

  public init(reactor: Reactor, events: EventQueue, log: BoardLog) {
    self.reactor = reactor
    self.events = events
    notes = log
  }

  public func now() -> Instant { reactor.now() }
  public func post(_ event: BoardEvent) { events.post(event) }
  public func withdraw(_ isStale: (BoardEvent) -> Bool) { events.withdraw(isStale) }

  /// Plain words for a person.
  public func log(_ text: String) { notes.note(text, at: now()) }
  public func log(_ text: String, _ error: DeviceError) { notes.note(text, error, at: now()) }
}
