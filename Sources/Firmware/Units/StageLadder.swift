/// Turns a reading that presses more the larger it is into a stage from 0 to 3, with hysteresis.
///
/// A stage is reached at its threshold, and left when the reading is more than `margin` below that: a reading that trembles at a
/// threshold changes nothing twice. Stages may be skipped in both directions.
public struct StageLadder: Sendable, Hashable {
  private let first: Int32
  private let second: Int32
  private let third: Int32
  private let margin: Int32
  /// The stage now, 0 before any reading.
  public private(set) var stage: UInt8 = 0

  /// The thresholds ascend; where two are equal the lower stage does not occur.
  public init(_ first: Int32, _ second: Int32, _ third: Int32, margin: Int32) {
    self.first = first
    self.second = second
    self.third = third
    self.margin = margin
  }

  public mutating func take(_ reading: Int32) {
    if reading >= threshold(third, 3) {
      stage = 3
    } else if reading >= threshold(second, 2) {
      stage = 2
    } else {
      stage = reading >= threshold(first, 1) ? 1 : 0
    }
  }

  private func threshold(_ value: Int32, _ reached: UInt8) -> Int32 { stage >= reached ? value - margin : value }
}
