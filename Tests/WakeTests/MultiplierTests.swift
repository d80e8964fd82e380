import Testing

@testable import Wake

@Suite struct FixedMultiplierTests {
  /// Rounding twice is off by a half and, before the last shift, by another: three quarters at most.
  private static let offByTwoRoundings = 0.7501

  /// What exact arithmetic rounds to, of a multiplier below 1.
  @Test(arguments: [0.5, 0.123_456, 0.000_31, 0.999_999]) func itMultipliesAndRoundsToNearest(real: Double) {
    let multiplier = FixedMultiplier(real)
    for value in stride(from: Int32(-1_000_000), through: 1_000_000, by: 7_919) {
      let exact = Double(value) * real
      #expect(abs(Double(multiplier.twiceRounded(value)) - exact) <= Self.offByTwoRoundings)
      #expect(abs(Double(multiplier.onceRounded(value)) - exact) <= 0.51)
    }
  }

  @Test func dividedByANumberOfSummandsItGivesTheirMean() {
    for count in [1, 2, 3, 7, 40, 120, 65_536] {
      let mean = FixedMultiplier(1).divided(by: count)
      for value in stride(from: Int32(-5_000_000), through: 5_000_000, by: 99_991) {
        #expect(abs(Double(mean.twiceRounded(value)) - Double(value) / Double(count)) <= Self.offByTwoRoundings)
      }
    }
  }

  @Test func nothingIsNothing() {
    #expect(FixedMultiplier(0).twiceRounded(1 << 30) == 0)
  }
}
