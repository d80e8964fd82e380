import Foundation

extension TraceSummary {
  /// Nearest-rank percentile; nil of nothing.
  static func percentile(_ share: Double, of values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
  }

  private static let allStageNames = [
    "endpointing", "link", "recogniser", "language", "speech", "playback", "total", "runtime", "ahead", "up", "down",
  ]

  private static func allValues(_ stages: Stages) -> [Double?] {
    [
      stages.endpointing, stages.link, stages.recogniser, stages.language, stages.speech, stages.playback, stages.total,
      stages.runtime, stages.ahead, stages.up, stages.down,
    ]
  }

  /// The columns: those that every trace has, and of the others what this one tells.
  private var columns: [Int] {
    Self.allStageNames.indices.filter { column in
      column < 8 || turns.contains { Self.allValues($0.stages)[column] != nil }
    }
  }

  private static let shares = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)]

  private func column(_ index: Int) -> [Double] { turns.compactMap { Self.allValues($0.stages)[index] } }

  /// In words, for a person.
  public static func phrase(_ clock: ClockComparisons.Comparison) -> String {
    let bound = String(format: "%.2f", Double(clock.uncertainty.nanoseconds) / 1e6)
    if clock.difference == .zero { return "The clocks of host and glasses are the same within \(bound) ms." }
    let difference = String(format: "%+.2f", Double(clock.difference.nanoseconds) / 1e6)
    return "The host's clock less the glasses': \(difference) ms, within \(bound) ms."
  }

  /// Each turn's stages in milliseconds, from end of speech to first audible sample.
  public var latencyTable: String {
    let columns = columns
    var table = TextTable([.init("turn", .right), .init("outcome")] + columns.map { .init(Self.allStageNames[$0], .right) })
    func cell(_ value: Double?) -> String { value.map { String(format: "%.0f", $0) } ?? "–" }
    for turn in turns {
      let values = Self.allValues(turn.stages)
      table.add(["\(turn.number)", turn.outcome] + columns.map { cell(values[$0]) })
    }
    if turns.count > 1 {
      table.addRule()
      for (name, share) in Self.shares {
        table.add(["", name] + columns.map { cell(Self.percentile(share, of: column($0))) })
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
    let clock = clock.map { "\(Self.phrase($0))\n\n" } ?? ""
    return """
      \(clock)Latency in milliseconds, from the last spoken sample to the first audible one
      \(latencyTable)

      Modelled energy in millijoules
      \(energyTable)
      """
  }

  /// One JSON object; docs/trace.md lists the keys.
  public var json: String {
    let list = turns.map { turn -> [String: Any] in
      var stages: [String: Any] = [:]
      for (name, value) in zip(Self.allStageNames, Self.allValues(turn.stages)) {
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
    var distribution: [String: [String: Double]] = [:]
    for index in Self.allStageNames.indices {
      for (name, share) in Self.shares {
        guard let value = Self.percentile(share, of: column(index)) else { continue }
        distribution[Self.allStageNames[index], default: [:]][name] = Self.rounded(value)
      }
    }
    if !distribution.isEmpty { object["distribution_ms"] = distribution }
    if let clock {
      object["clock"] = [
        "host_minus_glasses_us": Double(clock.difference.nanoseconds) / 1000,
        "uncertainty_us": Double(clock.uncertainty.nanoseconds) / 1000,
      ]
    }
    let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
