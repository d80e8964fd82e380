import HAL
import Units

/// What is due on the board's agenda.
enum Due {
  case microphonePeriod
  case speakerRoom
  case speakerSilent
  case stillExposed
  case linkUp
  case linkDelivery
  case linkArrival
  case peer
  case buttonUp
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
  private let logSink: (String) -> Void
  private var events: [BoardEvent] = []

  init(time: TimeSource, seed: UInt64, trace: TraceSink, log: @escaping (String) -> Void) {
    self.time = time
    self.seed = seed
    self.trace = trace
    logSink = log
  }

  func now() -> Instant { time.now() }
  var reactor: Reactor? { time.reactor }

  func post(_ event: BoardEvent) { events.append(event) }

  /// Takes back events that are not true any more because the device was stopped before they were reported.
  func withdraw(_ isStale: (BoardEvent) -> Bool) {
    events.removeAll(where: isStale)
  }

  var hasEvents: Bool { !events.isEmpty }

  func takeEvent() -> BoardEvent? {
    events.isEmpty ? nil : events.removeFirst()
  }

  /// Plain words for a person: to the board's log and, once the firmware has begun a trace, into that.
  func log(_ text: String) {
    logSink(text)
    guard trace.hasBegun else { return }
    var line = TextBuffer()
    line.append("{\"name\":\"log\",\"cat\":\"log\",\"ph\":\"i\",\"s\":\"t\",\"ts\":")
    line.append(thousandths: now().nanoseconds)
    line.append(",\"pid\":1,\"tid\":5,\"args\":{\"text\":")
    line.append(jsonString: text)
    line.append("}},")
    trace.write(line.span)
  }

  func log(_ text: String, _ error: DeviceError) {
    var buffer = TextBuffer()
    buffer.append(text)
    buffer.append(": ")
    buffer.append(error)
    log(String(decoding: buffer.bytes, as: UTF8.self))
  }
}

/// An optional entry on the agenda that one device keeps: setting it anew calls the old one off.
struct Appointment {
  private var ticket: Agenda<Due>.Ticket?
  private(set) var due: Instant?

  mutating func set(_ item: Due, at due: Instant, on hub: Hub) {
    if self.due == due { return }
    cancel(on: hub)
    ticket = hub.agenda.insert(item, at: due)
    self.due = due
  }

  mutating func cancel(on hub: Hub) {
    if let ticket { hub.agenda.remove(ticket) }
    ticket = nil
    due = nil
  }

  /// The entry was taken from the agenda because its time had come.
  mutating func met() {
    ticket = nil
    due = nil
  }
}
