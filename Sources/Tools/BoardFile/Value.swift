import TOMLKit

/// A TOML value as plain data.
indirect enum Value: Sendable, Equatable {
  case text(String)
  case integer(Int64)
  case decimal(Double)
  case boolean(Bool)
  case list([Value])
  case table([String: Value])
  /// Dates and times, which no key of a board file takes.
  case moment

  init(_ value: any TOMLValueConvertible) {
    switch value.type {
    case .string: self = .text(value.string ?? "")
    case .int: self = .integer(Int64(value.int ?? 0))
    case .double: self = .decimal(value.double ?? 0)
    case .bool: self = .boolean(value.bool ?? false)
    case .array: self = .list(value.array.map { $0.map { Value($0) } } ?? [])
    case .table: self = value.table.map { Value(table: $0) } ?? .table([:])
    case .date, .time, .dateTime: self = .moment
    }
  }

  init(table: TOMLTable) {
    var entries: [String: Value] = [:]
    for (key, value) in table { entries[key] = Value(value) }
    self = .table(entries)
  }

  /// What kind of value it is, for errors.
  var kind: String {
    switch self {
    case .text(let text): "the text \"\(text)\""
    case .integer(let number): "the number \(number)"
    case .decimal(let number): "the number \(number)"
    case .boolean(let value): "\(value)"
    case .list: "a list"
    case .table: "a table"
    case .moment: "a date or time"
    }
  }

  /// This value with what `derived` states laid over it: tables merge key by key, everything else is replaced.
  func overlaid(with derived: Value) -> Value {
    guard case .table(var entries) = self, case .table(let over) = derived else { return derived }
    for (key, value) in over { entries[key] = entries[key]?.overlaid(with: value) ?? value }
    return .table(entries)
  }

  /// The value at a path of table keys.
  subscript(path: String) -> Value? {
    var current = self
    for key in path.split(separator: ".") {
      guard case .table(let entries) = current, let next = entries[String(key)] else { return nil }
      current = next
    }
    return current
  }
}
