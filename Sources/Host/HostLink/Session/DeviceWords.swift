import Assistant
import Wire

extension StatusOfGlasses {
  init(_ status: DeviceStatus) {
    self.init(
      batteryPercent: status.hasBattery ? Int(min(status.batteryPercent, 100)) : nil, isCharging: status.isCharging,
      millivolts: status.hasBattery && status.millivolts > 0 ? Int(status.millivolts) : nil)
  }
}

/// Words for the `FailureCause` numbers that `sotto.proto` fixes.
enum PictureFailure {
  static func words(_ cause: UInt32) -> String {
    switch cause {
    case 1: "the glasses have no camera"
    case 2: "the camera went away"
    case 3: "the camera is in use by something else"
    case 5: "the camera gave a picture that makes no sense"
    case 6: "the camera did not answer in time"
    case 7: "the camera may not be used"
    default: "the camera failed (cause \(cause))"
    }
  }
}
