import Units

public struct DisplayGeometry: Sendable, Hashable {
  /// Pixels.
  public var width: Int
  public var height: Int
  /// Pixels per inch as the wearer sees it, for text size.
  public var density: Int

  public init(width: Int, height: Int, density: Int) {
    self.width = width
    self.height = height
    self.density = density
  }
}

/// A part of the display in pixels, half open.
public struct Rectangle: Sendable, Hashable {
  public var x: Int
  public var y: Int
  public var width: Int
  public var height: Int

  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

/// A small display: one frame buffer of XRGB8888 pixels (`0x00RRGGBB`), row after row without padding. Off until `turnOn`; off means the panel
/// draws no power, not that it shows black. On see-through optics black is transparent.
public protocol Display: AnyObject {
  var geometry: DisplayGeometry { get }
  func turnOn() throws(DeviceError)
  /// Allowed in every state. Forgets the back buffer: it is black when it is next drawn into.
  func turnOff()
  /// Draws into the back buffer (`width * height` pixels); allowed while off, to have a picture ready.
  func withPixels<Result>(_ body: (inout MutableSpan<UInt32>) -> Result) -> Result
  /// Shows the back buffer; only `damage` changed since the last one.
  func present(damage: Rectangle) throws(DeviceError)
}
