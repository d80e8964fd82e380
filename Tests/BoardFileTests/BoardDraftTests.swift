import Foundation
import Testing

@testable import BoardFile

@Suite("A board file drafted from what the doctor found")
struct BoardDraftTests {
  /// As `sottod --doctor --json` prints it, shortened.
  static let found = """
    {"schema":"sotto-doctor 1","kernel":"6.1.0","architecture":"aarch64","machine":"Acme \\"Specs\\"","board":null,"wrong":0,"parts":[
    {"part":"camera","state":"fine","devices":[
      {"path":"/dev/video0","by_path":"platform-cam-video-index0","by_id":"","card":"Cam","driver":"uvcvideo","bus":"usb-1","formats":[{"code":"MJPG"}]}]},
    {"part":"microphone","state":"fine","devices":[{"name":"hw:CARD=Mic,DEV=0","card":"Mic","driver":"USB-Audio","device":0}]},
    {"part":"speaker","state":"absent","devices":[]},
    {"part":"display","state":"fine","devices":[{"path":"/dev/dri/card0","driver":"vc4","atomic":true,"connectors":[
      {"name":"HDMI-A-1","connected":false,"modes":[]},
      {"name":"DSI-1","connected":true,"modes":[{"width":1280,"height":720,"millihertz":60000,"preferred":false},
        {"width":640,"height":400,"millihertz":60000,"preferred":true}]}]}]},
    {"part":"pins","state":"fine","devices":[{"path":"/dev/gpiochip0","label":"pinctrl-acme","lines":[
      {"offset":3,"name":"BUTTON","direction":"input","active_low":false,"used":false,"consumer":""},
      {"offset":4,"name":"privacy_led","direction":"output","active_low":false,"used":false,"consumer":""},
      {"offset":5,"name":"","direction":"input","active_low":false,"used":false,"consumer":""}]}]},
    {"part":"battery","state":"fine","devices":[{"path":"/sys/class/power_supply/pack","charge_percent":50}]},
    {"part":"thermal","state":"fine","devices":[{"path":"/sys/class/thermal/thermal_zone0","type":"cpu","millidegrees":40000}]}]}
    """

  static func draft(_ json: String = found) throws -> BoardDraft {
    BoardDraft(from: try DoctorReport(json: Data(json.utf8)), vendor: "acme", name: "one")
  }

  @Test("what was found is filled in")
  func filled() throws {
    let text = try Self.draft().text
    for line in [
      "capabilities = [\"camera\", \"microphone\", \"display\", \"battery\", \"thermal\", \"button\", \"indicator\"]",
      "camera = \"/dev/v4l/by-path/platform-cam-video-index0\"", "microphone = \"hw:CARD=Mic,DEV=0\"",
      "display = \"drm:vc4#DSI-1\"",
      "battery = \"/sys/class/power_supply/pack\"", "thermal = \"/sys/class/thermal/thermal_zone0\"", "width = 640",
      "height = 400",
      "chip = \"pinctrl-acme\"", "line = \"BUTTON\"", "line = \"privacy_led\"", "description = \"Acme Specs\"",
    ] { #expect(text.split(separator: "\n").contains(Substring(line)), "\(line)") }
    #expect(!text.contains("speaker"))
  }

  @Test("the check says only what is not filled in, and names every such value")
  func onlyUnfilled() throws {
    let boards = try BoardsFolder()
    let text = try Self.draft().text
    let path = try boards.add("acme/one", text)
    let error = #expect(throws: BoardFileError.self) { try BoardFile.load(path) }
    let problems = try #require(error).problems
    #expect(problems.allSatisfy { $0.isUnfilled }, "\(problems.filter { !$0.isUnfilled })")
    #expect(problems.count == text.split(separator: "\n").count { !$0.hasPrefix("#") && $0.hasSuffix("= \"unknown\"") })
    #expect(problems.contains { $0.key == "power.camera[1].milliwatts" })
    #expect(
      problems.contains { $0.key == "lines.button.active" && $0.message == "is not filled in yet: it must be one of high, low" })
  }

  @Test("filled in, it is a valid board")
  func filledIn() throws {
    let boards = try BoardsFolder()
    var text = try Self.draft().text
    for (key, value) in [
      ("milliwatts", "1"), ("source", "\"estimate: made up for this test\""), ("active", "\"high\""), ("bias", "\"none\""),
      ("density", "100"), ("milliwatt_hours", "1000"),
    ] { text = text.replacingOccurrences(of: "\n\(key) = \"unknown\"", with: "\n\(key) = \(value)") }
    let board = try BoardFile.load(try boards.add("acme/one", text))
    #expect(board.capabilities.contains("camera"))
  }

  @Test("what is wrong is told beside what is not filled in")
  func wrongToo() throws {
    let text = try Self.draft().text.replacingOccurrences(
      of: "[lines.button]\nchip = \"pinctrl-acme\"\n", with: "[lines.button]\n")
    let boards = try BoardsFolder()
    let path = try boards.add("acme/one", text)
    let error = #expect(throws: BoardFileError.self) { try BoardFile.load(path) }
    let others = try #require(error).problems.filter { !$0.isUnfilled }
    #expect(others.map { $0.key } == ["lines.button.chip"])
  }

  @Test("a machine with nothing gives a draft with processor and link to fill in")
  func nothing() throws {
    let draft = try Self.draft(#"{"schema":"sotto-doctor 1","machine":"","parts":[]}"#)
    #expect(draft.capabilities.isEmpty)
    let boards = try BoardsFolder()
    let path = try boards.add("acme/one", draft.text)
    let error = #expect(throws: BoardFileError.self) { try BoardFile.load(path) }
    #expect(try #require(error).problems.allSatisfy { $0.isUnfilled })
  }

  @Test("a camera without a line for the light gets one to fill in: there is no capture without it")
  func light() throws {
    let draft = try Self.draft(Self.found.replacingOccurrences(of: "privacy_led", with: "GPIO4"))
    #expect(draft.capabilities.contains("indicator"))
    #expect(draft.text.contains("[lines.indicator]\nchip = \"unknown\"\nline = \"unknown\""))
  }

  @Test("something else than the doctor's report is refused", arguments: ["", "{}", "[1]", #"{"schema":"other"}"#])
  func refused(json: String) {
    #expect(throws: BoardFileError.self) { try Self.draft(json) }
  }
}
