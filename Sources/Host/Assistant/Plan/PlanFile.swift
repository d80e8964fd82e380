import Foundation
import TOMLKit

/// Everything that is wrong with a configuration of back ends, with the line where that helps; never empty.
public struct PlanFailure: Error, Sendable, Equatable, CustomStringConvertible {
  public var problems: [String]
  public var description: String { problems.joined(separator: "\n") }
}

extension BackEndPlan {
  /// Reads a configuration. The directory stands for `$SOTTO_CACHE` and the home for `~` in paths.
  public static func load(_ path: String, cacheDirectory: String) throws(PlanFailure) -> BackEndPlan {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw PlanFailure(problems: ["\(path): there is no such file, or it cannot be read"])
    }
    guard let text = String(data: data, encoding: .utf8) else { throw PlanFailure(problems: ["\(path): is not UTF-8 text"]) }
    return try parse(text, file: path, cacheDirectory: cacheDirectory)
  }

  /// Reads the text of a configuration; `file` is its name in errors.
  public static func parse(_ text: String, file: String, cacheDirectory: String) throws(PlanFailure) -> BackEndPlan {
    let table: TOMLTable
    do {
      table = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw PlanFailure(problems: [
        "\(file): line \(error.source.begin.line), column \(error.source.begin.column): \(error.description)"
      ])
    } catch {
      throw PlanFailure(problems: ["\(file): is not TOML: \(error)"])
    }
    var reader = PlanReader(root: PlanTable(table), lines: PlanLines(text), file: file, cacheDirectory: cacheDirectory)
    let plan = reader.plan()
    guard reader.problems.isEmpty else { throw PlanFailure(problems: reader.problems) }
    return plan
  }
}

/// Where each key stands in the text: the parser of TOML does not tell.
struct PlanLines {
  private var lines: [String: Int] = [:]

  init(_ text: String) {
    var table = ""
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.trimmingCharacters(in: .whitespaces)
      if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
        table = line[line.index(after: line.startIndex)..<end].trimmingCharacters(in: CharacterSet(charactersIn: "[] \""))
        lines[table] = lines[table] ?? index + 1
      } else if !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") {
        let key = line[..<equals].trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
        let path = table.isEmpty ? key : "\(table).\(key)"
        lines[path] = lines[path] ?? index + 1
      }
    }
  }

  /// The line of a key, or of the table that it is missing from.
  subscript(path: String) -> Int? {
    var path = path[...]
    while true {
      if let line = lines[String(path)] { return line }
      guard let dot = path.lastIndex(of: ".") else { return nil }
      path = path[..<dot]
    }
  }
}

/// A TOML table as plain data.
struct PlanTable {
  enum Value {
    case text(String)
    case list([String])
    case boolean(Bool)
    case table(PlanTable)
    case json(JSON)

    var kind: String {
      switch self {
      case .text: "a text"
      case .list: "a list of texts"
      case .boolean: "true or false"
      case .table: "a table"
      case .json: "a number or a list"
      }
    }
  }

  private(set) var entries: [String: Value] = [:]
  private(set) var json: [String: JSON] = [:]

  init() {}

  init(_ table: TOMLTable) {
    for (key, value) in table {
      json[key] = Self.json(value)
      switch value.type {
      case .string: entries[key] = .text(value.string ?? "")
      case .bool: entries[key] = .boolean(value.bool ?? false)
      case .table: entries[key] = .table(value.table.map { PlanTable($0) } ?? PlanTable())
      case .array:
        let items = value.array.map { $0.map { $0.type == .string ? $0.string : nil } } ?? []
        entries[key] = items.contains(nil) ? .json(Self.json(value)) : .list(items.compactMap { $0 })
      case .int, .double, .date, .time, .dateTime: entries[key] = .json(Self.json(value))
      }
    }
  }

  private static func json(_ value: any TOMLValueConvertible) -> JSON {
    switch value.type {
    case .string: .text(value.string ?? "")
    case .int: .integer(Int64(value.int ?? 0))
    case .double: .decimal(value.double ?? 0)
    case .bool: .boolean(value.bool ?? false)
    case .array: .list(value.array.map { $0.map { json($0) } } ?? [])
    case .table: .object(value.table.map { PlanTable($0).json } ?? [:])
    case .date, .time, .dateTime: .text(value.debugDescription)
    }
  }
}
