/// `[[power.idle]]`: the ways to idle that go deeper than waiting.
extension BoardFile {
  public struct IdleFigures: Sendable, Equatable {
    /// `standby` or `suspend`.
    public var kind: String
    public var power: PowerLevel
    public var entry: Duration
    public var exit: Duration
    public var latencySource: String
    /// What going down and coming back cost together, in microjoules.
    public var transition: Int64
    public var transitionSource: String
    /// `part.level` that it keeps up.
    public var sustains: [String]
  }

  /// From shallow to deep; empty when the board only waits.
  public var idleFigures: [IdleFigures] {
    guard case .list(let entries)? = value["power.idle"] else { return [] }
    return entries.compactMap { entry in
      guard case .text(let kind)? = entry["kind"], let power = entry["milliwatts"].flatMap(parsedMicrowatts),
        case .text(let source)? = entry["source"], case .text(let way)? = entry["entry"], case .text(let back)? = entry["exit"],
        let down = DurationText.parse(way), let up = DurationText.parse(back),
        case .text(let latencies)? = entry["latency_source"],
        let transition = entry["millijoules"].flatMap(parsedMicrowatts), case .text(let cost)? = entry["transition_source"]
      else { return nil }
      return IdleFigures(
        kind: kind, power: PowerLevel(name: kind, microwatts: power, source: source), entry: down, exit: up,
        latencySource: latencies, transition: transition, transitionSource: cost, sustains: texts(entry["sustains"]))
    }
  }

  /// The lines of the flat file.
  var idleLines: [String] {
    idleFigures.flatMap { figures in
      let numbers = [figures.power.microwatts, microseconds(figures.entry), microseconds(figures.exit), figures.transition]
      let line = "idle.\(figures.kind)=" + numbers.map { String($0) }.joined(separator: ",")
      let kept = figures.sustains.compactMap { name -> String? in
        let words = name.split(separator: ".").map { String($0) }
        return powerLevels(of: words[0]).firstIndex { $0.name == words[1] }.map { "\(words[0]).\($0)" }
      }
      return kept.isEmpty ? [line] : [line, "idle.\(figures.kind).sustains=" + kept.sorted().joined(separator: ",")]
    }
  }

  private func microseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
  }
}

private func texts(_ value: Value?) -> [String] {
  guard case .list(let items)? = value else { return [] }
  return items.compactMap { if case .text(let text) = $0 { text } else { nil } }
}

/// What is wrong with `[[power.idle]]`: `entries` looks at the entries by themselves, `whole` at how they fit the board.
enum IdleCheck {
  typealias Problem = (key: String, message: String)

  static let kinds = ["standby", "suspend"]
  /// Parts that can be up while the processor does not run. Sound and pictures need it to move them.
  static let sustainable = ["link", "display", "indicator"]

  private static let millijoules = "a number from 0 to 20000"
  static let latency = FieldKind.duration(.zero ... .seconds(10))
  private static let keys: [(name: String, kind: FieldKind?)] = [
    ("kind", .choice(kinds)), ("milliwatts", nil), ("source", .source), ("entry", latency), ("exit", latency),
    ("latency_source", .source), ("millijoules", nil), ("transition_source", .source),
  ]
  private static let optional = ["sustains", "sustains_source"]

  static func entries(_ value: Value) -> [Problem] {
    // An empty list takes away what would be inherited.
    guard case .list(let entries) = value, entries.count <= kinds.count else {
      return [("power.idle", "must be at most \(kinds.count) entries [[power.idle]], the shallowest first")]
    }
    return entries.enumerated().flatMap { entry($0.element, path: "power.idle[\($0.offset)]") }
  }

  private static func entry(_ value: Value, path: String) -> [Problem] {
    guard case .table(let stated) = value else { return [(path, "must be a table")] }
    let known = keys.map { $0.name } + optional
    var problems: [Problem] = stated.keys.sorted().filter { !known.contains($0) }.map {
      let hint = nearest($0, among: known).map { " (did you mean \($0)?)" } ?? ""
      return ("\(path).\($0)", "is not known here\(hint); allowed: \(known.joined(separator: ", "))")
    }
    for (name, kind) in keys {
      let allowed = kind?.allowed ?? millijoules
      guard let given = stated[name] else {
        problems.append(("\(path).\(name)", "is missing: \(allowed)"))
        continue
      }
      let isGood = kind.map { $0.flatText(of: given) != nil } ?? (parsedMicrowatts(given) != nil)
      if !isGood { problems.append(("\(path).\(name)", "must be \(allowed), but is \(given.kind)")) }
    }
    guard let kept = stated["sustains"] else { return problems }
    if case .list(let items) = kept, items.count == texts(kept).count {
    } else {
      problems.append(("\(path).sustains", "must be a list of PART.LEVEL, such as \"link.parked\", but is \(kept.kind)"))
    }
    let source = stated["sustains_source"]
    if source.map({ FieldKind.source.flatText(of: $0) == nil }) ?? true {
      problems.append(("\(path).sustains_source", "must be \(FieldKind.source.allowed)"))
    }
    return problems
  }

  static func whole(_ board: Value) -> [Problem] {
    guard case .list(let entries)? = board["power.idle"] else { return [] }
    var problems: [Problem] = []
    let stated = entries.compactMap { entry -> String? in if case .text(let kind)? = entry["kind"] { kind } else { nil } }
    if stated != kinds.filter({ stated.contains($0) }) {
      problems.append(("power.idle", "must name each kind once, the shallowest first: \(kinds.joined(separator: ", "))"))
    }
    for (index, entry) in entries.enumerated() {
      for name in texts(entry["sustains"]) where !isLevel(name, of: board) {
        let message =
          "\"\(name)\" is no level above the first of \(sustainable.joined(separator: ", ")): nothing else runs without the processor"
        problems.append(("power.idle[\(index)].sustains", message))
      }
    }
    return problems
  }

  private static func isLevel(_ name: String, of board: Value) -> Bool {
    let words = name.split(separator: ".").map { String($0) }
    guard words.count == 2, sustainable.contains(words[0]), case .list(let levels)? = board["power.\(words[0])"] else {
      return false
    }
    return levels.dropFirst().contains { $0["level"] == .text(words[1]) }
  }
}
