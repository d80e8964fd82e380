extension BoardFile {
  /// One entry of `[[power.dependency]]`, as it is stated: levels by name.
  struct StatedDependency: Sendable {
    var part: String
    var level: String
    var requires: String
    var requiredLevel: String
    /// `assertive` or `opportunistic`.
    var kind: String
  }

  static func dependencies(in value: Value) -> [StatedDependency] {
    guard case .list(let entries)? = value["power.dependency"] else { return [] }
    return entries.compactMap { entry in
      guard case .text(let part)? = entry["part"], case .text(let level)? = entry["level"],
        case .text(let requires)? = entry["requires"], case .text(let requiredLevel)? = entry["requires_level"],
        case .text(let kind)? = entry["kind"]
      else { return nil }
      return StatedDependency(part: part, level: level, requires: requires, requiredLevel: requiredLevel, kind: kind)
    }
  }

  /// The names of a part's levels, level 0 first; nil when the board states none.
  static func levelNames(of part: String, in value: Value) -> [String]? {
    guard case .list(let levels)? = value["power.\(part)"] else { return nil }
    return levels.map { level in if case .text(let name)? = level["level"] { name } else { "" } }
  }
}
