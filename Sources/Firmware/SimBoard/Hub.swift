import Drivers
import HAL
import Units

/// What is due on the board's agenda.
enum Due {
  case microphonePeriod
  case speakerRoom
  case speakerSilent
  case stillExposed
  case settled(Part)
  case linkUp
  case linkDelivery
  case linkArrival
  case linkTimeout
  case peer
  case buttonUp
  case silence
  case stimulus(Stimulus)
  case action((Instant) -> Void)
  case console
  case end
}

/// What the devices of one board share: its time, its agenda, the events that wait to be reported, and its log.
final class Hub {
  let time: TimeSource
  let seed: UInt64
  var agenda = Agenda<Due>()
  let trace: TraceSink
  private let notes: BoardLog
  let events = EventQueue()
  /// What drivers of real devices share; nil in virtual time, where there are none.
  let drivers: DriverHost?

  init(time: TimeSource, seed: UInt64, trace: TraceSink, log: @escaping (String) -> Void) {
    self.time = time
    self.seed = seed
    self.trace = trace
    notes = BoardLog(trace: trace, sink: log)
    if let reactor = time.reactor {
      drivers = DriverHost(reactor: reactor, events: events, log: notes)
    } else {
      drivers = nil
    }
  }

  func now() -> Instant { time.now() }

  func post(_ event: BoardEvent) { events.post(event) }
  func withdraw(_ isStale: (BoardEvent) -> Bool) { events.withdraw(isStale) }
  var hasEvents: Bool { !events.isEmpty }
  func takeEvent() -> BoardEvent? { events.take() }

  /// When the first of the simulated devices and of the drivers of real ones is due.
  var nextDue: Instant? {
    guard let timer = drivers?.timers.nextDue else { return agenda.nextDue }
    return agenda.nextDue.map { min($0, timer) } ?? timer
  }

  /// Plain words for a person.
  func log(_ text: String) { notes.note(text, at: now()) }
  func log(_ text: String, _ error: DeviceError) { notes.note(text, error, at: now()) }
}
