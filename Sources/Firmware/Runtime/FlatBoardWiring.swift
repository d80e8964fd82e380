import HAL
import Units

/// The keys of a real board's devices and lines, and of how they are set.
extension FlatBoardFile {
  static func applyDevices(_ field: borrowing FlatField, to devices: inout DeviceNames) throws(FlatBoardError) -> Bool {
    if try field.isKey("devices.camera") {
      devices.camera = try field.text()
    } else if try field.isKey("devices.microphone") {
      devices.microphone = try field.text()
    } else if try field.isKey("devices.speaker") {
      devices.speaker = try field.text()
    } else if try field.isKey("devices.display") {
      devices.display = try field.text()
    } else if try field.isKey("devices.battery") {
      devices.battery = try field.text()
    } else if try field.isKey("devices.thermal") {
      devices.thermal = try field.text()
    } else if try field.isKey("devices.motion") {
      devices.motion = try field.text()
    } else if try field.isKey("devices.wake") {
      devices.wakeSources = try field.text().split(separator: " ").map { String($0) }
    } else {
      return false
    }
    return true
  }

  static func applyLines(_ field: borrowing FlatField, to lines: inout LineDescriptions) throws(FlatBoardError) -> Bool {
    if try applyLine(field, "lines.button.", to: &lines.button) { return true }
    if try applyLine(field, "lines.wear.", to: &lines.wear) { return true }
    if try applyLine(field, "lines.sound.", to: &lines.sound) { return true }
    if try applyLine(field, "lines.indicator.", to: &lines.indicator) { return true }
    if try applyLine(field, "lines.indicator-sense.", to: &lines.indicatorSense) { return true }
    return try applyLine(field, "lines.privacy.", to: &lines.privacy)
  }

  private static func applyLine(
    _ field: borrowing FlatField, _ prefix: StaticString, to line: inout LineDescription?
  ) throws(FlatBoardError) -> Bool {
    var described = line ?? LineDescription()
    if try field.isKey(prefix, "chip") {
      described.chip = try field.text()
    } else if try field.isKey(prefix, "line") {
      described.line = try field.text()
    } else if try field.isKey(prefix, "active") {
      described.isActiveLow = try field.isValue("low")
      let isHigh = try field.isValue("high")
      guard described.isActiveLow || isHigh else { throw field.error(.notAChoice) }
    } else if try field.isKey(prefix, "bias") {
      described.bias = try field.bias()
    } else {
      return false
    }
    line = described
    return true
  }

  /// How camera, sound and panel are set.
  static func applySettings(
    _ field: borrowing FlatField, to description: inout BoardDescription
  ) throws(FlatBoardError) -> Bool {
    if try field.isKey("microphone.channels") {
      description.microphone.channels = try field.channels()
    } else if try field.isKey("microphone.mixer") {
      description.microphone.mixer = try field.text()
    } else if try field.isKey("microphone.volume_percent") {
      description.microphone.volume = try field.percent()
    } else if try field.isKey("speaker.mixer") {
      description.speaker.mixer = try field.text()
    } else if try field.isKey("speaker.volume_percent") {
      description.speaker.volume = try field.percent()
    } else if try field.isKey("motion.tap_event") {
      description.motion.tapEvent = try field.text()
    } else if try field.isKey("motion.tilt_degrees") {
      description.motion.tilt = Int(try field.number(10...60))
    } else if try field.isKey("motion.side_axis") {
      description.motion.sideAxis = try axis(field)
    } else if try field.isKey("display.rotation") {
      description.panel.rotation = try quarterTurn(field)
    } else if try field.isKey("display.tone") {
      description.panel.tone = try tone(field)
    } else {
      return try applyCamera(field, to: &description.camera)
    }
    return true
  }

  private static func applyCamera(_ field: borrowing FlatField, to camera: inout CameraPolicy) throws(FlatBoardError) -> Bool {
    let second: Int64 = 1_000_000
    if try field.isKey("camera.rotation") {
      camera.rotation = try quarterTurn(field)
    } else if try field.isKey("camera.deadline_us") {
      camera.deadline = try field.duration(1...3600 * second)
    } else if try field.isKey("camera.width") {
      camera.width = Int(try field.number(1...16_384))
    } else if try field.isKey("camera.height") {
      camera.height = Int(try field.number(1...16_384))
    } else if try field.isKey("camera.frame_interval_us") {
      camera.frameInterval = try field.duration(1...60 * second)
    } else if try field.isKey("camera.exposure_us") {
      camera.exposure = try field.duration(1...60 * second)
    } else if try field.isKey("camera.gain_percent") {
      camera.gain = try field.percent()
    } else if try field.isKey("camera.at_wake") {
      camera.takesAtWake = try field.boolean()
    } else if try field.isKey("camera.mirror") {
      camera.isMirrored = try field.boolean()
    } else if try field.isKey("camera.flip") {
      camera.isFlipped = try field.boolean()
    } else {
      return false
    }
    return true
  }

  private static func quarterTurn(_ field: borrowing FlatField) throws(FlatBoardError) -> Int {
    let degrees = try field.number(0...270)
    guard degrees % 90 == 0 else { throw field.error(.notAChoice) }
    return Int(degrees)
  }

  private static func axis(_ field: borrowing FlatField) throws(FlatBoardError) -> MotionWiring.Axis {
    for axis in MotionWiring.Axis.allCases where try field.isValue(axis.name) { return axis }
    throw field.error(.notAChoice)
  }

  private static func tone(_ field: borrowing FlatField) throws(FlatBoardError) -> PanelTone {
    for tone in PanelTone.allCases where try field.isValue(tone.name) { return tone }
    throw field.error(.notAChoice)
  }
}
