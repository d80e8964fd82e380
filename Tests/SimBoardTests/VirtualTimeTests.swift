import HAL
import Testing
import Units

@testable import SimBoard

@Suite struct VirtualTimeTests {
  @Test func theClockJumpsToTheDeadlineAndNotBeyond() throws {
    let rig = try Rig()
    #expect(rig.next(milliseconds(86_400_000)) == ("deadline", 86_400_000_000_000))
    #expect(rig.board.wakeups == 1)
  }

  @Test func aDeadlineInThePastComesAtOnceAndDoesNotTurnTheClockBack() throws {
    let rig = try Rig(start: milliseconds(100))
    #expect(rig.next(milliseconds(50)) == ("deadline", 100_000_000))
    #expect(rig.board.wakeups == 0)
  }

  @Test func withNothingLeftTheBoardShutsDown() throws {
    let rig = try Rig()
    rig.board.schedule(.wear(true), at: milliseconds(5))
    #expect(rig.next() == ("wear on 5000000", 5_000_000))
    #expect(rig.next() == ("shutdown", 5_000_000))
  }

  @Test func theEndOfTheScenarioIsAShutdownAtItsInstant() throws {
    let rig = try Rig()
    rig.board.end(at: milliseconds(40))
    #expect(rig.next(milliseconds(30)) == ("deadline", 30_000_000))
    #expect(rig.next(milliseconds(90)) == ("shutdown", 40_000_000))
  }

  @Test func whatIsDueAtTheDeadlineComesBeforeIt() throws {
    let rig = try Rig()
    rig.board.schedule(.battery(Percent(50)), at: milliseconds(10))
    #expect(rig.next(milliseconds(10)) == ("battery 50 false", 10_000_000))
    #expect(rig.next(milliseconds(10)) == ("deadline", 10_000_000))
  }

  @Test func aStreamOfEventsCannotHoldTheDeadlineBack() throws {
    let rig = try Rig()
    for _ in 0..<3 { rig.board.schedule(.type("x"), at: milliseconds(10)) }
    let order = (0..<4).map { _ in rig.next(milliseconds(10)).0 }
    #expect(order == ["typed x", "deadline", "typed x", "deadline"])
  }

  @Test func actionsRunInOrderWithStimuli() throws {
    let rig = try Rig()
    var levels: [Bool] = []
    let pins = rig.board.pins
    rig.board.perform(at: milliseconds(10)) { _ in levels.append((try? pins.level(of: .wear)) ?? false) }
    rig.board.schedule(.wear(true), at: milliseconds(10))
    rig.board.perform(at: milliseconds(10)) { _ in levels.append((try? pins.level(of: .wear)) ?? false) }
    _ = rig.pass(until: milliseconds(11))
    #expect(levels == [false, true])
  }

  @Test func aPressIsTwoEdgesWithTheirOwnTimes() throws {
    let rig = try Rig()
    rig.board.schedule(.press(.milliseconds(120)), at: milliseconds(10))
    #expect(rig.pass(until: milliseconds(500)) == ["button on 10000000", "button off 130000000"])
  }

  @Test func aLevelThatIsThereAlreadyIsNoEdge() throws {
    let rig = try Rig { $0.isWornAtStart = true }
    rig.board.schedule(.wear(true), at: milliseconds(10))
    rig.board.schedule(.button(false), at: milliseconds(10))
    #expect(rig.pass(until: milliseconds(20)) == ["wear on 0"])
  }

  @Test func lettingGoByHandCallsOffTheReleaseOfAPress() throws {
    let rig = try Rig()
    rig.board.schedule(.press(.milliseconds(100)), at: milliseconds(0))
    rig.board.schedule(.button(false), at: milliseconds(50))
    rig.board.schedule(.button(true), at: milliseconds(60))
    #expect(rig.pass(until: milliseconds(500)) == ["button on 0", "button off 50000000", "button on 60000000"])
  }

  @Test func aStuckIndicatorIsSeenInItsReadBack() throws {
    let rig = try Rig()
    try rig.board.pins.set(.indicator, active: true)
    #expect(try rig.board.pins.readBack(.indicator))
    rig.board.apply(.indicatorStuck(true))
    #expect(try !rig.board.pins.readBack(.indicator))
    rig.board.apply(.indicatorStuck(false))
    #expect(try rig.board.pins.readBack(.indicator))
  }

  @Test func sensorsReportChangesOnly() throws {
    let rig = try Rig()
    for stimulus in [
      Stimulus.battery(Percent(79)), .battery(Percent(79)), .charging(true), .temperature(DeciCelsius(412)),
      .temperature(DeciCelsius(412)),
    ] {
      rig.board.apply(stimulus)
    }
    #expect(rig.pass(until: milliseconds(1)) == ["battery 79 false", "battery 79 true", "thermal 412"])
    #expect(try rig.board.thermal?.read() == DeciCelsius(412))
  }

  @Test func voltageGrowsWithCharge() {
    for charge in 1...100 {
      #expect(SimBattery.voltage(at: Percent(charge)) >= SimBattery.voltage(at: Percent(charge - 1)))
    }
    #expect(SimBattery.voltage(at: Percent(0)) == Millivolts(3300))
    #expect(SimBattery.voltage(at: Percent(100)) == Millivolts(4200))
  }

  @Test func absentPartsAreNil() throws {
    let rig = try Rig { $0.absent = [.camera, .display, .speaker] }
    #expect(rig.board.camera == nil)
    #expect(rig.board.display == nil)
    #expect(rig.board.speaker == nil)
    #expect(rig.board.microphone != nil)
  }

  @Test func theLogGoesToTheTraceOnceThatHasBegun() throws {
    let rig = try Rig()
    rig.board.log("early")
    rig.board.trace(Array("[".utf8).span)
    _ = rig.next(milliseconds(2))
    rig.board.log("a \"b\"")
    #expect(rig.notes.logs == ["early", "a \"b\""])
    #expect(
      rig.notes.trace == [
        "[",
        #"{"name":"log","cat":"log","ph":"i","s":"t","ts":2000.000,"pid":1,"tid":5,"args":{"text":"a \"b\""}},"#,
      ])
  }
}
