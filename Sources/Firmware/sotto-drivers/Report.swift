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

/// What a trial leaves behind in this process: descriptors and memory. The first two cycles fill the allocator's own stores, so memory
/// counts from the end of the second.
struct Leftovers {
  private let descriptors = Leftovers.openDescriptors()
  private var kilobytes: Int64?
  private var cycles = 0

  mutating func cycleEnded() {
    cycles += 1
    if cycles <= 2 { kilobytes = Leftovers.residentKilobytes() }
  }

  func add(to report: inout Report) {
    report.add("descriptors_left", Leftovers.openDescriptors() - descriptors)
    report.add("growth_kb", kilobytes.map { Leftovers.residentKilobytes() - $0 } ?? 0)
  }

  private static func openDescriptors() -> Int { Int(sotto_open_descriptors()) }

  /// Of /proc/self/statm, in pages of 4 kB.
  private static func residentKilobytes() -> Int64 {
    guard let bytes = try? PlainFile.read("/proc/self/statm", limit: 256, for: .processor) else { return 0 }
    let words = bytes.split(separator: UInt8(ascii: " "))
    guard words.count > 1, let pages = Int64(String(decoding: words[1], as: UTF8.self)) else { return 0 }
    return pages * 4
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
