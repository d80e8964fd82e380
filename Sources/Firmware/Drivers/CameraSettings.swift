import HAL
import Units

/// What a board says about its camera beside its name.
public struct CameraSettings: Sendable {
  /// The picture wanted; the camera takes the smallest that covers it. The default is enough for reading print at arm's length.
  public var size = FrameSize(width: 1280, height: 720)
  /// The only pixel format that will do; nil takes the one with the least work.
  public var format: PixelCode?
  /// From one frame to the next while a still settles: the longest that is not above this one. A thirtieth of a second.
  public var interval: Duration = .nanoseconds(33_333_334)
  public var settling = ExposureSettling.Limits.usual
  public var exposure = Exposure.automatic
  /// Amplification in hundredths of the sensor's own range; nil leaves it to the camera.
  public var gain: Percent?
  /// Left and right, top and bottom exchanged by the sensor; nil leaves it as it is.
  public var isMirrored: Bool?
  public var isFlipped: Bool?
  /// The buffers themselves are wanted, for another device (`V4L2Camera.lent`, `export`): raw frames are not compressed, and `withStill` hands out the
  /// first memory plane as it is.
  public var isLent = false
  /// JPEG quality, 1…100, where the camera gives raw frames.
  public var quality = 90
  /// Clockwise degrees that make a picture upright: told with each picture.
  public var rotation = 0
  /// A still that takes longer has failed.
  public var deadline: Duration = .milliseconds(3000)

  public enum Exposure: Sendable, Hashable {
    case automatic
    /// Time of each frame; the camera rounds to its steps.
    case manual(Duration)
  }

  public init() {}

  /// What a board's file says; the rest as the driver has it.
  public init(_ policy: CameraPolicy) {
    rotation = policy.rotation
    deadline = policy.deadline
    if let width = policy.width, let height = policy.height { size = FrameSize(width: width, height: height) }
    if let frameInterval = policy.frameInterval { interval = frameInterval }
    if let time = policy.exposure { exposure = .manual(time) }
    gain = policy.gain
    isMirrored = policy.isMirrored
    isFlipped = policy.isFlipped
  }
}
