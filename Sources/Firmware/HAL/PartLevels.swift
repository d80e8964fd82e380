/// A level for each part of the board, 0 (off) … 3, packed two bits to a part so that sets are compared and copied as one word.
public struct PartLevels: Sendable, Hashable {
  private var bits: UInt32

  /// Every part off: what work that needs the processor alone requires.
  public static let none = PartLevels()
  /// Every part at its highest level.
  public static let all = PartLevels(bits: .max)

  public init() { bits = 0 }

  private init(bits: UInt32) { self.bits = bits }

  public init(_ part: Part, _ level: Int) {
    bits = 0
    self[part] = level
  }

  /// The level of a part, 0…3; setting another is a mistake of ours.
  public subscript(part: Part) -> Int {
    get { Int(bits >> Self.shift(of: part) & 3) }
    set {
      precondition(newValue >= 0 && newValue <= 3, "a part has the levels 0 to 3")
      bits = bits & ~(3 << Self.shift(of: part)) | UInt32(newValue) << Self.shift(of: part)
    }
  }

  public var isEmpty: Bool { bits == 0 }

  /// Whether every part is at the level that `required` names, or above.
  public func meets(_ required: PartLevels) -> Bool {
    // Two bits to a part: the upper bits decide, the lower ones where the upper are equal.
    let upper: UInt32 = 0xAAAA_AAAA
    let less = ~bits & required.bits
    let same = ~(bits ^ required.bits)
    return (less & upper) | ((same & upper) >> 1 & less & ~upper) == 0
  }

  /// For each part the higher of the two levels.
  public func union(_ other: PartLevels) -> PartLevels {
    var both = self
    for part in Part.allCases where other[part] > self[part] { both[part] = other[part] }
    return both
  }

  private static func shift(of part: Part) -> UInt32 {
    // Raw values are 1…12, so that sixteen fields hold them.
    UInt32(part.rawValue) * 2
  }
}
