import Foundation
import Testing
import Units

@testable import Scenario

private let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Golden/turns.trace.json")

@Suite struct TraceSummaryTests {
  private func summary() throws -> TraceSummary {
    TraceSummary(try TraceEvent.parse(trace: try String(contentsOf: golden, encoding: .utf8)))
  }

  @Test func theStagesOfATurnAddUpToItsLatency() throws {
    let stages = try summary().turns[0].stages
    #expect(stages.endpointing == 600)
    #expect(stages.recogniser == 200)
    #expect(stages.language == 50)
    #expect(stages.speech == 150)
    #expect(stages.link == 12)
    #expect(stages.playback == 8.001)
    #expect(stages.total == 1020.001)
    #expect(abs(stages.runtime! - 20.001) < 1e-9)
    let parts = [stages.endpointing, stages.link, stages.recogniser, stages.language, stages.speech, stages.playback]
    #expect(abs(parts.compactMap { $0 }.reduce(0, +) - stages.total!) < 1e-9)
  }

  @Test func theTablesArePinned() throws {
    #expect(
      try summary().text == """
        Latency in milliseconds, from the last spoken sample to the first audible one
        turn  outcome      endpointing  link  recogniser  language  speech  playback  total  runtime
        ────  ───────────  ───────────  ────  ──────────  ────────  ──────  ────────  ─────  ───────
           1  answered             600    12         200        50     150         8   1020       20
           2  nothingSaid            –     –           –         –       –         –      –        –
        ────  ───────────  ───────────  ────  ──────────  ────────  ──────  ────────  ─────  ───────
              p50                  600    12         200        50     150         8   1020       20
              p95                  600    12         200        50     150         8   1020       20
              p99                  600    12         200        50     150         8   1020       20

        Modelled energy in millijoules
        turn  seconds  display  processor     sum
        ────  ───────  ───────  ─────────  ──────
           1      5.0    380.0     2250.0  2630.0
           2      6.0      0.0     2700.0  2700.0
        ────  ───────  ───────  ─────────  ──────
         all             380.0     4950.0  5330.0
        """)
  }

  @Test func jsonCarriesTheSame() throws {
    let object = try #require(try JSONSerialization.jsonObject(with: Data(try summary().json.utf8)) as? [String: Any])
    let turns = try #require(object["turns"] as? [[String: Any]])
    #expect(object["wakeups"] as? Int == 412)
    #expect(turns.count == 2)
    #expect((turns[0]["latency_ms"] as? [String: Double])?["runtime"] == 20.001)
    #expect((turns[1]["latency_ms"] as? [String: Double]) == [:])
    #expect(turns[0]["transcript"] as? String == "what time is it")
    let distribution = try #require(object["distribution_ms"] as? [String: [String: Double]])
    #expect(distribution["total"] == ["p50": 1020.001, "p95": 1020.001, "p99": 1020.001])
    #expect(distribution["up"] == nil)
    #expect((turns[0]["energy_uj"] as? [String: Double]) == ["processor": 2_250_000, "display": 380_000])
  }

  @Test func aTraceWithoutTurnsSaysSo() {
    #expect(TraceSummary([]).text == "The trace holds no turns.")
  }

  @Test func percentilesAreOfTheNearestRank() {
    #expect(TraceSummary.percentile(0.5, of: [3, 1, 2]) == 2)
    #expect(TraceSummary.percentile(0.95, of: Array(1...20).map { Double($0) }) == 19)
    #expect(TraceSummary.percentile(0.5, of: []) == nil)
  }
}

/// A host whose clock is an hour ahead, and glasses that have asked it for its time twice.
private let twoMachines = (
  glasses: """
  [
  {"ph":"B","ts":1000000,"pid":1,"tid":2,"name":"turn","args":{"turn":1,"trigger":"button"}},
  {"ph":"i","ts":1500000,"pid":1,"tid":4,"name":"clock","args":{"host_minus_glasses_us":3600090000,"uncertainty_us":90000}},
  {"ph":"i","ts":2000000,"pid":1,"tid":2,"name":"end_of_speech","args":{"turn":1,"last_sample_us":1700000}},
  {"ph":"i","ts":2004000,"pid":1,"tid":4,"name":"clock","args":{"host_minus_glasses_us":3600000100,"uncertainty_us":2000}},
  {"ph":"i","ts":2300000,"pid":1,"tid":2,"name":"first_speech_packet","args":{"turn":1}},
  {"ph":"i","ts":2310000,"pid":1,"tid":2,"name":"first_sample","args":{"turn":1}},
  {"ph":"i","ts":2400000,"pid":1,"tid":2,"name":"host_times",\
  "args":{"turn":1,"recogniser_us":0,"language_us":0,"speech_us":250000,"ahead_us":40000}},

  """,
  host: """
  [
  {"name":"listening","ph":"X","ts":3601000000,"dur":1003000,"pid":2,"tid":2,"args":{"turn":1}},
  {"name":"speech","ph":"X","ts":3602003000,"dur":290000,"pid":2,"tid":2,"args":{"turn":1}},

  """
)

@Suite struct TwoClocks {
  private func events() throws -> [TraceEvent] {
    try TraceEvent.parse(trace: twoMachines.glasses) + TraceEvent.parse(trace: twoMachines.host)
  }

  @Test func theQuickestExchangeBoundsTheDifference() throws {
    let clock = try #require(ClockComparisons(try events()).offset)
    #expect(clock.difference == .microseconds(3_600_000_100) && clock.uncertainty == .milliseconds(2))
  }

  @Test func driftMakesAnOldExchangeLessCertain() throws {
    let clocks = ClockComparisons(try events())
    let later = try #require(clocks.difference(at: Instant(nanoseconds: 102_004_000_000)))
    #expect(later.uncertainty == .milliseconds(12))
  }

  @Test func clocksThatMayBeOneAreOne() {
    var clocks = ClockComparisons([])
    #expect(clocks.offset == nil)
    clocks.all = [.init(at: .zero, difference: .microseconds(-80), uncertainty: .microseconds(100))]
    #expect(clocks.offset?.difference == .zero)
  }

  @Test func theWayThereAndBackAreToldApart() throws {
    let stages = TraceSummary(try events()).turns[0].stages
    #expect(abs(stages.up! - 2.9) < 1e-9)
    #expect(abs(stages.down! - 7.1) < 1e-9)
    #expect(stages.ahead == 40)
    #expect(stages.link == 50)
  }

  @Test func aMergedTraceIsOnTheClockOfTheGlasses() throws {
    let traces = [twoMachines.glasses, twoMachines.host]
    let (offsets, clock) = try TraceMerge.offsets(traces)
    #expect(offsets == [0, -3_600_000_100])
    #expect(TraceSummary.phrase(try #require(clock)) == "The host's clock less the glasses': +3600000.10 ms, within 2.00 ms.")
    let merged = try TraceEvent.parse(trace: try TraceMerge.merge(traces, offsets: offsets))
    #expect(merged.first { $0.name == "speech" }?.time == Instant(nanoseconds: 2_002_900_000))
  }
}

@Suite struct TraceMergeTests {
  @Test func twoTracesBecomeOneInOrderOfTime() throws {
    let glasses =
      "[\n{\"ph\":\"M\",\"pid\":1,\"tid\":0,\"name\":\"process_name\"},\n{\"ph\":\"i\",\"ts\":1,\"pid\":1,\"tid\":2,\"name\":\"a\"},\n"
      + "{\"ph\":\"i\",\"ts\":3,\"pid\":1,\"tid\":2,\"name\":\"c\"},\n{\"ph\":\"i\",\"ts\""
    let host = "[\n{\"ph\":\"i\",\"ts\":2,\"pid\":2,\"tid\":2,\"name\":\"b\"},\n"
    let merged = try TraceMerge.merge([glasses, host])
    let names = try #require(try JSONSerialization.jsonObject(with: Data(merged.utf8)) as? [[String: Any]]).map {
      $0["name"] as? String
    }
    #expect(names == ["process_name", "a", "b", "c"])
  }

  @Test func anOffsetMovesATrace() throws {
    let merged = try TraceMerge.merge(["{\"ph\":\"i\",\"ts\":5,\"pid\":1,\"tid\":2,\"name\":\"a\"},"], offsets: [-2])
    let events = try #require(try JSONSerialization.jsonObject(with: Data(merged.utf8)) as? [[String: Any]])
    #expect(events.first?["ts"] as? Double == 3)
  }
}

@Suite struct TerminalTests {
  @Test func aPictureIsDrawnTwoPixelsToTheCharacter() {
    let picture = TerminalPicture(width: 2, height: 2, pixels: [0xFF0000, 0xFF0000, 0x0000FF, 0x0000FF])
    #expect(picture.lines(columns: 80) == ["\u{1B}[38;2;255;0;0;48;2;0;0;255m▀▀\u{1B}[0m"])
  }

  @Test func aLargePictureIsAveraged() {
    let picture = TerminalPicture(
      width: 4, height: 4, pixels: [UInt32](repeating: 0x000000, count: 8) + [UInt32](repeating: 0xFFFFFF, count: 8))
    #expect(picture.lines(columns: 1).count == 1)
    #expect(picture.lines(columns: 1)[0].contains("38;2;0;0;0;48;2;255;255;255"))
  }

  @Test func aTableKeepsItsColumns() {
    var table = TextTable([.init("part"), .init("mW", .right)])
    table.add(["camera", "132.0"])
    table.add(["link", "1.0"])
    #expect(table.text == "part       mW\n──────  ─────\ncamera  132.0\nlink      1.0")
  }
}

@Suite struct MediaTests {
  private let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("sotto-media-\(UUID().uuidString)").path

  @Test func aPathIsRelativeToTheScenario() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Scenarios").path
    let media = Media(folder: folder, scratch: scratch)
    #expect(try media.clip("media/corrupt.wav") == folder + "/media/corrupt.wav")
    // A picture that is not there is for the camera to find out; a sound that is not there is a slip of the pen.
    #expect(try media.picture("/tmp/no-such.png") == "/tmp/no-such.png")
    #expect(
      throws: MediaError(
        message: "say: there is no \(folder)/media/curropt.wav; paths begin at the scenario's folder", isLackOfSetUp: false)
    ) { try media.clip("media/curropt.wav") }
  }

  @Test func aToneIsAWaveFileOfItsLength() throws {
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let path = try Media(folder: "/", scratch: scratch).clip("tone:1.5s")
    let data = try #require(FileManager.default.contents(atPath: path))
    #expect(data.count == 44 + 24_000 * 2)
    #expect(data.prefix(4) == Data("RIFF".utf8))
  }

  @Test func whatCannotBeHadIsNamed() {
    let media = Media(folder: "/", scratch: scratch)
    #expect(throws: MediaError(message: "tone:soon: the length is not a duration up to 2 min", isLackOfSetUp: false)) {
      try media.clip("tone:soon")
    }
    let error = #expect(throws: MediaError.self) { try media.picture("made:no-such-picture") }
    #expect(error?.isLackOfSetUp == true)
  }
}
