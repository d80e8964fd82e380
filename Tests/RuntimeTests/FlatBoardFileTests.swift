import Foundation
import HAL
import Testing
import Units

@testable import Runtime

@Suite struct FlatBoardFileTests {
  /// The same file that `BoardFileTests` compares the tool's output with: the two sides cannot drift apart.
  @Test func readsWhatTheToolWrites() throws {
    let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/sim-glasses.flat")
    let board = try FlatBoardFile.parse([UInt8](Data(contentsOf: golden)).span)
    #expect(board.vendor == "sim")
    #expect(board.name == "glasses")
    #expect(board.kind == "sim")
    #expect(board.button == ButtonTiming())
    #expect(board.listening == ListeningPolicy())
    #expect(board.camera == CameraPolicy())
    #expect(board.overlay == OverlayBudget())
    #expect(board.link == LinkSettings())
    #expect(board.display == DisplayGeometry(width: 640, height: 400, density: 160))
    #expect(board.power.batteryMilliwattHours == 960)
    #expect(board.power.power(of: .processor, level: 0) == Microwatts(200_000))
    var kept = PartLevels(.link, 1)
    kept[.display] = 1
    #expect(board.power.idle.map { $0.kind } == [.standby, .suspend])
    #expect(
      board.power.idle(.suspend)
        == IdleLevel(
          .suspend, power: Microwatts(14_100), entryLatency: .milliseconds(300), exitLatency: .milliseconds(171),
          transition: Nanojoules(118_000_000), sustains: kept))
    #expect(board.power.power(of: .camera, level: 3) == Microwatts(132_000))
    #expect(board.power.parts.count == 7)
  }

  private func parse(_ lines: String...) throws(FlatBoardError) -> BoardDescription {
    try FlatBoardFile.parse([UInt8]((["sotto-board 1"] + lines).joined(separator: "\n").utf8).span)
  }

  @Test func dependenciesAndTimesOfParts() throws {
    let board = try parse(
      "assertive.camera.1.link=2", "deadline.camera=0,300000", "fall.camera=0,20000", "opportunistic.speaker.2.link=1",
      "power.camera=0,5", "rise.camera=0,100000")
    #expect(
      board.power.dependencies == [
        PowerDependency(.camera, atLevel: 1, requires: .link, atLevel: 2),
        PowerDependency(.speaker, atLevel: 2, requires: .link, atLevel: 1, .opportunistic),
      ])
    #expect(board.power.parts.count == 1)
    #expect(board.power.fall(of: .camera, level: 1) == .milliseconds(20))
    #expect(board.power.limit(of: .camera, from: 0, to: 1) == .milliseconds(300))
    #expect(board.power.limit(of: .camera, from: 1, to: 0) == .milliseconds(60) + PowerFigures.settlingGrace)
  }

  @Test func aCircleIsRefusedAlsoThroughTheLight() throws {
    #expect(throws: FlatBoardError(line: 2, cause: .circle)) { try parse("assertive.indicator.1.camera=1") }
    #expect(throws: FlatBoardError(line: 3, cause: .circle)) {
      try parse("assertive.link.1.speaker=1", "opportunistic.speaker.2.link=1")
    }
    #expect(throws: FlatBoardError(line: 2, cause: .outOfRange)) { try parse("assertive.camera.0.link=1") }
    #expect(throws: FlatBoardError(line: 2, cause: .outOfRange)) { try parse("assertive.camera.1.link=4") }
    #expect(throws: FlatBoardError(line: 2, cause: .unknownKey)) { try parse("assertive.camera.1.links=1") }
  }

  @Test func everyKeyReachesItsField() throws {
    let text = """
      sotto-board 1
      battery.milliwatt_hours=7
      button.debounce_us=1000
      button.hold_us=2000
      camera.deadline_us=3000
      camera.rotation=90
      display.density=4
      display.height=5
      display.width=6
      gestures.double=wake-word
      gestures.long=talk
      gestures.press=look
      gestures.triple=privacy
      kind=linux
      link.address=[::1]:1
      link.connect_deadline_us=8000
      link.parked_for_us=9000
      listening.answer_deadline_us=10000
      listening.armed_period_us=11000
      listening.armed_while_worn=true
      listening.end_silence_us=12000
      listening.engaged_period_us=13000
      listening.longest_utterance_us=14000
      listening.nothing_said_us=15000
      listening.pre_roll_us=16000
      name=n
      overlay.card_time_us=17000
      overlay.interruption_interval_us=18000
      power.processor=1,2,3,4
      rise.processor=0,5000,6000
      vendor=v
      """
    let board = try FlatBoardFile.parse([UInt8](text.utf8).span)
    #expect(board.power.batteryMilliwattHours == 7)
    #expect(board.power.rise(of: .processor, level: 0) == .zero)
    #expect(board.power.rise(of: .processor, level: 1) == .milliseconds(5))
    #expect(board.power.rise(of: .processor, level: 3) == .milliseconds(6))
    #expect(board.power.rise(of: .camera, level: 1) == .zero)
    #expect(board.button.debounce == .milliseconds(1))
    #expect(board.button.hold == .milliseconds(2))
    #expect(board.camera.deadline == .milliseconds(3))
    #expect(board.camera.rotation == 90)
    #expect(board.display == DisplayGeometry(width: 6, height: 5, density: 4))
    #expect(
      [board.gestures.press, board.gestures.double, board.gestures.triple, board.gestures.long] == [
        .look, .wakeWord, .privacy, .talk,
      ])
    #expect(board.kind == "linux")
    #expect(board.link.address == "[::1]:1")
    #expect(board.link.connectDeadline == .milliseconds(8))
    #expect(board.link.parkedFor == .milliseconds(9))
    #expect(board.listening.answerDeadline == .milliseconds(10))
    #expect(board.listening.armedPeriod == .milliseconds(11))
    #expect(board.listening.armedWhileWorn)
    #expect(board.listening.endSilence == .milliseconds(12))
    #expect(board.listening.engagedPeriod == .milliseconds(13))
    #expect(board.listening.longestUtterance == .milliseconds(14))
    #expect(board.listening.nothingSaid == .milliseconds(15))
    #expect(board.listening.preRoll == .milliseconds(16))
    #expect(board.name == "n")
    #expect(board.overlay.cardTime == .milliseconds(17))
    #expect(board.overlay.interruptionInterval == .milliseconds(18))
    #expect(board.power.parts[0].levels == [1, 2, 3, 4].map { Microwatts($0) })
    #expect(board.vendor == "v")
  }

  @Test func whatIsMissingKeepsItsDefault() throws {
    let board = try FlatBoardFile.parse([UInt8]("sotto-board 1\n".utf8).span)
    #expect(board.button == ButtonTiming())
    #expect(board.power.parts.isEmpty)
  }

  static let refusals: [(text: String, line: Int, cause: FlatBoardCause)] = [
    ("", 1, .header),
    ("sotto-board 2\n", 1, .header),
    ("sotto-board 1\r\n", 1, .header),
    ("sotto-board 1\nname\n", 2, .notAKeyAndValue),
    ("sotto-board 1\n=1\n", 2, .notAKeyAndValue),
    ("sotto-board 1\n\n", 2, .notAKeyAndValue),
    ("sotto-board 1\ncamera.rotation=0\ncolour=red\n", 3, .unknownKey),
    ("sotto-board 1\npower.wings=1\n", 2, .unknownKey),
    ("sotto-board 1\npower.=1\n", 2, .unknownKey),
    ("sotto-board 1\nname=a\nname=b\n", 3, .outOfOrder),
    ("sotto-board 1\nname=a\nkind=sim\n", 3, .outOfOrder),
    ("sotto-board 1\nbutton.hold_us=\n", 2, .notANumber),
    ("sotto-board 1\nbutton.hold_us=-1\n", 2, .notANumber),
    ("sotto-board 1\nbutton.hold_us=1.5\n", 2, .notANumber),
    ("sotto-board 1\nbutton.hold_us=0\n", 2, .outOfRange),
    ("sotto-board 1\nbutton.hold_us=99999999999999999999999999\n", 2, .outOfRange),
    ("sotto-board 1\nlistening.armed_while_worn=yes\n", 2, .notABoolean),
    ("sotto-board 1\nname=\n", 2, .notText),
    ("sotto-board 1\nname=é\n", 2, .notText),
    ("sotto-board 1\npower.camera=\n", 2, .notANumber),
    ("sotto-board 1\npower.camera=1,\n", 2, .notANumber),
    ("sotto-board 1\npower.camera=1,2,3,4,5\n", 2, .levels),
    ("sotto-board 1\nidle.nap=1,2,3,4\n", 2, .unknownKey),
    ("sotto-board 1\nidle.suspend=1,2,3\n", 2, .idle),
    ("sotto-board 1\nidle.suspend=1,2,,4\n", 2, .notANumber),
    ("sotto-board 1\nidle.suspend.sustains=link.1\n", 2, .unknownKey),
    ("sotto-board 1\nidle.suspend=1,2,3,4\nidle.suspend.sustains=\n", 3, .idle),
    ("sotto-board 1\nidle.suspend=1,2,3,4\nidle.suspend.sustains=link.0\n", 3, .idle),
    ("sotto-board 1\nidle.suspend=1,2,3,4\nidle.suspend.sustains=link.1,wing.1\n", 3, .idle),
    ("sotto-board 1\nname=" + String(repeating: "x", count: 600) + "\n", 2, .tooLong),
    (String(repeating: "x", count: 70_000), 1, .tooLong),
  ]

  @Test(arguments: refusals) func refusesWithLineAndCause(_ refusal: (text: String, line: Int, cause: FlatBoardCause)) {
    #expect(throws: FlatBoardError(line: refusal.line, cause: refusal.cause)) {
      try FlatBoardFile.parse([UInt8](refusal.text.utf8).span)
    }
  }
}
