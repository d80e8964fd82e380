import Foundation
import Testing
import Units

@testable import Scenario

private func scenario(_ timeline: String, board: String = "sim/glasses") throws -> Scenario {
  try Scenario.parse("name: a\nboard: \(board)\ntimeline:\n" + timeline, file: "test.yaml")
}

/// What a rig on other hardware plays, and how patiently.
@Suite struct HardwareFitTests {
  @Test(arguments: [
    "  - {at: 1s, press: 80ms}",
    "  - {at: 1s, say: tone:1s}\n  - {after: turn ended, within: 20min}",
    "  - {at: 1s, look: no-such-picture.png}",
    "  - {at: 9min, wear: off}",
  ]) func plays(_ timeline: String) throws {
    #expect(HardwareFit.objection(to: try scenario(timeline)) == nil)
  }

  @Test(arguments: [
    ("  - {at: 1s, type: what time is it}", "console"),
    ("  - {at: 1s, say: no-such-sound.wav}", "no sound"),
    ("  - {at: 11min, wear: off}", "11 min"),
    ("  - {repeat: 30, at: 1min, every: 1min, do: [{press: 80ms}, {at: +2s, wear: on}]}", "real time"),
  ]) func saysWhyNot(_ timeline: String, _ reason: String) throws {
    #expect(try #require(HardwareFit.objection(to: scenario(timeline))).contains(reason))
  }

  @Test func aSoundThatIsCutOffIsNone() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sotto-fit-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let whole = WAVFile.data(WAVFile.hum(.milliseconds(100)), rate: 16_000)
    var file = try scenario("  - {at: 1s, say: a.wav}")
    file.folder = folder
    try whole.write(to: URL(fileURLWithPath: folder + "/a.wav"))
    #expect(HardwareFit.objection(to: file) == nil)
    try whole.dropLast(10).write(to: URL(fileURLWithPath: folder + "/a.wav"))
    #expect(HardwareFit.objection(to: file) != nil)
  }

  @Test func boardsOfTheSameNameStandForTheSimulatedOnes() throws {
    let boards = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appendingPathComponent("boards").path
    let stands = { (board: String) throws in
      HardwareFit.board(for: try scenario("  - {at: 1s, wear: on}", board: board), own: "qemu/virt-arm64", boards: boards)
    }
    #expect(try stands("sim/glasses") == ("qemu/virt-arm64", nil))
    #expect(try stands("sim/glasses-armed") == ("qemu/virt-arm64-armed", nil))
    #expect(try stands("sim/glasses-blue").objection != nil)
    #expect(try stands("ti/am62l-evm") == ("ti/am62l-evm", nil))
  }

  @Test func deadlinesAndFixedTimesAreStretched() throws {
    let patience = Patience(factor: 4, more: .seconds(3), pace: 2, longerHold: .seconds(2))
    let file = try scenario(
      """
        - {at: 1s, press: 80ms, expect: [state engaged within 100ms, no capture within 2s, wakeups at most 0 within 5s]}
        - {after: turn ended + 1s, within: 10s, hold: 3200ms}
      """)
    let stretched = file.stretched(by: patience)
    #expect(stretched.timeline[0].anchor == .at(.seconds(2)))
    #expect(stretched.timeline[0].stimulus == .press(.milliseconds(80)))
    #expect(
      stretched.timeline[0].expectations.map { $0.demand } == [
        .seen(.state("engaged"), within: .milliseconds(3400)), .unseen(.capture, for: .seconds(2)),
        .wakeups(atMost: 0, for: .seconds(5)),
      ])
    #expect(stretched.timeline[1].anchor == .after(.turnEnded, offset: .seconds(1), patience: .seconds(43)))
    #expect(stretched.timeline[1].stimulus == .press(.milliseconds(5200)))
  }

  @Test func aScriptIsWrittenAsTheHostReadsIt() throws {
    var setup = Scenario.HostSetup()
    setup.assistant = .scripted(transcripts: ["One", "Two"], answers: nil, pictureText: ["A SIGN"])
    setup.toneLength = .milliseconds(700)
    let script = try JSONSerialization.jsonObject(with: JSONEncoder().encode(try #require(HostScript(setup))))
    let expected: NSDictionary = ["transcripts": ["One", "Two"], "picture_text": ["A SIGN"], "tone_ms": 700]
    #expect(script as? NSDictionary == expected)
    setup.assistant = .embedded
    #expect(HostScript(setup) == nil)
  }
}
