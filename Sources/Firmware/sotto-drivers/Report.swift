import CLinux
import Drivers
import HAL
import Units

/// One JSON object under construction: fixed keys, plain values.
struct Report {
  private var text = TextBuffer()
  private var isEmpty = true

  init(_ device: StaticString) {
    text.append("{")
    add("device", device)
  }

  mutating func add(_ key: StaticString, _ value: StaticString) {
    begin(key)
    text.append("\"")
    text.append(value)
    text.append("\"")
  }

  mutating func add(_ key: StaticString, text value: String) {
    begin(key)
    text.append(jsonString: value)
  }

  mutating func add<Number: BinaryInteger>(_ key: StaticString, _ value: Number) {
    begin(key)
    text.append(value)
  }

  mutating func add(_ key: StaticString, _ value: Bool) {
    begin(key)
    text.append(value ? "true" : "false")
  }

  /// Milliseconds with three digits behind the point; null for none.
  mutating func add(_ key: StaticString, milliseconds value: Duration?) {
    begin(key)
    if let value { text.append(thousandths: value.microseconds) } else { text.append("null") }
  }

  /// A list whose elements `body` writes, each as JSON.
  mutating func add(_ key: StaticString, list count: Int, _ body: (Int, inout TextBuffer) -> Void) {
    begin(key)
    text.append("[")
    for index in 0..<count {
      if index > 0 { text.append(",") }
      body(index, &text)
    }
    text.append("]")
  }

  mutating func add(_ key: StaticString, _ failure: DeviceError?) {
    begin(key)
    guard let failure else { return text.append("null") }
    var words = TextBuffer()
    words.append(failure)
    text.append(jsonString: String(decoding: words.bytes, as: UTF8.self))
  }

  /// Prints it as one line.
  mutating func print() {
    text.append("}")
    say(&text)
  }

  private mutating func begin(_ key: StaticString) {
    if !isEmpty { text.append(",") }
    isEmpty = false
    text.append("\"")
    text.append(key)
    text.append("\":")
  }
}

/// What a trial leaves behind in this process: descriptors, threads and memory. The first two cycles fill the stores of the C libraries,
/// so memory counts from the end of the second to the end of the last.
struct Leftovers {
  private struct Memory {
    var resident = Leftovers.status("VmRSS:")
    var heap = sotto_heap_bytes()
  }

  private let descriptors = Leftovers.openDescriptors()
  private let threads = Leftovers.status("Threads:")
  private var cycles = 0
  private var first: Memory?
  private var last: Memory?

  mutating func cycleEnded() {
    cycles += 1
    last = Memory()
    if cycles <= 2 { first = last }
  }

  func add(to report: inout Report) {
    report.add("descriptors_left", Leftovers.openDescriptors() - descriptors)
    report.add("threads_left", Leftovers.status("Threads:") - threads)
    report.add("growth_kb", (last?.resident ?? 0) - (first?.resident ?? 0))
    report.add("heap_growth_bytes", (last?.heap ?? 0) - (first?.heap ?? 0))
  }

  private static func openDescriptors() -> Int { Int(sotto_open_descriptors()) }

  /// A number that the kernel tells of this process; 0 when it does not.
  private static func status(_ name: StaticString) -> Int64 {
    guard let bytes = try? PlainFile.read("/proc/self/status", limit: 8192, for: .processor) else { return 0 }
    let wanted = name.withUTF8Buffer { [UInt8]($0) }
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: wanted) {
      let digits = line.dropFirst(wanted.count).filter { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      return Int64(String(decoding: digits, as: UTF8.self)) ?? 0
    }
    return 0
  }
}

/// Writes a whole file; false, with a word for a person, when that fails.
func save(_ path: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
  let file = path.withCString { sotto_open($0, SOTTO_OPEN_REPLACE, 0o644) }
  let result = file < 0 ? file : sotto_write_all(file, bytes.baseAddress, bytes.count)
  if file >= 0 { sotto_close(file) }
  if result < 0 { complain(path + ": " + String(cString: sotto_error_text(-result))) }
  return result >= 0
}
