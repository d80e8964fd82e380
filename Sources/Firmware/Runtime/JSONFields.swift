import HAL
import Power
import Units

/// The fields of one JSON object under construction: the arguments of a trace event, a line of the control port.
struct JSONFields {
  private(set) var text: TextBuffer
  private var isFirst = true

  init(text: consuming TextBuffer) {
    self.text = text
  }

  mutating func add<Number: BinaryInteger>(_ name: StaticString, _ value: Number) {
    key(name)
    text.append(value)
  }

  mutating func add(_ name: StaticString, _ value: String) {
    key(name)
    text.append(jsonString: value)
  }

  mutating func add(_ name: StaticString, _ value: StaticString) {
    key(name)
    text.append("\"")
    text.append(value)
    text.append("\"")
  }

  mutating func add(_ name: StaticString, _ value: Bool) {
    key(name)
    text.append(value ? "true" : "false")
  }

  mutating func add(_ name: StaticString, thousandths value: Int64) {
    key(name)
    text.append(thousandths: value)
  }

  /// A lease: what is held, and by whom.
  mutating func add(_ lease: HeldLease) {
    add("part", lease.part.name)
    add("level", lease.level)
    key("holder")
    text.append("\"")
    text.append(lease.holder)
    text.append("\"")
    add("taken_part_uj", lease.partEnergy.value / 1000)
  }

  /// For names made at run time from fixed words.
  mutating func add(_ name: StaticString, suffix: StaticString, _ value: Int64) {
    separate()
    text.append("\"")
    text.append(name)
    text.append(suffix)
    text.append("\":")
    text.append(value)
  }

  private mutating func key(_ name: StaticString) {
    separate()
    text.append("\"")
    text.append(name)
    text.append("\":")
  }

  private mutating func separate() {
    if !isFirst { text.append(",") }
    isFirst = false
  }
}
