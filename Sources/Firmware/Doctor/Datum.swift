import Units

/// A value of the report, as JSON knows them.
public indirect enum Datum: Sendable {
  case nothing
  case flag(Bool)
  case number(Int64)
  case text(String)
  case list([Datum])
  /// Written in this order.
  case object([Entry])

  public struct Entry: Sendable {
    public var key: StaticString
    public var value: Datum

    public init(_ key: StaticString, _ value: Datum) {
      self.key = key
      self.value = value
    }
  }

  /// nil becomes `nothing`.
  public static func optional(_ text: String?) -> Datum {
    guard let text else { return .nothing }
    return .text(text)
  }
}

extension TextBuffer {
  /// `datum` as JSON without spaces.
  public mutating func append(json datum: Datum) {
    switch datum {
    case .nothing: append("null")
    case .flag(let flag): append(flag ? "true" : "false")
    case .number(let number): append(number)
    case .text(let text): append(jsonString: text)
    case .list(let items):
      append("[")
      for index in items.indices {
        if index > 0 { append(",") }
        append(json: items[index])
      }
      append("]")
    case .object(let entries):
      append("{")
      for index in entries.indices {
        if index > 0 { append(",") }
        append("\"")
        append(entries[index].key)
        append("\":")
        append(json: entries[index].value)
      }
      append("}")
    }
  }
}
