import Testing
import Units

@testable import Scenario

/// Plays a scenario against a trace that was recorded before: what the player does with stimuli is not needed for its judgement.
private func judge(_ timeline: String, _ trace: String) throws -> [ScenarioFailure] {
  let scenario = try Scenario.parse("name: a\ntail: 0s\ntimeline:\n" + timeline, file: "test.yaml")
  var player = ScenarioPlayer(scenario, origin: .zero)
  for event in try TraceEvent.parse(trace: trace) {
    while let due = player.nextDue, due < event.time { _ = player.advance(to: due) }
    player.observe(event)
  }
  while let due = player.nextDue { _ = player.advance(to: due) }
  return player.failures
}

private func line(_ failure: ScenarioFailure) -> String {
  "\(failure.line) @\(failure.seconds): \(failure.expected) / \(failure.seen)"
}

/// One turn as the firmware records it: pressed at 1 s.
let oneTurn = """
  [
  {"ph":"M","pid":1,"tid":0,"name":"process_name","args":{"name":"glasses"}},
  {"ph":"B","ts":0.000,"pid":1,"tid":1,"name":"dormant","cat":"state","args":{}},
  {"ph":"E","ts":1015000.000,"pid":1,"tid":1,"name":"dormant","cat":"state","args":{}},
  {"ph":"B","ts":1015000.000,"pid":1,"tid":1,"name":"engaged","cat":"state","args":{}},
  {"ph":"B","ts":1015000.000,"pid":1,"tid":2,"name":"turn","cat":"turn","args":{"turn":1,"trigger":"button"}},
  {"ph":"i","ts":1015000.000,"pid":1,"tid":2,"name":"microphone_open","cat":"turn","s":"t","args":{"turn":1}},
  {"ph":"i","ts":1100000.000,"pid":1,"tid":4,"name":"link_up","cat":"link","s":"t","args":{}},
  {"ph":"i","ts":3000000.000,"pid":1,"tid":2,"name":"end_of_speech","cat":"turn","s":"t","args":{"turn":1,"last_sample_us":2400000}},
  {"ph":"E","ts":3000000.000,"pid":1,"tid":1,"name":"engaged","cat":"state","args":{}},
  {"ph":"B","ts":3000000.000,"pid":1,"tid":1,"name":"thinking","cat":"state","args":{}},
  {"ph":"i","ts":3100000.000,"pid":1,"tid":2,"name":"transcript","cat":"turn","s":"t","args":{"turn":1,"text":"ten of","final":false}},
  {"ph":"i","ts":3200000.000,"pid":1,"tid":2,"name":"transcript","cat":"turn","s":"t","args":{"turn":1,"text":"Ten of clubs.","final":true}},
  {"ph":"i","ts":3250000.000,"pid":1,"tid":2,"name":"answer","cat":"turn","s":"t","args":{"turn":1,"text":"It is nine."}},
  {"ph":"i","ts":3260000.000,"pid":1,"tid":2,"name":"answer","cat":"turn","s":"t","args":{"turn":1,"text":"Good morning."}},
  {"ph":"i","ts":3300000.000,"pid":1,"tid":2,"name":"card","cat":"turn","s":"t","args":{"turn":1,"title":"Time","body":"09:00"}},
  {"ph":"i","ts":3400000.000,"pid":1,"tid":2,"name":"first_sample","cat":"turn","s":"t","args":{"turn":1}},
  {"ph":"E","ts":3400000.000,"pid":1,"tid":1,"name":"thinking","cat":"state","args":{}},
  {"ph":"B","ts":3400000.000,"pid":1,"tid":1,"name":"presenting","cat":"state","args":{}},
  {"ph":"C","ts":3400000.000,"pid":1,"tid":5,"name":"wakeups","args":{"count":40}},
  {"ph":"E","ts":5000000.000,"pid":1,"tid":2,"name":"turn","cat":"turn","args":{"turn":1,"outcome":"answered","reason":""}},
  {"ph":"E","ts":5000000.000,"pid":1,"tid":1,"name":"presenting","cat":"state","args":{}},
  {"ph":"B","ts":5000000.000,"pid":1,"tid":1,"name":"dormant","cat":"state","args":{}},
  {"ph":"C","ts":5000000.000,"pid":1,"tid":5,"name":"wakeups","args":{"count":90}},

  """

@Suite struct ScenarioPlayerTests {
  /// Timelines that the trace above fulfils.
  static let fulfilled = [
    "  - {at: 1s, press: 80ms, expect: state engaged within 300ms}",
    "  - {at: 2s, expect: state engaged within 1ms}",
    "  - {after: end_of_speech, expect: [transcript is \"ten of clubs\" within 200ms, spoken within 400ms]}",
    "  - {at: 1s, expect: answer contains \"nine. Good\" within 5s}",
    "  - {at: 1s, expect: answer matches \"is (eight|nine)\" within 5s}",
    "  - {at: 1s, expect: card contains \"09:00\" within 5s}",
    "  - {at: 0s, expect: no state pairing}",
    "  - {at: 3.1s, expect: no capture}",
    "  - {at: 1.2s, expect: no link down}",
    "  - {after: link up, expect: state engaged within 0s}",
    "  - {after: turn ended, expect: [outcome answered within 0s, turns 1 answered]}",
    "  - {at: 3.4s, expect: wakeups at most 50 within 2s}",
    "  - {after: event microphone_open, within: 2s}",
  ]

  @Test(arguments: fulfilled) func passesWhatIsThere(_ timeline: String) throws {
    #expect(try judge(timeline, oneTurn) == [])
  }

  /// Timelines that it does not fulfil, and the failure.
  static let broken: [(timeline: String, failure: String)] = [
    (
      "  - {at: 1s, press: 80ms, expect: state pairing within 300ms}",
      "4 @1.3: state pairing within 300 ms / states engaged at 1.015 s"
    ),
    ("  - {at: 2s, expect: state dormant within 500ms}", "4 @2.5: state dormant within 500 ms / state engaged since 1.015 s"),
    (
      "  - {at: 1s, expect: transcript contains \"queen\" within 4s}",
      "4 @5.0: transcript contains \"queen\" within 4 s / transcript \"ten of\" at 3.1 s; transcript \"Ten of clubs.\" at 3.2 s"
    ),
    (
      "  - {at: 1s, expect: transcript is \"ten of\" within 4s}",
      "4 @5.0: transcript is \"ten of\" within 4 s / transcript \"ten of\" at 3.1 s; transcript \"Ten of clubs.\" at 3.2 s"
    ),
    (
      "  - {after: end_of_speech, expect: spoken within 399ms}",
      "4 @3.399: spoken within 399 ms / none of it; last transcript \"ten of\" at 3.1 s, transcript \"Ten of clubs.\" at 3.2 s, "
        + "answer \"It is nine.\" at 3.25 s, answer \"Good morning.\" at 3.26 s, card \"Time · 09:00\" at 3.3 s"
    ),
    ("  - {at: 1s, expect: no capture within 1s}", "4 @1.015: no capture within 1 s / microphone_open"),
    (
      "  - {at: 1.2s, expect: no state engaged within 1s}", "4 @1.2: no state engaged within 1 s / the glasses were in it already"
    ),
    ("  - {at: 1s, expect: outcome failed within 5s}", "4 @6.0: outcome failed within 5 s / turn end \"answered\" at 5 s"),
    ("  - {at: 3.4s, expect: wakeups at most 49 within 2s}", "4 @5.0: wakeups at most 49 within 2 s / 50"),
    // The trace counts from 3.4 s on only: a window that opens before it cannot be judged.
    ("  - {at: 2s, expect: wakeups at most 900 within 1s}", "4 @3.0: wakeups at most 900 within 1 s / no count of wakeups"),
    ("  - {at: 2s, expect: wakeups at most 900 within 9s}", "4 @11.0: wakeups at most 900 within 9 s / no count of wakeups"),
    ("  - {at: 5.5s, expect: turns 2 answered}", "4 @5.5: 2 turns answered / 1"),
    ("  - {after: link down, within: 6s}", "4 @6.0: link down within 6 s (the step waits for it) / link_up at 1.1 s"),
    ("  - {after: turn ended}\n  - {at: 4s, press: 80ms}", "5 @5.0: the step at 4 s / the step before it came only at 5 s"),
  ]

  @Test(arguments: broken) func saysWhatFailedAndWhatWasSeenInstead(_ sample: (timeline: String, failure: String)) throws {
    #expect(try judge(sample.timeline, oneTurn).map(line) == [sample.failure])
  }

  @Test func anAfterUsesItsSightingUp() throws {
    let failures = try judge("  - {after: turn ended}\n  - {after: turn ended, within: 2s}", oneTurn)
    #expect(failures.map { $0.line } == [5])
  }

  @Test func stimuliComeAtTheirInstants() throws {
    let scenario = try Scenario.parse(
      "name: a\ntail: 0s\ntimeline:\n  - {at: 1s, press: 80ms}\n  - {at: +500ms, wear: off}\n  - {after: link up + 1s, battery: 5}",
      file: "test.yaml")
    var player = ScenarioPlayer(scenario, origin: Instant(nanoseconds: 5))
    #expect(player.nextDue == Instant(nanoseconds: 1_000_000_005))
    #expect(player.advance(to: Instant(nanoseconds: 1_000_000_004)) == [])
    #expect(player.advance(to: Instant(nanoseconds: 1_000_000_005)) == [.press(.milliseconds(80))])
    #expect(player.nextDue == Instant(nanoseconds: 1_500_000_005))
    #expect(player.advance(to: Instant(nanoseconds: 1_500_000_005)) == [.wear(false)])
    player.observe(TraceEvent(phase: .instant, name: "link_up", time: Instant(nanoseconds: 2_000_000_005), track: 4))
    #expect(player.nextDue == Instant(nanoseconds: 3_000_000_005))
    #expect(!player.isFinished)
    #expect(player.advance(to: Instant(nanoseconds: 3_000_000_005)) == [.battery(5)])
    #expect(player.isFinished)
    #expect(player.nextDue == nil)
    #expect(player.failures == [])
  }

  @Test func aRigThatStopsEarlyFailsTheRest() throws {
    let scenario = try Scenario.parse(
      "name: a\ntimeline:\n  - {at: 0s, expect: spoken within 9s}\n  - {at: 2s, press: 80ms}", file: "test.yaml")
    var player = ScenarioPlayer(scenario, origin: .zero)
    _ = player.advance(to: .zero)
    player.stop(at: Instant(nanoseconds: 1_000_000_000), because: "sottod ended")
    #expect(
      player.failures.map(line) == [
        "4 @1.0: the timeline to be played to its end / sottod ended", "3 @1.0: spoken within 9 s / nothing",
      ])
  }

  @Test func graceLetsALateLineCountByItsOwnTime() throws {
    let scenario = try Scenario.parse("name: a\ntimeline:\n  - {at: 0s, expect: spoken within 1s}", file: "test.yaml")
    var player = ScenarioPlayer(scenario, origin: .zero, grace: .milliseconds(200))
    _ = player.advance(to: Instant(nanoseconds: 1_100_000_000))
    player.observe(TraceEvent(phase: .instant, name: "first_sample", time: Instant(nanoseconds: 900_000_000), track: 2))
    _ = player.advance(to: Instant(nanoseconds: 9_000_000_000))
    #expect(player.failures == [])
    #expect(player.isFinished)
  }
}

@Suite struct TraceEventTests {
  @Test func readsTimesToTheNanosecond() throws {
    let event = try TraceEvent.parse(
      line: "{\"ph\":\"i\",\"ts\":86400000000.123,\"pid\":1,\"tid\":2,\"name\":\"x\",\"args\":{\"turn\":3,\"final\":true}},")
    #expect(event?.time == Instant(nanoseconds: 86_400_000_000_123))
    #expect(event?.turn == 3)
    #expect(event?.arguments["final"] == .boolean(true))
  }

  @Test func leavesBracketsAndACutOffLastLineOut() throws {
    #expect(
      try TraceEvent.parse(trace: "[\n{\"ph\":\"i\",\"ts\":1,\"pid\":1,\"tid\":2,\"name\":\"x\"},\n{\"ph\":\"i\",\"ts\"").count
        == 1)
    #expect(throws: TraceError(line: 2, message: "is not one JSON object")) { try TraceEvent.parse(trace: "[\nnonsense\n]\n") }
  }

  /// A rig in real time reads the count when the window is over, which is never exactly at its end.
  @Test func aCountThatIsReadLateStillCounts() throws {
    let scenario = try Scenario.parse(
      "name: a\ntail: 0s\ntimeline:\n  - {at: 1s, expect: wakeups at most 1 within 2s}", file: "test.yaml")
    var player = ScenarioPlayer(scenario, origin: .zero, grace: .milliseconds(250))
    player.observe(.wakeups(7, at: .zero + .seconds(1)))
    _ = player.advance(to: .zero + .seconds(1))
    // No grace: what happens after the window must not be counted.
    #expect(player.nextDue == .zero + .seconds(3))
    player.observe(.wakeups(9, at: .zero + .milliseconds(3001)))
    _ = player.advance(to: .zero + .milliseconds(3001))
    #expect(player.failures.map { $0.seen } == ["2"])
  }

  @Test func theKernelCountsAProcessThatWakes() throws {
    let mailbox = Mailbox()
    let child = try ChildProcess(.host, program: "/bin/cat", arguments: [], mailbox: mailbox)
    defer { child.stop() }
    func echo() throws {
      child.send("hello")
      guard case .host("hello")? = mailbox.next(before: RigClock.now() + .seconds(10)) else { throw RigError("no echo") }
    }
    // After each echo it goes to sleep again, sooner or later: a busy machine may take its time.
    for _ in 0..<3 {
      let before = try #require(KernelCount.sleeps(of: child.identifier))
      try echo()
      let deadline = RigClock.now() + .seconds(10)
      while KernelCount.sleeps(of: child.identifier) == before, RigClock.now() < deadline {}
      #expect(try #require(KernelCount.sleeps(of: child.identifier)) > before)
    }
    child.kill()
    #expect(KernelCount.sleeps(of: child.identifier) == nil)
  }
}
