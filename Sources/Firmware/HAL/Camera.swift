import Units

/// How the bytes of a picture are laid out. Raw values are fixed (they travel on the wire).
public enum PictureFormat: UInt8, Sendable {
  case jpeg = 1
  case png = 2
}

/// What is known of a picture beside its bytes.
public struct PictureInfo: Sendable, Hashable {
  public var format: PictureFormat
  public var width: Int
  public var height: Int
  /// Clockwise turn in degrees that makes it upright: 0, 90, 180 or 270.
  public var rotation: Int
  /// When the exposure began.
  public var taken: Instant

  public init(format: PictureFormat, width: Int, height: Int, rotation: Int, taken: Instant) {
    self.format = format
    self.width = width
    self.height = height
    self.rotation = rotation
    self.taken = taken
  }
}

/// A camera that takes stills. It draws no power until `turnOn`; one without a supply of its own to switch (the default), none until `takeStill`.
///
/// Each accepted `takeStill` ends in exactly one `BoardEvent.stillTaken` or `stillFailed`, unless `cancel` came first. After
/// `stillTaken` the picture belongs to the caller until `release`.
public protocol Camera: AnyObject {
  /// Supplies the sensor and lets it come up: stills are asked for once `Board.hasSettled` says that it has.
  func turnOn() throws(DeviceError)
  /// Takes the supply away, and `cancel`s. Allowed in every state.
  func turnOff()
  func takeStill() throws(DeviceError)
  /// Ends a capture in progress and releases a picture that waits. Allowed in every state.
  func cancel()
  var still: PictureInfo? { get }
  /// The picture's bytes, in the camera's own buffer (no copy); empty when there is none.
  func withStill<Result>(_ body: (Span<UInt8>) -> Result) -> Result
  func release()
}

extension Camera {
  public func turnOn() throws(DeviceError) {}
  public func turnOff() { cancel() }
}
