import HAL
import Units

/// The rows of the trace, as `tid` of process 1.
enum TraceTrack: UInt8 {
  case state = 1
  case turn = 2
  case power = 3
  case link = 4
  case log = 5

  var name: StaticString {
    switch self {
    case .state: "state"
    case .turn: "turn"
    case .power: "power"
    case .link: "link"
    case .log: "log"
    }
  }
}

/// Writes what happens as Chrome JSON trace events (docs/trace.md), one line each, in a buffer that is used again and again.
final class Tracer<B: Board> {
  private let board: B
  private var buffer = TextBuffer(reserving: 512)

  init(board: B) {
    self.board = board
    guard board.isTracing else { return }
    buffer.append("[")
    board.trace(buffer.span)
    buffer.removeAll()
    metadata("process_name", track: nil, value: "glasses")
    for track in [TraceTrack.state, .turn, .power, .link, .log] { metadata("thread_name", track: track, value: track.name) }
  }

  func begin(_ name: StaticString, _ track: TraceTrack, at now: Instant, _ arguments: (inout JSONFields) -> Void = { _ in }) {
    write("B", name, track, at: now, arguments)
  }

  func end(_ name: StaticString, _ track: TraceTrack, at now: Instant, _ arguments: (inout JSONFields) -> Void = { _ in }) {
    write("E", name, track, at: now, arguments)
  }

  func instant(_ name: StaticString, _ track: TraceTrack, at now: Instant, _ arguments: (inout JSONFields) -> Void = { _ in }) {
    write("i", name, track, at: now, arguments)
  }

  /// A mark of a turn.
  func mark(_ name: StaticString, turn: UInt32, at now: Instant, _ arguments: (inout JSONFields) -> Void = { _ in }) {
    write("i", name, .turn, at: now) {
      $0.add("turn", turn)
      arguments(&$0)
    }
  }

  /// A line for a person.
  func log(_ text: String, at now: Instant) {
    write("i", "log", .log, at: now) { $0.add("text", text) }
  }

  func power(of part: Part, _ power: Microwatts, at now: Instant) {
    guard board.isTracing else { return }
    head("C", at: now, track: .power)
    buffer.append(",\"name\":\"power.")
    buffer.append(part.name)
    buffer.append("\",\"args\":{\"mw\":")
    buffer.append(thousandths: power.value)
    buffer.append("}},")
    flush()
  }

  private func write(
    _ phase: StaticString, _ name: StaticString, _ track: TraceTrack, at now: Instant, _ arguments: (inout JSONFields) -> Void
  ) {
    guard board.isTracing else { return }
    head(phase, at: now, track: track)
    buffer.append(",\"name\":\"")
    buffer.append(name)
    buffer.append("\",\"cat\":\"")
    buffer.append(track.name)
    buffer.append("\"")
    if phase.utf8Start.pointee == UInt8(ascii: "i") { buffer.append(",\"s\":\"t\"") }
    buffer.append(",\"args\":{")
    // The buffer moves through the arguments and back, so that it stays uniquely held and is not copied.
    var list = JSONFields(text: exchange(&buffer, with: TextBuffer(reserving: 0)))
    arguments(&list)
    buffer = list.text
    buffer.append("}},")
    flush()
  }

  private func head(_ phase: StaticString, at now: Instant, track: TraceTrack) {
    buffer.append("{\"ph\":\"")
    buffer.append(phase)
    buffer.append("\",\"ts\":")
    buffer.append(thousandths: now.nanoseconds)
    buffer.append(",\"pid\":1,\"tid\":")
    buffer.append(track.rawValue)
  }

  private func metadata(_ name: StaticString, track: TraceTrack?, value: StaticString) {
    buffer.append("{\"ph\":\"M\",\"pid\":1,\"tid\":")
    buffer.append(track?.rawValue ?? 0)
    buffer.append(",\"name\":\"")
    buffer.append(name)
    buffer.append("\",\"args\":{\"name\":\"")
    buffer.append(value)
    buffer.append("\"}},")
    flush()
  }

  private func flush() {
    board.trace(buffer.span)
    buffer.removeAll()
  }
}

private func exchange<Value>(_ value: inout Value, with other: Value) -> Value {
  let old = value
  value = other
  return old
}
