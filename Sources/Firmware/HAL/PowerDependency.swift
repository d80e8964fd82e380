/// `part` may be at `level` or above only while `requires` is at `requiredLevel` or above.
public struct PowerDependency: Sendable, Hashable {
  /// What becomes of the part that is needed.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// It is brought up for the part that needs it, and kept up.
    case assertive
    /// It is not brought up: the part takes the level only while somebody else keeps up what it needs, and gives it back first.
    case opportunistic

    /// The word of the board file.
    public var name: StaticString {
      switch self {
      case .assertive: "assertive"
      case .opportunistic: "opportunistic"
      }
    }
  }

  public var part: Part
  /// 1…3: off needs nothing.
  public var level: Int
  public var requires: Part
  /// 1…3.
  public var requiredLevel: Int
  public var kind: Kind

  public init(
    _ part: Part, atLevel level: Int, requires other: Part, atLevel requiredLevel: Int, _ kind: Kind = .assertive
  ) {
    self.part = part
    self.level = level
    self.requires = other
    self.requiredLevel = requiredLevel
    self.kind = kind
  }

  /// Parts that need each other in a circle, at whatever levels: none of them could rise first. The first in the order of `Part` that
  /// needs itself, by any way; nil when there is no circle.
  public static func circle(in dependencies: [PowerDependency]) -> Part? {
    for part in Part.allCases {
      // All that it needs, directly or not.
      var needed: UInt32 = 0
      var before: UInt32 = 1
      while needed != before {
        before = needed
        for dependency in dependencies where dependency.part == part || needed & bit(dependency.part) != 0 {
          needed |= bit(dependency.requires)
        }
      }
      if needed & bit(part) != 0 { return part }
    }
    return nil
  }

  private static func bit(_ part: Part) -> UInt32 { 1 << UInt32(part.rawValue) }
}
