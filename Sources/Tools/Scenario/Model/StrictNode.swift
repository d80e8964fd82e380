import BoardFile
import Yams

/// What is wrong with a scenario file, and where.
public struct ScenarioError: Error, Sendable, Equatable, CustomStringConvertible {
  public var file: String
  /// Counted from 1; 0 when it is about the file as a whole.
  public var line: Int
  public var message: String

  public init(file: String, line: Int, message: String) {
    self.file = file
    self.line = line
    self.message = message
  }

  public var description: String { line == 0 ? "\(file): \(message)" : "\(file):\(line): \(message)" }
}

/// A YAML node that is read strictly: each error carries file and line, and keys that nobody asked for are errors.
struct StrictNode {
  let node: Node
  let file: String

  var line: Int { node.mark?.line ?? 0 }

  func error(_ message: String) -> ScenarioError { ScenarioError(file: file, line: line, message: message) }

  /// The text of a scalar.
  func text() throws(ScenarioError) -> String {
    guard case .scalar(let scalar) = node else { throw error("must be a text, but is a \(kind)") }
    return scalar.string
  }

  func duration() throws(ScenarioError) -> Duration {
    let text = try text()
    guard let duration = DurationText.parse(text) else { throw error("\"\(text)\" is not a duration: \(DurationText.form)") }
    return duration
  }

  func integer(_ range: ClosedRange<Int>) throws(ScenarioError) -> Int {
    let text = try text()
    guard let number = Int(text), range.contains(number) else {
      throw error("\"\(text)\" is not a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func choice(_ words: [String]) throws(ScenarioError) -> String {
    let text = try text()
    guard words.contains(text) else {
      let hint = nearest(text, among: words).map { " (did you mean \($0)?)" } ?? ""
      throw error("\"\(text)\" is not allowed here\(hint); allowed: \(words.joined(separator: ", "))")
    }
    return text
  }

  func list() throws(ScenarioError) -> [StrictNode] {
    guard case .sequence(let items) = node else { throw error("must be a list, but is a \(kind)") }
    return items.map { StrictNode(node: $0, file: file) }
  }

  /// The entries of a mapping; a key outside `known` is an error at its own line.
  func entries(_ known: [String]) throws(ScenarioError) -> [String: StrictNode] {
    guard case .mapping(let mapping) = node else { throw error("must be a mapping of keys, but is a \(kind)") }
    var entries: [String: StrictNode] = [:]
    for (key, value) in mapping {
      let name = key.scalar?.string ?? "?"
      guard known.contains(name) else {
        let hint = nearest(name, among: known).map { " (did you mean \($0)?)" } ?? ""
        throw StrictNode(node: key, file: file).error(
          "\"\(name)\" is not known here\(hint); allowed: \(known.joined(separator: ", "))")
      }
      entries[name] = StrictNode(node: value, file: file)
    }
    return entries
  }

  private var kind: String {
    switch node {
    case .scalar: "text"
    case .mapping: "mapping"
    case .sequence: "list"
    case .alias: "alias"
    }
  }
}
