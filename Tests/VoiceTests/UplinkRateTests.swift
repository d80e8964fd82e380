import Testing
import Units

@testable import Voice

/// A rate that is told what waits.
private final class Link {
  private var rate = UplinkRate()

  init() { restart() }

  var bitrate: Int32 { rate.bitrate }
  func restart() { rate.restart() }
  func observe(backlog: UInt32, roundTrip: Duration = .milliseconds(20)) -> Bool {
    rate.observe(backlog: backlog, roundTrip: roundTrip)
  }
}

@Suite struct UplinkRateTests {
  @Test func aLinkThatKeepsUpHasTheBestRate() {
    let rate = Link()
    for _ in 0..<100 { #expect(!rate.observe(backlog: 30)) }
    #expect(rate.bitrate == 24_000)
  }

  /// What was said before the link was there goes all at once.
  @Test func aBacklogThatShrinksChangesNothing() {
    let rate = Link()
    for backlog: UInt32 in [150, 120, 90, 60, 30] { #expect(!rate.observe(backlog: backlog)) }
    #expect(rate.bitrate == 24_000)
  }

  /// One and a half seconds there and back: as much is under way, and none of it is late.
  @Test func aSlowButWideLinkHasTheBestRate() {
    let rate = Link()
    for _ in 0..<20 { #expect(!rate.observe(backlog: 100, roundTrip: .milliseconds(1_500))) }
    #expect(rate.bitrate == 24_000)
  }

  @Test func aNarrowLinkGetsTheLeastAndNoLess() {
    let rate = Link()
    var changes = 0
    for number: UInt32 in 0..<20 where rate.observe(backlog: 60 + 5 * number) { changes += 1 }
    #expect(changes == 3)
    #expect(rate.bitrate == 8_000)
  }

  @Test func goingUpTakesThreeSecondsInTimeForEachStep() {
    let rate = Link()
    for number: UInt32 in 0..<5 { _ = rate.observe(backlog: 60 + number) }
    #expect(rate.bitrate == 8_000)
    for _ in 0..<5 { #expect(!rate.observe(backlog: 25)) }
    #expect(rate.observe(backlog: 25))
    #expect(rate.bitrate == 12_000)
    // One observation that is not in time begins the wait anew; between the bounds nothing changes.
    for _ in 0..<5 { #expect(!rate.observe(backlog: 25)) }
    #expect(!rate.observe(backlog: 45))
    for _ in 0..<5 { #expect(!rate.observe(backlog: 25)) }
    #expect(rate.observe(backlog: 25))
    #expect(rate.bitrate == 16_000)
  }

  @Test func theRateLastsFromTurnToTurn() {
    let rate = Link()
    _ = rate.observe(backlog: 100)
    _ = rate.observe(backlog: 101)
    let narrow = rate.bitrate
    rate.restart()
    #expect(rate.bitrate == narrow)
    #expect(narrow < 24_000)
  }

  @Test func theEncoderFollows() throws {
    let encoder = try UplinkEncoder()
    let sound = Signal.syllables(milliseconds: 5_000, decibels: -20)
    func bytes() throws -> Int {
      var count = 0
      try encoder.encode(sound.span) { _, packet in count += packet.count }
      return count
    }
    let wide = try bytes()
    try encoder.set(bitrate: 8_000)
    let narrow = try bytes()
    #expect(narrow * 2 < wide, "\(narrow) bytes after \(wide)")
    try encoder.set(bitrate: 24_000)
    #expect(try bytes() > wide * 9 / 10)
  }
}
