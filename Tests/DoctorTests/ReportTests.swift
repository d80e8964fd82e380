import CImage
import Foundation
import HAL
import Testing

@testable import Doctor

@Suite("The doctor's report")
struct ReportTests {
  @Test("the JSON, byte for byte")
  func golden() {
    var report = Report()
    report.kernel = "6.1.0"
    report.architecture = "aarch64"
    report.machine = "Acme \"Specs\""
    report.board = "acme/specs"
    var battery = SubjectReport(.battery)
    battery.add(
      .object([Datum.Entry("path", .text("/sys/b")), Datum.Entry("charge_percent", .number(-5)), Datum.Entry("status", .nothing)]
      ), ["b"])
    battery.wrong("It is empty.", mend: "charge it")
    var camera = SubjectReport(.camera)
    camera.note("There is none.")
    report.subjects = [camera, battery]
    #expect(
      String(decoding: report.json().bytes, as: UTF8.self)
        == #"{"schema":"sotto-doctor 1","kernel":"6.1.0","architecture":"aarch64","machine":"Acme \"Specs\"","board":"acme/specs","wrong":1,"#
        + #""parts":[{"part":"camera","state":"absent","devices":[],"findings":[{"verdict":"note","text":"There is none.","mend":null}]},"#
        + #"{"part":"battery","state":"wrong","devices":[{"path":"/sys/b","charge_percent":-5,"status":null}],"#
        + #""findings":[{"verdict":"wrong","text":"It is empty.","mend":"charge it"}]}]}"# + "\n")
  }

  @Test("the text for a person: signs before findings, the mending command below, the count at the end")
  func plain() {
    var report = Report()
    report.kernel = "6.1.0"
    report.architecture = "aarch64"
    var speaker = SubjectReport(.speaker)
    speaker.add(.text("x"), ["hw:0: a card"])
    speaker.fine("It was heard.")
    speaker.wrong("It rattles.", mend: "amixer")
    report.subjects = [speaker]
    #expect(
      String(decoding: report.text().bytes, as: UTF8.self) == """
        machine, aarch64, Linux 6.1.0

        speaker: wrong
          hw:0: a card
          + It was heard.
          ! It rattles.
              amixer

        One thing is wrong.

        """)
  }

  @Test("an examination names every part once, in order, and asks nobody for anything")
  func everyPart() throws {
    let report = Examination(manner: .look).run()
    let parts = try #require(try json(report)["parts"] as? [[String: Any]])
    #expect(parts.map { $0["part"] as? String } == Subject.allCases.map { "\($0.name)" })
    #expect(Examination(manner: .look, subjects: [.battery]).run().subjects.map { $0.subject } == [.battery])
  }

  @Test("a board whose parts are not there is wrong, part by part, with a command for each")
  func missingParts() throws {
    var board = BoardDescription()
    board.vendor = "acme"
    board.name = "specs"
    board.devices.camera = "/dev/video63"
    board.devices.microphone = "hw:CARD=NoSuchCard,DEV=0"
    board.devices.speaker = "hw:CARD=NoSuchCard,DEV=0"
    board.devices.display = "/dev/dri/card63"
    board.devices.battery = "/sys/class/power_supply/no-such"
    board.devices.thermal = "/sys/class/thermal/no-such"
    board.devices.motion = "no-such"
    board.lines.button = LineDescription(chip: "no-such-chip", line: "button")
    board.lines.indicator = LineDescription(chip: "no-such-chip", line: "light")
    let report = Examination(board: board, manner: .go).run()
    #expect(report.board == "acme/specs")
    for subject in report.subjects {
      switch subject.subject {
      case .kernel, .permissions: break
      case .camera, .microphone, .speaker, .pins, .indicator, .display, .battery, .thermal, .motion:
        #expect(subject.state == .wrong, "\(subject.subject)")
        #expect(subject.findings.filter { $0.verdict == .wrong }.allSatisfy { $0.mend != nil }, "\(subject.subject)")
      }
    }
  }

  @Test("the board's display must be named in a form that can be found")
  func displayName() {
    var board = BoardDescription()
    board.devices.display = "card0"
    let report = Examination(board: board, subjects: [.display]).run()
    #expect(
      report.subjects[0].findings.map { $0.text } == ["The board file's display card0 is neither /dev/dri/cardN nor drm:DRIVER."])
  }

  @Test("part names")
  func names() {
    for subject in Subject.allCases { #expect(Subject(named: "\(subject.name)") == subject) }
    #expect(Subject(named: "Camera") == nil)
    #expect(Subject.list.hasPrefix("kernel, permissions, camera"))
  }
}

@Suite("Sound levels")
struct SoundLevelTests {
  @Test("whole decibels below full scale", arguments: [(32768, 0), (32767, 0), (16384, -6), (3277, -20), (1, -90), (0, -96)])
  func decibels(magnitude: Int, expected: Int) {
    #expect(SoundLevels.decibels(magnitude) == expected)
  }

  @Test("peak, mean, clipping, and the bar")
  func levels() {
    var level = SoundLevels()
    for _ in 0..<100 {
      level.add(1000)
      level.add(-1000)
    }
    #expect(level.peak == 1000)
    #expect(level.mean == 1000)
    #expect(level.clipped == 0)
    #expect(level.bar == "[###############               ]")
    level.add(-32768)
    #expect(level.clipped == 1)
    #expect(level.bar.hasSuffix("] clipped"))
    #expect(SoundLevels().bar == "[                              ]")
  }

  @Test("the tone is 440 Hz, a quarter of full scale at most, and begins and ends in silence")
  func tone() {
    let samples = Tone.samples()
    #expect(samples.count == AudioFormat.playbackRate)
    #expect(samples.first == 0 && samples.last == 0)
    let loudest = samples.map { abs(Int($0)) }.max() ?? 0
    #expect((8100...8192).contains(loudest))
    let rises = zip(samples, samples.dropFirst()).count { $0 < 0 && $1 >= 0 }
    #expect((438...440).contains(rises))
  }

  @Test(
    "the mixers' card",
    arguments: [("hw:CARD=Loopback,DEV=1", " -c Loopback"), ("hw:0", " -c 0"), ("hw:2,0", " -c 2"), ("default", "")])
  func card(name: String, expected: String) {
    #expect(SoundCheck.card(name) == expected)
  }
}

@Suite("The test picture")
struct TestPictureTests {
  @Test("a JPEG becomes pixels, and one that is broken an error")
  func decodes() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/camera-420.jpg")
    let jpeg = [UInt8](try Data(contentsOf: file))
    var pixels: UnsafeMutablePointer<UInt32>?
    var width: UInt32 = 0
    var height: UInt32 = 0
    #expect(sotto_jpeg_to_pixels(jpeg, jpeg.count, &pixels, &width, &height) == 0)
    let decoded = try #require(pixels)
    defer { sotto_picture_free(decoded) }
    var picture = sotto_picture()
    var message = [CChar](repeating: 0, count: 100)
    #expect(sotto_picture_examine(jpeg, jpeg.count, &picture, &message, message.count) == 0)
    #expect(Int32(width) == picture.width && Int32(height) == picture.height)
    let greens = (0..<Int(width * height)).map { decoded[$0] >> 8 & 0xff }
    #expect(Set(greens).count > 8)
    var none: UnsafeMutablePointer<UInt32>?
    #expect(sotto_jpeg_to_pixels([1, 2, 3], 3, &none, &width, &height) < 0)
    #expect(none == nil)
  }
}
