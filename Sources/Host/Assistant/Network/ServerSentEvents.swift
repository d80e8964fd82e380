/// Divides a response into the data of its server-sent events (WHATWG HTML, section 9.2): what stands after `data:`.
/// Lines are bounded; other fields and comments are dropped.
struct ServerSentEvents {
  /// A line that is longer belongs to no token of an answer: 256 KiB.
  static let longest = 256 * 1024

  /// A line grew over `longest`.
  struct TooLong: Error {}

  private var line: [UInt8] = []
  private var data: [UInt8] = []
  private var hasData = false
  private var followsReturn = false

  /// The events that are complete with these bytes.
  mutating func add(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [[UInt8]] {
    var events: [[UInt8]] = []
    for byte in bytes {
      let ends = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
      // CR LF is one end.
      if byte == UInt8(ascii: "\n"), followsReturn {
        followsReturn = false
        continue
      }
      followsReturn = byte == UInt8(ascii: "\r")
      if ends {
        take(&events)
      } else {
        guard line.count + data.count < Self.longest else { throw TooLong() }
        line.append(byte)
      }
    }
    return events
  }

  /// What was not ended by an empty line, as some servers leave it at the end of the response.
  mutating func finish() -> [UInt8]? {
    var events: [[UInt8]] = []
    if !line.isEmpty { take(&events) }
    line = []
    take(&events)
    return events.last
  }

  private mutating func take(_ events: inout [[UInt8]]) {
    defer { line.removeAll(keepingCapacity: true) }
    if line.isEmpty {
      if hasData { events.append(data) }
      data = []
      hasData = false
      return
    }
    let field = Array("data:".utf8)
    guard line.starts(with: field) else { return }
    let value = line.dropFirst(field.count)
    if hasData { data.append(UInt8(ascii: "\n")) }
    data += value.first == UInt8(ascii: " ") ? value.dropFirst() : value
    hasData = true
  }
}
