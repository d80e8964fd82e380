import HAL
import Testing
import Units

@testable import SimBoard

/// 300 ms down, 150 ms up.
private let suspend = IdleLevel(
  .suspend, power: .milliwatts(14), entryLatency: .milliseconds(300), exitLatency: .milliseconds(150),
  transition: Nanojoules(100_000_000), sustains: .none)

@Suite struct IdleTests {
  private func board(_ levels: [IdleLevel] = [suspend], start: Instant = .zero) throws -> SimBoard {
    var description = BoardDescription()
    description.power.idle = levels
    return try SimBoard(
      description, options: SimBoard.Options(), clock: .virtual(start: start, peer: nil), trace: { _ in }, log: { _ in })
  }

  @Test func aPressIsAnsweredAfterTheWayOutWithItsOwnTime() throws {
    let board = try board()
    board.schedule(.press(.milliseconds(50)), at: milliseconds(5_000))
    #expect(name(board.next(before: nil, idling: .suspend)) == "button on 5000000000")
    #expect(board.now() == milliseconds(5_150))
    #expect(board.lastIdle == IdleSpell(.suspend, began: .zero, ended: milliseconds(5_150)))
    #expect(board.wakeups == 1)
    // It came up again while the system did.
    #expect(name(board.next(before: nil, idling: .suspend)) == "button off 5050000000")
    #expect(board.now() == milliseconds(5_150))
    #expect(board.lastIdle == nil, "what waits already is returned without going down")
    #expect(board.wakeups == 1)
  }

  @Test func theTimerWakesAtTheDeadlineAndTheProgramRunsAfterTheWayOut() throws {
    let board = try board()
    #expect(name(board.next(before: milliseconds(1_000), idling: .suspend)) == "deadline")
    #expect(board.now() == milliseconds(1_150))
    #expect(board.lastIdle?.aborted == 0)
  }

  @Test func anEventOnTheWayInTurnsItBack() throws {
    let board = try board()
    board.schedule(.wear(true), at: milliseconds(100))
    #expect(name(board.next(before: nil, idling: .suspend)) == "wear on 100000000")
    // A third of the way in takes a third of the way out.
    #expect(board.now() == milliseconds(150))
    #expect(board.lastIdle == IdleSpell(.suspend, began: .zero, ended: milliseconds(150), entries: 1, aborted: 1))
  }

  @Test func aDeadlineOnTheWayInWaitsForBothWays() throws {
    let board = try board()
    #expect(name(board.next(before: milliseconds(100), idling: .suspend)) == "deadline")
    #expect(board.now() == milliseconds(450))
  }

  @Test func aBoardThatDoesNotKnowTheWayTakesAShallowerOne() throws {
    let standby = IdleLevel(
      .standby, power: .milliwatts(60), entryLatency: .milliseconds(5), exitLatency: .milliseconds(10), sustains: .none)
    let shallow = try board([standby])
    #expect(name(shallow.next(before: milliseconds(1_000), idling: .suspend)) == "deadline")
    #expect(shallow.lastIdle?.kind == .standby)
    let deep = try board()
    #expect(name(deep.next(before: milliseconds(1_000), idling: .standby)) == "deadline")
    #expect(deep.lastIdle == nil)
    #expect(deep.now() == milliseconds(1_000))
  }

  @Test func theMicrophoneHearsNothingWhileTheSystemIsDown() throws {
    let board = try board()
    let microphone = try #require(board.microphone)
    try microphone.start(period: .milliseconds(20))
    board.schedule(.wear(true), at: milliseconds(1_000))
    #expect(name(board.next(before: nil, idling: .suspend)) == "wear on 1000000000", "no period wakes it")
    var samples = [Int16](repeating: 0, count: 1_600)
    var span = samples.mutableSpan
    let none = try microphone.read(into: &span)
    #expect(none.count == 0)
    let whole = board.now() - .zero - SimBoard.Options().latencies.microphoneStart
    #expect(none.lost == Int(whole.nanoseconds / 62_500))
    #expect(name(board.next(before: nil)) == "microphoneReady")
    let heard = try microphone.read(into: &span)
    #expect(heard.count == 320 && heard.lost == 0)
    #expect(heard.firstSample == milliseconds(1_150), "what is said once it is up is heard")
  }

  @Test func withNothingLeftTheBoardShutsDownAndSaysThatItWasDown() throws {
    let board = try board()
    #expect(name(board.next(before: nil, idling: .suspend)) == "shutdown")
    #expect(board.lastIdle?.kind == .suspend)
  }

  /// Wakes around the moment at which the system goes down, from before the way in to after the way out: none is lost, none keeps anyone
  /// waiting for longer than both ways, and each tells its own time.
  @Test func tenThousandWakesAroundTheWayDownAreAllAnswered() throws {
    let board = try board()
    var random: UInt64 = 7
    for round in 0..<10_000 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let begin = board.now()
      // The system begins to go down 50 ms later, the wake comes up to 700 ms after that time or before.
      let press = begin + .microseconds(Int64((random >> 33) % 700_000))
      let isDown = round % 2 == 0
      board.schedule(.button(isDown), at: press)
      var event = name(board.next(before: begin + .milliseconds(50)))
      if event == "deadline" { event = name(board.next(before: nil, idling: .suspend)) }
      #expect(event == "button \(isDown ? "on" : "off") \(press.nanoseconds)")
      #expect(board.now() - press <= suspend.passage, "\(board.now() - press) in round \(round)")
    }
  }
}
