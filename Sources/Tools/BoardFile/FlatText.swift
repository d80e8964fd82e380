extension BoardFile {
  /// The flat file that the firmware reads: the header `sotto-board 1`, then `key=value` lines in ascending order of their keys' bytes.
  ///
  /// Only what the board (or one that it inherits from) states is written: for the rest the defaults of the firmware hold. Durations
  /// are in microseconds, power is in microwatts, one number per level.
  public var flat: String {
    var lines: [String] = []
    for field in BoardSchema.fields {
      guard let key = field.flat, let stated = value[field.path], let text = field.kind.flatText(of: stated) else { continue }
      lines.append("\(key)=\(text)")
    }
    for part in BoardSchema.poweredParts {
      let levels = powerLevels(of: part)
      let times = [
        ("rise", levels.map { $0.rise }), ("fall", levels.map { $0.fall }), ("deadline", levels.map { $0.deadline ?? .zero }),
      ]
      for (key, times) in times where times.contains(where: { $0 > .zero }) {
        lines.append("\(key).\(part)=" + times.map { String($0.wholeMicroseconds) }.joined(separator: ","))
      }
      if !levels.isEmpty { lines.append("power.\(part)=" + levels.map { String($0.microwatts) }.joined(separator: ",")) }
    }
    for stated in Self.dependencies(in: value) {
      guard let level = Self.levelNames(of: stated.part, in: value)?.firstIndex(of: stated.level),
        let requiredLevel = Self.levelNames(of: stated.requires, in: value)?.firstIndex(of: stated.requiredLevel)
      else { continue }
      lines.append("\(stated.kind).\(stated.part).\(level).\(stated.requires)=\(requiredLevel)")
    }
    lines += idleLines
    lines.sort { key($0).lexicographicallyPrecedes(key($1)) }
    return (["sotto-board 1"] + lines).joined(separator: "\n") + "\n"
  }

  private func key(_ line: String) -> [UInt8] { Array(line.utf8.prefix { $0 != UInt8(ascii: "=") }) }

  /// One level of a part's power.
  public struct PowerLevel: Sendable, Equatable {
    public var name: String
    public var microwatts: Int64
    public var source: String
    /// Time to come up to it from level 0, and where that comes from.
    public var rise = Duration.zero
    public var riseSource: String?
    /// Time to go down from it to level 0, and where that comes from.
    public var fall = Duration.zero
    public var fallSource: String?
    /// Time within which the part must be at the level; nil leaves it to the firmware.
    public var deadline: Duration?

    /// What the figure rests on.
    public enum Basis: String, Sendable, CaseIterable {
      case measured, published, estimate
    }

    public var basis: Basis {
      source.hasPrefix("estimate: ") ? .estimate : source.hasPrefix("measured") ? .measured : .published
    }
  }

  /// The levels of a part, level 0 first; empty when the board does not have the part.
  public func powerLevels(of part: String) -> [PowerLevel] {
    guard case .list(let levels)? = value["power.\(part)"] else { return [] }
    return levels.compactMap { level in
      guard case .text(let name)? = level["level"], let power = level["milliwatts"].flatMap(parsedMicrowatts),
        case .text(let source)? = level["source"]
      else { return nil }
      var figure = PowerLevel(name: name, microwatts: power, source: source)
      if case .text(let rise)? = level["rise"] { figure.rise = DurationText.parse(rise) ?? .zero }
      if case .text(let source)? = level["rise_source"] { figure.riseSource = source }
      if case .text(let fall)? = level["fall"] { figure.fall = DurationText.parse(fall) ?? .zero }
      if case .text(let source)? = level["fall_source"] { figure.fallSource = source }
      if case .text(let deadline)? = level["deadline"] { figure.deadline = DurationText.parse(deadline) }
      return figure
    }
  }
}

extension Duration {
  fileprivate var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
