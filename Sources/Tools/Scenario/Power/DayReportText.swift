import Engagement
import Foundation

extension DayReport {
  /// For a person: the figures, two tables and the day as a drawing of `columns` characters.
  public func text(columns: Int = 80) -> String {
    ([head] + [partTable, stateTable, basis] + [TerminalDay(self).text(columns: columns)]).joined(separator: "\n\n")
  }

  private var head: String {
    var lines = ["\(board): \(scenario). All energy is modelled from the board file's figures, none is measured."]
    if !whatIf.isEmpty { lines.append("what if      " + whatIf.joined(separator: ", ")) }
    let how =
      batteryIsExtrapolated ? ", if such days follow each other" : batteries > 2 ? "; the day takes \(batteries) of them" : ""
    lines.append(String(format: "battery      %.1f h on %.0f mWh%@", batteryHours, batteryMilliwattHours, how))
    lines.append(String(format: "average      %.1f mW", averageMilliwatts))
    lines.append(
      "queries      \(queries), \(queriesAnswered) answered"
        + (millijoulesPerQuery.map { String(format: ", %.0f mJ each", $0) } ?? ""))
    lines.append(String(format: "wakeups      %.1f in an hour; at rest %.1f", wakeupsPerHour, restingWakeupsPerHour))
    for (kind, hours) in hoursByIdle.sorted(by: { $0.key < $1.key }) where hours > 0 {
      let turned = idleAborted[kind] ?? 0
      lines.append(
        String(
          format: "%@ %.2f h, entered %d times", kind.padding(toLength: 12, withPad: " ", startingAt: 0), hours,
          idleEntries[kind] ?? 0)
          + (turned > 0 ? ", \(turned) turned back by an event" : ""))
    }
    if let longest = longestWakeMilliseconds {
      lines.append(
        String(
          format: "listening    at most %.0f ms after the button, the way out of the sleep and the parts' rises included", longest
        ))
    }
    if let drift = gaugeDriftPermille {
      lines.append(String(format: "fuel gauge   the ledger says %+.1f %% against it, at the last comparison", drift / 10))
    }
    lines += armedLines
    lines.append(String(format: "dominated by %@: %.0f %% of the energy", dominant, dominantShare * 100))
    return lines.joined(separator: "\n")
  }

  private var armedLines: [String] {
    guard let armed else { return [] }
    let words = armed.words.isEmpty ? "no wake word, for what is said just before a press" : armed.words.joined(separator: ", ")
    return [
      String(format: "armed        %.2f h for %@", armed.hours, words),
      String(
        format: "             %.1f mW, %.1f wakeups and %.2f ms of this machine's processor time in a second", armed.milliwatts,
        armed.wakeupsPerSecond, armed.processorMillisecondsPerSecond),
      String(
        format: "             costs %.1f mWh: at the mean power %.1f h on a battery instead of %.1f h; a day loses %.1f h",
        armed.cost,
        armed.batteryHours, armed.batteryHoursWithout, armed.hoursLostPerDay),
    ]
  }

  private var partTable: String {
    var table = TextTable([
      .init("part"), .init("mWh", .right), .init("%", .right), .init("level"), .init("mWh", .right), .init("times up", .right),
      .init("rises mWh", .right),
    ])
    for (part, energy) in energyByPart.sorted(by: { ($0.value, $1.key) > ($1.value, $0.key) }) {
      let levels = energyByLevel.filter { $0.key.hasPrefix(part + ".") && $0.value >= 0.005 }
        .sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      for (index, level) in levels.enumerated() {
        let name = String(level.key.dropFirst(part.count + 1))
        let first = index == 0
        table.add([
          first ? part : "", first ? figure(energy) : "", first ? share(energy) : "", name, figure(level.value),
          first ? "\(rises[part] ?? 0)" : "", first ? figure(energyOfRises[part] ?? 0) : "",
        ])
      }
    }
    table.addRule()
    table.add(["total", figure(totalMilliwattHours), "100"])
    return table.text
  }

  private var stateTable: String {
    var table = TextTable([
      .init("state"), .init("hours", .right), .init("mWh", .right), .init("%", .right), .init("mean mW", .right),
    ])
    for state in EngagementState.allCases {
      let name = "\(state.name)"
      guard let hours = hoursByState[name], let energy = energyByState[name] else { continue }
      table.add([
        name, String(format: "%.2f", hours), figure(energy), share(energy), String(format: "%.1f", energy / max(hours, 1e-9)),
      ])
    }
    return table.text
  }

  private var basis: String {
    let parts = energyByBasis.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.filter { $0.value > 0 }
      .map { "\(share($0.value)) % on \($0.key) figures" }
    return "The energy rests " + parts.joined(separator: ", ") + "."
  }

  private func figure(_ milliwattHours: Double) -> String { String(format: "%.2f", milliwattHours) }
  private func share(_ energy: Double) -> String { String(format: "%.0f", 100 * energy / max(totalMilliwattHours, 1e-12)) }
}

/// The day as characters: the charge in eighths of a line, the states below it, the hours below them.
private struct TerminalDay {
  private let report: DayReport
  private static let rows = 8
  private static let eighths = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  init(_ report: DayReport) { self.report = report }

  func text(columns: Int) -> String {
    let width = max(24, min(columns, 160) - 6)
    guard let last = report.curve.last, last.hour > 0 else { return "" }
    let slots = report.slots(width)
    var lines: [String] = []
    for row in (0..<Self.rows).reversed() {
      let label = row == Self.rows - 1 ? "100 % " : row == 0 ? "  0 % " : "      "
      lines.append(
        label
          + slots.map { slot in
            let filled = Int((slot.charge / 100 * Double(Self.rows * 8)).rounded()) - row * 8
            return Self.eighths[min(max(filled, 0), 8)]
          }.joined())
    }
    lines.append("state " + slots.map { Self.letter($0.state) }.joined())
    var axis = [Character](repeating: " ", count: width + 6)
    let step = last.hour > 12 ? 4.0 : 1.0
    for hour in stride(from: 0.0, to: last.hour, by: step) {
      let place = 6 + Int(hour / last.hour * Double(width))
      for (offset, character) in "\(Int(hour))h".enumerated() where place + offset < axis.count {
        axis[place + offset] = character
      }
    }
    lines.append(String(axis))
    lines.append("      . not worn   - dormant   a armed   ? in a turn   p pairing")
    return lines.joined(separator: "\n")
  }

  private static func letter(_ state: EngagementState) -> String {
    switch state {
    case .notWorn: "."
    case .dormant: "-"
    case .armed: "a"
    case .engaged, .thinking, .presenting: "?"
    case .pairing: "p"
    }
  }
}

extension DayReport {
  /// The curve in `count` equal slots of time: the charge at the end of each, and the liveliest state in it.
  func slots(_ count: Int) -> [(charge: Double, state: EngagementState)] {
    guard let last = curve.last, last.hour > 0 else { return [] }
    var slots: [(charge: Double, state: EngagementState)] = []
    var index = 0
    for slot in 0..<count {
      let end = last.hour * Double(slot + 1) / Double(count)
      var state = curve[index].state
      while index + 1 < curve.count, curve[index + 1].hour <= end {
        index += 1
        if curve[index].state.rawValue > state.rawValue { state = curve[index].state }
      }
      slots.append((charge: charge(at: end, after: index), state: state))
    }
    return slots
  }

  /// By a straight line to the next point, unless the battery was exchanged in between.
  private func charge(at hour: Double, after index: Int) -> Double {
    let before = curve[index]
    guard index + 1 < curve.count else { return before.charge }
    let after = curve[index + 1]
    guard after.hour > before.hour, after.charge <= before.charge else { return before.charge }
    return before.charge + (after.charge - before.charge) * (hour - before.hour) / (after.hour - before.hour)
  }
}
