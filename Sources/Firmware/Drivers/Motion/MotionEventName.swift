import CIIO

/// Which of a sensor's events is meant: what is left of its name in the kernel's folder `events` when the channel is taken off
/// (drivers/iio/industrialio-event.c: `CHANNEL_TYPE_DIRECTION_en`, without direction where there is none).
public struct MotionEventName: Sendable, Hashable {
  public var type: UInt8
  public var direction: UInt8

  private static let types: [(StaticString, sotto_iio_type)] = [
    ("_thresh_adaptive", SOTTO_IIO_THRESHOLD_ADAPTIVE), ("_mag_adaptive", SOTTO_IIO_MAGNITUDE_ADAPTIVE),
    ("_mag_referenced", SOTTO_IIO_MAGNITUDE_REFERENCED), ("_thresh", SOTTO_IIO_THRESHOLD), ("_mag", SOTTO_IIO_MAGNITUDE),
    ("_roc", SOTTO_IIO_RATE), ("_change", SOTTO_IIO_CHANGE), ("_gesture", SOTTO_IIO_GESTURE),
  ]
  private static let directions: [(StaticString, sotto_iio_direction)] = [
    ("_either", SOTTO_IIO_EITHER), ("_rising", SOTTO_IIO_RISING), ("_falling", SOTTO_IIO_FALLING),
    ("_singletap", SOTTO_IIO_SINGLE_TAP), ("_doubletap", SOTTO_IIO_DOUBLE_TAP),
  ]

  /// Of a name such as `in_accel_gesture_doubletap`; nil when it is none of an event.
  public init?(_ name: String) {
    var bytes = [UInt8](name.utf8)
    direction = UInt8(SOTTO_IIO_NO_DIRECTION.rawValue)
    for (text, code) in Self.directions where bytes.drop(text) {
      direction = UInt8(code.rawValue)
      break
    }
    for (text, code) in Self.types where bytes.drop(text) {
      type = UInt8(code.rawValue)
      guard bytes.starts(with: "in_".utf8) || bytes.starts(with: "out_".utf8) else { return nil }
      return
    }
    return nil
  }

  public init(type: UInt8, direction: UInt8) {
    self.type = type
    self.direction = direction
  }
}

extension [UInt8] {
  /// Takes a text off the end; false when it does not stand there, or nothing is left before it.
  fileprivate mutating func drop(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard count > length, text.withUTF8Buffer({ suffix(length).elementsEqual($0) }) else { return false }
    removeLast(length)
    return true
  }
}
