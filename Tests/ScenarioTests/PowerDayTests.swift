import BoardFile
import Foundation
import Testing
import Units

@testable import Scenario

private let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
private let boards = tests.deletingLastPathComponent().appendingPathComponent("boards").path

/// Two questions in an hour, worn for half of it.
private let hour = """
  name: An hour
  timeline:
    - at: 10min
      wear: on
    - repeat: 2
      at: 12min
      every: 10min
      do:
        - press: 80ms
        - at: +300ms
          say: "tone:1.5s"
        - after: turn ended
          within: 40s
    - at: 40min
      wear: off
    - at: 60min
  """

@Suite(.serialized) struct PowerDayTests {
  private func play(_ text: String = hour, on name: String = "sim/glasses", _ changes: [String] = []) async throws -> (
    report: DayReport, trace: [TraceEvent]
  ) {
    let out = FileManager.default.temporaryDirectory.appendingPathComponent("sotto-day-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: out) }
    let scenario = try Scenario.parse(text, file: tests.path + "/Scenarios/hour.yaml")
    var board = try BoardFile.load(boards + "/" + name)
    for change in changes { board = try board.changed(change) }
    let final = board
    let report = try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result { try PowerDay.play(scenario, on: final, options: RigOptions(boards: boards, out: out), whatIf: changes) })
      }
    }
    return (report, try TraceEvent.parse(trace: String(contentsOfFile: out + "/glasses.trace.json", encoding: .utf8)))
  }

  @Test func partsStatesAndLevelsAgree() async throws {
    let (report, _) = try await play()
    let total = report.totalMilliwattHours
    #expect(report.queriesAnswered == 2)
    #expect(abs(report.energyByState.values.reduce(0, +) - total) < 1e-6 * total)
    let levels = report.energyByLevel.values.reduce(0, +) + report.energyOfRises.values.reduce(0, +)
    #expect(abs(levels - total) < 1e-6 * total)
    #expect(abs(report.energyByBasis.values.reduce(0, +) - total) < 1e-6 * total)
    #expect(abs(report.hoursByState.values.reduce(0, +) - report.virtualSeconds / 3600) < 1e-9)
    #expect(abs(report.averageMilliwatts - total / (report.virtualSeconds / 3600)) < 1e-6)
  }

  /// The trace's counters of power, integrated by this test, and the ledger are two accounts of one day.
  @Test func theTraceTellsTheSameEnergyAsTheLedger() async throws {
    let (report, trace) = try await play()
    var power: [String: (milliwatts: Double, since: Instant)] = [:]
    var used: [String: Double] = [:]
    let end = Instant(nanoseconds: Int64(report.virtualSeconds * 1e9))
    func close(_ part: String, at now: Instant) {
      guard let open = power[part] else { return }
      used[part, default: 0] += open.milliwatts * Double((now - open.since).nanoseconds) / 3.6e12
    }
    for event in trace where event.phase == .counter && event.name.hasPrefix("power.") {
      let part = String(event.name.dropFirst("power.".count))
      close(part, at: event.time)
      power[part] = (event.arguments["mw"]?.number ?? 0, event.time)
    }
    for part in power.keys { close(part, at: end) }
    #expect(used.count == report.energyByPart.count)
    for (part, energy) in report.energyByPart {
      let levels = energy - (report.energyOfRises[part] ?? 0)
      #expect(abs(used[part, default: 0] - levels) < 1e-3 * max(levels, 0.01), "\(part): \(used[part, default: 0]) and \(levels)")
    }
  }

  @Test func twoPlaysAreTheSame() async throws {
    var first = try await play().report
    let second = try await play().report
    first.wallSeconds = second.wallSeconds
    #expect(first == second)
    #expect(first.armed == nil, "these glasses are woken by their button")
  }

  /// What is reckoned from the ledger, and a play without it.
  @Test func whatTheWakeWordCostsIsWhatGoesAwayWithoutIt() async throws {
    let (report, trace) = try await play(hour, on: "sim/glasses-armed", ["battery.milliwatt_hours=4000"])
    let armed = try #require(report.armed)
    let without = try await play(
      hour, on: "sim/glasses-armed", ["battery.milliwatt_hours=4000", "listening.armed_while_worn=false"]
    ).report
    #expect(without.armed == nil)
    let saved = report.totalMilliwattHours - without.totalMilliwattHours
    #expect(abs(armed.cost - saved) < 0.03 * saved, "\(armed.cost) and \(saved)")
    #expect(abs(armed.hours - (report.hoursByState["armed"] ?? 0)) < 1e-9)
    #expect(abs(armed.wakeupsPerSecond - 5) < 0.2, "a period takes 200 ms")
    #expect(armed.processorMillisecondsPerSecond > 0)
    let lost = armed.cost * 24 / (without.averageMilliwatts * report.virtualSeconds / 3600)
    #expect(abs(armed.hoursLostPerDay - lost) < 0.05 * lost)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    let keys = try #require(object["armed"] as? [String: Any]).keys.sorted()
    #expect(
      keys == [
        "battery_hours", "battery_hours_without", "cost_mwh", "cpu_ms_per_second", "hours", "hours_lost_per_day", "mw",
        "wake_words", "wakeups_per_second",
      ])
    #expect(report.text().contains("armed        "))
    // The ledger says the same to whoever has only the trace.
    let state = try #require(trace.first { $0.isMark("state_energy") && $0.arguments["state"]?.text == "armed" })
    #expect(abs((state.arguments["wakeups"]?.number ?? 0) - armed.wakeupsPerSecond * armed.hours * 3600) < 1)
    #expect(state.arguments["cpu_us"] == nil, "virtual time takes no processor time, and the trace is the same on every machine")
  }

  @Test func aTransitionThatTakesLongerCostsMore() async throws {
    let plain = try await play().report
    let slow = try await play(hour, on: "sim/glasses", ["idle.suspend.exit=500ms"]).report
    #expect((slow.energyOfRises["processor"] ?? 0) > 1.3 * (plain.energyOfRises["processor"] ?? 0))
  }

  @Test func aHungrierDisplayShortensTheDayByWhatItDraws() async throws {
    let plain = try await play().report
    let hungry = try await play(hour, on: "sim/glasses", ["display.on=760mW"]).report
    let extra = (plain.energyByLevel["display.on"] ?? 0) * 9
    #expect(extra > 0)
    #expect(abs(hungry.totalMilliwattHours - plain.totalMilliwattHours - extra) < 1e-3)
    #expect(hungry.batteryHours < plain.batteryHours)
    #expect(hungry.whatIf == ["display.on=760mW"])
  }

  @Test func theGaugeFollowsTheLedger() async throws {
    // Twelve milliwatt hours last for a part of the hour.
    let (report, trace) = try await play(hour, on: "sim/glasses", ["battery.milliwatt_hours=12"])
    #expect(!report.batteryIsExtrapolated)
    #expect(report.batteryHours > 0.2 && report.batteryHours < 0.9)
    #expect(report.batteries == Int(report.totalMilliwattHours / 12) + 1)
    #expect(report.text().contains("fuel gauge   the ledger says"))
    let drifts = trace.filter { $0.isMark("energy_drift") }.compactMap { $0.arguments["permille"]?.number }
    #expect(!drifts.isEmpty)
    // A gauge of whole percents that is read now and then: within a percent or two of the twenty or more that had fallen.
    #expect(abs(drifts[drifts.count - 1]) <= 100, "\(drifts)")
  }

  @Test func whatTheJSONSays() async throws {
    let report = try await play().report
    let object = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    for key in ["battery_hours", "wakeups_per_hour", "mj_per_query", "wall_seconds", "longest_wake_ms"] {
      #expect(object[key] is NSNumber, "\(key)")
    }
    let processor = (object["energy_mwh"] as? [String: Double])?["processor"] ?? 0
    #expect(abs(processor - (report.energyByPart["processor"] ?? -1)) < 1e-9)
    #expect((object["trace_sha256"] as? String)?.count == 64)
    #expect(object["label"] as? String == "modelled")
    // The way out of suspend; the button settles meanwhile.
    #expect((report.longestWakeMilliseconds ?? 0) >= 171)
    #expect(report.longestWakeMilliseconds ?? 1000 < 186 + 300, "an entry under way comes on top")
    #expect((object["hours_by_idle"] as? [String: Double])?["suspend"] ?? 0 > 0.9)
    #expect((object["idle_entries"] as? [String: Int])?["suspend"] ?? 0 > 0)
  }

  @Test(arguments: ["raspberrypi/zero-2-w", "luckfox/pico-ultra-w", "ti/am62l-evm", "qemu/virt-arm64", "sim/glasses-armed"])
  func everyBoardPlaysAndTwicePlaysTheSame(_ name: String) async throws {
    let report = try await play(hour, on: name).report
    let again = try await play(hour, on: name).report
    #expect(again.traceSHA256 == report.traceSHA256)
    #expect(report.queriesAnswered == 2)
    #expect(report.board == name)
    #expect(report.text().contains("modelled"))
  }

  @Test func aLedgerDoesNotOutliveItsProgram() async throws {
    await #expect(throws: RigError.self) { try await play("name: a\ntimeline:\n  - {at: 1s, glasses: kill}\n  - {at: 2s}") }
  }

  @Test func theDrawingShowsChargeAndStates() async throws {
    let report = try await play().report
    let lines = report.text(columns: 66).split(separator: "\n").map { String($0) }
    let states = try #require(lines.first { $0.hasPrefix("state ") && $0.contains("?") })
    #expect(states.contains(".") && states.contains("-"))
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sotto-\(UUID().uuidString).png").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(DayPicture(report).write(to: path))
    let picture = try #require(TerminalPicture(png: path))
    #expect(picture.width == DayPicture.width && picture.height == DayPicture.height)
    #expect(Set(picture.pixels).contains(DayPicture.colour(.engaged)))
  }
}

@Suite struct FuelGaugeTests {
  @Test func fallsByWhatIsUsedAndIsExchangedWhenEmpty() {
    var gauge = FuelGauge(capacity: Nanojoules(1000))
    #expect(gauge.charge(used: .zero) == 100)
    #expect(gauge.charge(used: Nanojoules(5)) == 100)
    #expect(gauge.charge(used: Nanojoules(10)) == 99)
    #expect(gauge.charge(used: Nanojoules(999)) == 1)
    #expect(gauge.batteries == 1)
    #expect(gauge.charge(used: Nanojoules(1000)) == 100)
    #expect(gauge.batteries == 2)
    gauge.set(percent: 40, used: Nanojoules(1100))
    #expect(gauge.charge(used: Nanojoules(1200)) == 30)
    gauge.set(isCharging: true, used: Nanojoules(1200))
    #expect(gauge.charge(used: Nanojoules(1500)) == 30, "while it charges the charge stands")
    gauge.set(isCharging: false, used: Nanojoules(1500))
    #expect(gauge.charge(used: Nanojoules(1600)) == 20)
  }
}
