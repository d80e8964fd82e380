import Units

/// Takes away what stays the same in each channel for long: an estimate follows the signal slowly and is subtracted.
struct StationaryNoise: ~Copyable {
  /// Fractional bits of the estimate beyond the signal's.
  static let estimateBits: UInt32 = 10
  private static let coefficientBits: UInt64 = 14
  /// How much of the estimate is renewed by each frame, in channels of even and of odd number: 0.025 and 0.06.
  private static let evenRate: UInt64 = 409
  private static let oddRate: UInt64 = 983
  /// At least this much of the signal stays: 0.05.
  private static let floor: UInt64 = 819

  /// One for each channel; what gain control is given.
  let estimates: FixedTable<UInt32>

  init(channels: Int) { estimates = FixedTable(repeating: 0, count: channels) }

  func reset() { estimates.fill(0) }

  func apply(to signal: borrowing FixedTable<UInt32>) {
    for channel in 0..<estimates.count {
      let rate = channel & 1 == 0 ? Self.evenRate : Self.oddRate
      let scaled = signal[channel] &<< Self.estimateBits
      let sum = UInt64(scaled) &* rate &+ UInt64(estimates[channel]) &* ((1 << Self.coefficientBits) - rate)
      let estimate = UInt32(truncatingIfNeeded: sum &>> Self.coefficientBits)
      estimates[channel] = estimate
      let rest = (scaled &- min(estimate, scaled)) &>> Self.estimateBits
      let least = UInt32(truncatingIfNeeded: (UInt64(signal[channel]) &* Self.floor) &>> Self.coefficientBits)
      signal[channel] = max(rest, least)
    }
  }
}
