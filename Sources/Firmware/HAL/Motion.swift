import Units

/// An accelerometer in the frame. It tells each tap on the frame as `BoardEvent.tapped`, also while the glasses are dormant: the chip finds taps by
/// itself and interrupts for them, so it wakes nobody otherwise.
///
/// While it is asked to, it also watches how the head is held, and tells as `BoardEvent.tilted` each time that the head is bent to one side and stays
/// there. For that the processor reads the chip several times a second: nothing for dormant glasses.
public protocol Motion: AnyObject {
  /// From now on tilts are told, against how the head is held now. Nothing on a board that watches no tilts; allowed while it watches.
  func watchTilt() throws(DeviceError)
  /// Allowed in every state.
  func ignoreTilt()
}

/// The accelerometer of a board that has none.
public final class NoMotion: Motion {
  public func watchTilt() throws(DeviceError) {}
  public func ignoreTilt() {}
}

/// How a real accelerometer is used.
public struct MotionWiring: Sendable, Hashable {
  /// The chip's event that counts as a tap, as the kernel names it in the device's folder `events`, without `_en`.
  public var tapEvent = "in_accel_gesture_doubletap"
  /// Degrees by which the head is bent to a side, 10 … 60, to count as a tilt; nil watches no tilts.
  public var tilt: Int?
  /// The chip's axis that points to a side of the head.
  public var sideAxis = Axis.x

  public enum Axis: UInt8, Sendable, Hashable, CaseIterable {
    case x = 0
    case y = 1
    case z = 2

    /// The word of the board file.
    public var name: StaticString {
      switch self {
      case .x: "x"
      case .y: "y"
      case .z: "z"
      }
    }
  }

  public init() {}
}
