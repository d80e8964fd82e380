/// How readily a word is heard: what the model's makers chose, or something else.
///
/// The published cutoffs lie near 1, each at another distance: the steps change that distance, so that they mean about the same for every word.
public enum WakeSensitivity: Sendable, Hashable {
  /// Half the distance: fewer false alarms, more said in vain.
  case low
  case normal
  /// Twice the distance.
  case high
  /// Four times the distance.
  case highest
  /// Just this, whatever the model's own cutoff is.
  case cutoff(Double)

  /// The cutoffs that can be stated.
  public static let cutoffs = 0.05...0.99

  /// The cutoff for a word whose own is this. A step never goes below half of it, nor out of `cutoffs`.
  public func cutoff(for own: Double) -> Double {
    switch self {
    case .low: Self.moved(own, 0.5)
    case .normal: own
    case .high: Self.moved(own, 2)
    case .highest: Self.moved(own, 4)
    case .cutoff(let stated): stated
    }
  }

  private static func moved(_ own: Double, _ factor: Double) -> Double {
    let moved = max(1 - factor * (1 - own), own / 2)
    return min(max(moved, cutoffs.lowerBound), cutoffs.upperBound)
  }

  /// `low`, `normal`, `high`, `highest`, or a cutoff such as `0.9`, with up to four decimals.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    func isWord(_ word: StaticString) -> Bool { word.withUTF8Buffer { bytes.elementsEqual($0) } }
    if isWord("low") {
      self = .low
    } else if isWord("normal") {
      self = .normal
    } else if isWord("high") {
      self = .high
    } else if isWord("highest") {
      self = .highest
    } else {
      guard (3...6).contains(bytes.count), bytes[0] == UInt8(ascii: "0"), bytes[1] == UInt8(ascii: ".") else { return nil }
      var number = 0.0
      var unit = 1.0
      for byte in bytes[2...] {
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        number = number * 10 + Double(byte - UInt8(ascii: "0"))
        unit *= 10
      }
      guard Self.cutoffs.contains(number / unit) else { return nil }
      self = .cutoff(number / unit)
    }
  }
}
