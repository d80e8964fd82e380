import HAL
import Testing
import Units

@testable import Runtime

@Suite struct FlatWiringTests {
  private func parse(_ lines: String...) throws(FlatBoardError) -> BoardDescription {
    try FlatBoardFile.parse(Array((["sotto-board 1"] + lines).joined(separator: "\n").utf8).span)
  }

  /// `BoardFileTests` asks for the same lines of the tool.
  @Test func devicesAndLinesAreRead() throws {
    let board = try parse(
      "devices.battery=/sys/class/power_supply/test_battery", "devices.camera=/dev/video0", "devices.display=/dev/dri/card0",
      "devices.microphone=hw:Loopback,1,0", "devices.speaker=hw:Loopback,0,1", "devices.thermal=/sys/class/thermal",
      "devices.wake=/sys/devices/rtc /sys/devices/keys", "lines.button.active=low", "lines.button.bias=pull-up",
      "lines.button.chip=sotto-sim", "lines.button.line=button", "lines.indicator-sense.bias=none",
      "lines.indicator-sense.chip=c", "lines.indicator-sense.line=s", "lines.indicator.active=high", "lines.indicator.chip=c",
      "lines.indicator.line=17", "lines.wear.bias=pull-down", "lines.wear.chip=c", "lines.wear.line=w")
    var devices = DeviceNames()
    devices.battery = "/sys/class/power_supply/test_battery"
    devices.camera = "/dev/video0"
    devices.display = "/dev/dri/card0"
    devices.microphone = "hw:Loopback,1,0"
    devices.speaker = "hw:Loopback,0,1"
    devices.thermal = "/sys/class/thermal"
    devices.wakeSources = ["/sys/devices/rtc", "/sys/devices/keys"]
    #expect(board.devices == devices)
    #expect(board.lines.button == LineDescription(chip: "sotto-sim", line: "button", isActiveLow: true, bias: .pullUp))
    #expect(board.lines.wear == LineDescription(chip: "c", line: "w", bias: .pullDown))
    #expect(board.lines.indicator == LineDescription(chip: "c", line: "17"))
    #expect(board.lines.indicatorSense == LineDescription(chip: "c", line: "s", bias: .none))
  }

  /// `BoardFileTests` asks for the same lines of the tool.
  @Test func settingsAreRead() throws {
    let board = try parse(
      "camera.exposure_us=8000", "camera.flip=false", "camera.frame_interval_us=40000", "camera.gain_percent=25",
      "camera.height=600",
      "camera.mirror=true", "camera.width=800", "display.rotation=90", "display.tone=dithered", "microphone.channels=0,2",
      "microphone.mixer=Mic Boost", "microphone.volume_percent=80", "speaker.mixer=Speaker", "speaker.volume_percent=55")
    #expect(board.camera.width == 800 && board.camera.height == 600)
    #expect(board.camera.frameInterval == .milliseconds(40) && board.camera.exposure == .milliseconds(8))
    #expect(board.camera.gain == Percent(25) && board.camera.isMirrored == true && board.camera.isFlipped == false)
    #expect(board.panel.rotation == 90 && board.panel.tone == .dithered)
    #expect(board.microphone.channels == [0, 2])
    #expect(board.microphone.mixer == "Mic Boost" && board.microphone.volume == Percent(80))
    #expect(board.speaker.mixer == "Speaker" && board.speaker.volume == Percent(55))
    #expect(try parse("microphone.channels=mix").microphone == MicrophoneWiring())
  }

  @Test func anAccelerometerIsRead() throws {
    let board = try parse(
      "devices.motion=lis2dw12", "motion.side_axis=y", "motion.tap_event=in_accel_gesture_singletap", "motion.tilt_degrees=25")
    #expect(board.devices.motion == "lis2dw12")
    #expect(board.motion.sideAxis == .y && board.motion.tilt == 25 && board.motion.tapEvent == "in_accel_gesture_singletap")
    let plain = try parse("kind=linux").motion
    #expect(plain.tapEvent == "in_accel_gesture_doubletap" && plain.tilt == nil)
  }

  @Test func whatIsNotStatedIsLeftAlone() throws {
    let board = try parse("kind=linux")
    #expect(board.camera == CameraPolicy() && board.camera.width == nil && board.camera.exposure == nil)
    #expect(board.microphone == MicrophoneWiring() && board.speaker == SpeakerWiring() && board.panel == PanelWiring())
  }

  @Test(arguments: [
    ("display.tone=grey", FlatBoardCause.notAChoice), ("display.rotation=45", .notAChoice), ("camera.rotation=45", .notAChoice),
    ("microphone.channels=64", .outOfRange), ("microphone.channels=0,,1", .notANumber), ("microphone.channels=1,1", .notAChoice),
    ("microphone.volume_percent=101", .outOfRange), ("camera.mirror=yes", .notABoolean), ("motion.side_axis=w", .notAChoice),
    ("motion.tilt_degrees=5", .outOfRange), ("speaker.channels=0", .unknownKey),
  ])
  func settingsThatAreNoneAreRefused(line: String, cause: FlatBoardCause) {
    let error = #expect(throws: FlatBoardError.self) { try parse(line) }
    #expect(error == FlatBoardError(line: 2, cause: cause))
  }

  @Test func aBoardWithoutThemHasNone() throws {
    let board = try parse("kind=sim")
    #expect(board.devices == DeviceNames())
    #expect(board.lines == LineDescriptions())
  }

  @Test(arguments: ["lines.button.active=up", "lines.button.bias=as-is", "lines.button.bias="])
  func wordsThatAreNoneAreRefused(line: String) {
    let error = #expect(throws: FlatBoardError.self) { try parse(line) }
    #expect(error == FlatBoardError(line: 2, cause: .notAChoice))
  }

  @Test(arguments: ["devices.nose=x", "lines.button.colour=red", "lines.nose.chip=c", "lines.button=c"])
  func keysThatAreNoneAreRefused(line: String) {
    let error = #expect(throws: FlatBoardError.self) { try parse(line) }
    #expect(error == FlatBoardError(line: 2, cause: .unknownKey))
  }
}
