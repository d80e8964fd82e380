import Foundation

extension PowerExplanation {
  /// The table for a person.
  public var text: String {
    var table = TextTable([
      .init("part"), .init("level", .right), .init("mW", .right), .init("held by"), .init("for", .right),
      .init("mJ since", .right),
      .init("mJ in all", .right),
    ])
    for element in elements where element.level > 0 || !element.holders.isEmpty {
      let rows = rows(of: element)
      for (index, row) in rows.enumerated() {
        let isFirst = index == 0
        table.add([
          isFirst ? element.part : "", isFirst ? "\(element.level)" : "", isFirst ? Self.decimal(element.milliwatts) : "",
          row.holder, row.time, row.energy, isFirst ? Self.decimal(Double(element.energy) / 1000) : "",
        ])
      }
    }
    let resting = elements.filter { $0.level == 0 && $0.holders.isEmpty }
    table.addRule()
    if !resting.isEmpty {
      table.add([
        "at rest", "0", Self.decimal(resting.reduce(0) { $0 + $1.milliwatts }), resting.map { $0.part }.joined(separator: ", "),
        "", "",
        Self.decimal(Double(resting.reduce(0) { $0 + $1.energy }) / 1000),
      ])
    }
    table.add(["all", "", Self.decimal(milliwatts), "", "", "", Self.decimal(Double(energy) / 1000)])
    let doing = state + (turn > 0 ? ", turn \(turn)" : "")
    return "The glasses are \(doing), for \(Self.time(now - stateSince)). Energy is modelled from the board file's figures.\n"
      + table.text
  }

  private func rows(of element: Element) -> [(holder: String, time: String, energy: String)] {
    var rows = element.holders.map { holder in
      (
        holder: holder.name + (holder.level == element.level ? "" : " (level \(holder.level))"),
        time: Self.time(now - holder.since),
        energy: Self.decimal(Double(holder.energy) / 1000)
      )
    }
    for reason in element.reasons {
      rows.append(("because \(reason.part) is at level \(reason.level)", Self.time(now - element.since), ""))
    }
    if rows.isEmpty { rows.append(("on its way down", Self.time(now - element.since), "")) }
    return rows
  }

  /// One object; docs/power.md lists the keys.
  public var json: String {
    let list = elements.map { element -> [String: Any] in
      [
        "part": element.part, "level": element.level, "since_us": element.since, "mw": element.milliwatts,
        "energy_uj": element.energy,
        "holders": element.holders.map { holder -> [String: Any] in
          ["holder": holder.name, "level": holder.level, "since_us": holder.since, "energy_uj": holder.energy]
        },
        "because": element.reasons.map { reason -> [String: Any] in ["part": reason.part, "level": reason.level] },
      ]
    }
    let object: [String: Any] = [
      "now_us": now, "state": state, "state_since_us": stateSince, "turn": turn, "mw": milliwatts, "energy_uj": energy,
      "elements": list,
      "unexplained": unexplained,
    ]
    let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  private static func decimal(_ value: Double) -> String { String(format: "%.1f", value) }

  private static func time(_ microseconds: Int64) -> String {
    let seconds = Double(microseconds) / 1e6
    if seconds < 60 { return String(format: "%.2f s", seconds) }
    if seconds < 3600 { return String(format: "%.1f min", seconds / 60) }
    return String(format: "%.1f h", seconds / 3600)
  }
}
