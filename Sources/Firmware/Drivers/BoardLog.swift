import HAL
import Units

/// Plain words for a person: to the program's own output and, once the firmware has begun a trace, into that.
public final class BoardLog {
  private let trace: TraceSink
  private let sink: (String) -> Void

  public init(trace: TraceSink, sink: @escaping (String) -> Void) {
    self.trace = trace
    self.sink = sink
  }

  public func note(_ text: String, at now: Instant) {
    sink(text)
    guard trace.hasBegun else { return }
    var line = TextBuffer()
    line.append("{\"name\":\"log\",\"cat\":\"log\",\"ph\":\"i\",\"s\":\"t\",\"ts\":")
    line.append(thousandths: now.nanoseconds)
    line.append(",\"pid\":1,\"tid\":5,\"args\":{\"text\":")
    line.append(jsonString: text)
    line.append("}},")
    trace.write(line.span)
  }

  public func note(_ text: String, _ error: DeviceError, at now: Instant) {
    var buffer = TextBuffer()
    buffer.append(text)
    buffer.append(": ")
    buffer.append(error)
    note(String(decoding: buffer.bytes, as: UTF8.self), at: now)
  }
}
