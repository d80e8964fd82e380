import Foundation

extension TraceSummary {
  /// Nearest-rank percentile; nil of nothing.
  static func percentile(_ share: Double, of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
  }

  private static let stageNames = ["endpointing", "link", "recogniser", "language", "speech", "playback", "total", "runtime"]

  private static func values(_ stages: Stages) -> [Double?] {
    [
      stages.endpointing, stages.link, stages.recogniser, stages.language, stages.speech, stages.playback, stages.total,
      stages.runtime,
    ]
  }

  /// Each turn's stages in milliseconds, from end of speech to first audible sample.
  public var latencyTable: String {
    var table = TextTable([.init("turn", .right), .init("outcome")] + Self.stageNames.map { .init($0, .right) })
    for turn in turns {
      table.add(["\(turn.number)", turn.outcome] + Self.values(turn.stages).map { $0.map { String(format: "%.0f", $0) } ?? "–" })
    }
    if turns.count > 1 {
      table.addRule()
      for (name, share) in [("p50", 0.5), ("p95", 0.95)] {
        let row = Self.stageNames.indices.map { index -> String in
          let column = turns.compactMap { Self.values($0.stages)[index] }
          return Self.percentile(share, of: column).map { String(format: "%.0f", $0) } ?? "–"
        }
        table.add(["", name] + row)
      }
    }
    return table.text
  }

  /// Each turn's modelled energy by part, in millijoules.
  public var energyTable: String {
    let parts = Set(turns.flatMap { $0.energy.keys }).sorted()
    var table = TextTable(
      [.init("turn", .right), .init("seconds", .right)] + parts.map { .init($0, .right) } + [.init("sum", .right)])
    func millijoules(_ value: Double) -> String { String(format: "%.1f", value / 1000) }
    for turn in turns {
      let sum = turn.energy.values.reduce(0, +)
      table.add(
        ["\(turn.number)", turn.seconds.map { String(format: "%.1f", $0) } ?? "–"]
          + parts.map { millijoules(turn.energy[$0] ?? 0) } + [
            millijoules(sum)
          ])
    }
    if turns.count > 1 {
      table.addRule()
      let sums = parts.map { part in turns.reduce(0) { $0 + ($1.energy[part] ?? 0) } }
      table.add(["all", ""] + sums.map(millijoules) + [millijoules(sums.reduce(0, +))])
    }
    return table.text
  }

  /// Both tables under their headings.
  public var text: String {
    guard !turns.isEmpty else { return "The trace holds no turns." }
    return """
      Latency in milliseconds, from the last spoken sample to the first audible one
      \(latencyTable)

      Modelled energy in millijoules
      \(energyTable)
      """
  }

  /// One JSON object; docs/trace.md lists the keys.
  public var json: String {
    let list = turns.map { turn -> [String: Any] in
      var stages: [String: Any] = [:]
      for (name, value) in zip(Self.stageNames, Self.values(turn.stages)) {
        if let value { stages[name] = Self.rounded(value) }
      }
      var object: [String: Any] = [
        "turn": turn.number, "trigger": turn.trigger, "outcome": turn.outcome, "began_seconds": Self.rounded(turn.began),
        "transcript": turn.transcript, "latency_ms": stages, "energy_uj": turn.energy,
      ]
      if let seconds = turn.seconds { object["seconds"] = Self.rounded(seconds) }
      return object
    }
    var object: [String: Any] = ["turns": list]
    if let wakeups { object["wakeups"] = wakeups }
    let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
