import HAL
import Power
import Units

/// One `key=value` line of the file.
struct FlatField: ~Escapable {
  private let bytes: Span<UInt8>
  private let line: Int
  private let start: Int
  private let end: Int

  @_lifetime(copy bytes)
  init(bytes: Span<UInt8>, line: Int, start: Int, end: Int) {
    self.bytes = bytes
    self.line = line
    self.start = start
    self.end = end
  }

  func error(_ cause: FlatBoardCause) -> FlatBoardError { FlatBoardError(line: line, cause: cause) }

  func key() throws(FlatBoardError) -> Range<Int> {
    var position = start
    while position < end, bytes[position] != UInt8(ascii: "=") { position += 1 }
    guard position < end, position > start else { throw error(.notAKeyAndValue) }
    return start..<position
  }

  func wholeLine(is text: StaticString) -> Bool { matches(start..<end, text) }

  func isKey(_ text: StaticString) throws(FlatBoardError) -> Bool { matches(try key(), text) }

  func isKey(_ prefix: StaticString, _ middle: StaticString, _ suffix: StaticString = "") throws(FlatBoardError) -> Bool {
    let range = try key()
    let first = range.lowerBound + prefix.utf8CodeUnitCount
    let second = first + middle.utf8CodeUnitCount
    guard second <= range.upperBound else { return false }
    return matches(range.lowerBound..<first, prefix) && matches(first..<second, middle)
      && matches(second..<range.upperBound, suffix)
  }

  func isValue(_ text: StaticString) throws(FlatBoardError) -> Bool { matches(try value(), text) }

  /// Whether the bytes of `first` come before those of `second`.
  func ascends(from first: Range<Int>, to second: Range<Int>) -> Bool {
    var offset = 0
    while offset < first.count, offset < second.count {
      let a = bytes[first.lowerBound + offset]
      let b = bytes[second.lowerBound + offset]
      if a != b { return a < b }
      offset += 1
    }
    return first.count < second.count
  }

  func number(_ range: ClosedRange<Int64>) throws(FlatBoardError) -> Int64 {
    let value = try value()
    return try number(at: value, range)
  }

  func duration(_ range: ClosedRange<Int64>) throws(FlatBoardError) -> Duration { .microseconds(try number(range)) }

  func boolean() throws(FlatBoardError) -> Bool {
    if try isValue("true") { return true }
    if try isValue("false") { return false }
    throw error(.notABoolean)
  }

  func bias() throws(FlatBoardError) -> LineBias {
    if try isValue("none") { return .none }
    if try isValue("pull-up") { return .pullUp }
    if try isValue("pull-down") { return .pullDown }
    throw error(.notAChoice)
  }

  /// One of these, by its name.
  func action(_ allowed: [ButtonAction]) throws(FlatBoardError) -> ButtonAction {
    let value = try value()
    for action in allowed where matches(value, action.name) { return action }
    throw error(.notAChoice)
  }

  func text() throws(FlatBoardError) -> String {
    var copy: [UInt8] = []
    for position in try value() {
      guard bytes[position] >= 0x20, bytes[position] <= 0x7E else { throw error(.notText) }
      copy.append(bytes[position])
    }
    guard !copy.isEmpty else { throw error(.notText) }
    return String(decoding: copy, as: UTF8.self)
  }

  func percent() throws(FlatBoardError) -> Percent { Percent(Int(try number(0...100))) }

  /// Distinct numbers separated by commas; none for `mix`.
  func channels() throws(FlatBoardError) -> [Int] {
    if try isValue("mix") { return [] }
    var channels: [Int] = []
    let value = try value()
    var from = value.lowerBound
    while from <= value.upperBound {
      var to = from
      while to < value.upperBound, bytes[to] != UInt8(ascii: ",") { to += 1 }
      let channel = Int(try number(at: from..<to, 0...Int64(MicrophoneWiring.mostChannels - 1)))
      guard !channels.contains(channel) else { throw error(.notAChoice) }
      channels.append(channel)
      from = to + 1
    }
    return channels
  }

  /// One to four numbers of microseconds, separated by commas.
  func times() throws(FlatBoardError) -> [Duration] {
    var times: [Duration] = []
    for number in try levels() { times.append(.microseconds(number.value)) }
    return times
  }

  /// `KIND.PART.LEVEL.REQUIRED=LEVEL`, levels from 1 to 3; nil for another key.
  func dependency(_ kind: PowerDependency.Kind) throws(FlatBoardError) -> PowerDependency? {
    guard let names = rest(of: try key(), after: kind.name), let dot = rest(of: names, after: ".") else { return nil }
    for part in Part.allCases {
      guard let level = rest(of: dot, after: part.name), level.count > 3, bytes[level.lowerBound] == UInt8(ascii: "."),
        bytes[level.lowerBound + 2] == UInt8(ascii: ".")
      else { continue }
      let digit = Int(bytes[level.lowerBound + 1]) - Int(UInt8(ascii: "0"))
      guard (1...PowerBroker.highestLevel).contains(digit) else { throw error(.outOfRange) }
      for other in Part.allCases where matches(level.lowerBound + 3..<level.upperBound, other.name) {
        let required = Int(try number(1...Int64(PowerBroker.highestLevel)))
        return PowerDependency(part, atLevel: digit, requires: other, atLevel: required, kind)
      }
    }
    return nil
  }

  /// What of a range follows this text; nil when it does not begin so.
  private func rest(of range: Range<Int>, after text: StaticString) -> Range<Int>? {
    let split = range.lowerBound + text.utf8CodeUnitCount
    guard split <= range.upperBound, matches(range.lowerBound..<split, text) else { return nil }
    return split..<range.upperBound
  }

  /// One to four numbers, of microwatts, microseconds or microjoules, separated by commas.
  func levels() throws(FlatBoardError) -> [Microwatts] {
    var levels: [Microwatts] = []
    let value = try value()
    var from = value.lowerBound
    while from <= value.upperBound {
      var to = from
      while to < value.upperBound, bytes[to] != UInt8(ascii: ",") { to += 1 }
      guard levels.count < 4 else { throw error(.levels) }
      levels.append(Microwatts(try number(at: from..<to, 0...20_000_000)))
      from = to + 1
    }
    return levels
  }

  /// `part.level` words separated by commas, levels 1…3.
  func partLevels() throws(FlatBoardError) -> PartLevels {
    var levels = PartLevels.none
    let value = try value()
    var from = value.lowerBound
    while from <= value.upperBound {
      var to = from
      while to < value.upperBound, bytes[to] != UInt8(ascii: ",") { to += 1 }
      guard to - from > 2, bytes[to - 2] == UInt8(ascii: "."), bytes[to - 1] >= UInt8(ascii: "1"),
        bytes[to - 1] <= UInt8(ascii: "3")
      else { throw error(.idle) }
      var isKnown = false
      for part in Part.allCases where matches(from..<to - 2, part.name) {
        levels[part] = Int(bytes[to - 1] - UInt8(ascii: "0"))
        isKnown = true
      }
      guard isKnown else { throw error(.idle) }
      from = to + 1
    }
    return levels
  }

  private func value() throws(FlatBoardError) -> Range<Int> { try key().upperBound + 1..<end }

  private func number(at range: Range<Int>, _ allowed: ClosedRange<Int64>) throws(FlatBoardError) -> Int64 {
    guard !range.isEmpty else { throw error(.notANumber) }
    var number: Int64 = 0
    for position in range {
      guard bytes[position] >= UInt8(ascii: "0"), bytes[position] <= UInt8(ascii: "9") else { throw error(.notANumber) }
      guard number <= allowed.upperBound else { throw error(.outOfRange) }
      number = number * 10 + Int64(bytes[position] - UInt8(ascii: "0"))
    }
    guard allowed.contains(number) else { throw error(.outOfRange) }
    return number
  }

  private func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { expected in
      var index = 0
      while index < range.count {
        if bytes[range.lowerBound + index] != expected[index] { return false }
        index += 1
      }
      return true
    }
  }
}
