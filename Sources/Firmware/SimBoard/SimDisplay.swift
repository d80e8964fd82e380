import CImage
import CLinux
import Drivers
import HAL
import Units

/// The display of the simulated board: each picture shown becomes `display-N.png` in the out folder, if there is one.
public final class SimDisplay: Display {
  public let geometry: DisplayGeometry
  let supply: Supply
  private let hub: Hub
  private let prefix: String?
  /// Empty while there is nothing drawn: a panel that is off shall cost no memory either.
  private var back: [UInt32] = []
  /// What the wearer sees, row after row; nil while the panel is off.
  public private(set) var shown: [UInt32]?
  /// Pictures shown since the board began.
  public private(set) var presented = 0
  public private(set) var latestPNGPath: String?
  public var isOn: Bool { supply.isUp }

  init(hub: Hub, geometry: DisplayGeometry, prefix: String?, supply: Supply) {
    self.supply = supply
    self.hub = hub
    self.geometry = geometry
    self.prefix = prefix
  }

  public func turnOn() throws(DeviceError) {
    supply.bring(up: true)
  }

  public func turnOff() {
    supply.bring(up: false)
    shown = nil
    back = []
  }

  public func withPixels<Result>(_ body: (inout MutableSpan<UInt32>) -> Result) -> Result {
    makeBack()
    // Taken out and put back, so that the array is changed in place.
    var pixels: [UInt32] = []
    swap(&pixels, &back)
    defer { swap(&pixels, &back) }
    var span = pixels.mutableSpan
    return body(&span)
  }

  /// Throws `unsupported` while off or for damage outside the panel; a PNG that cannot be written is logged only, because the wearer would
  /// not notice.
  public func present(damage: Rectangle) throws(DeviceError) {
    guard isOn else { throw DeviceError(.display, "present", .unsupported) }
    guard damage.x >= 0, damage.y >= 0, damage.width >= 0, damage.height >= 0,
      damage.x + damage.width <= geometry.width, damage.y + damage.height <= geometry.height
    else { throw DeviceError(.display, "present", .unsupported) }
    makeBack()
    show(damage)
    presented += 1
    guard let prefix else { return }
    let path = prefix + "display-" + decimal(presented) + ".png"
    // Renamed when it is whole: a tool that watches the folder never reads half a picture.
    let unfinished = prefix + ".display.png"
    var result = unfinished.withCString { name in
      shown!.withUnsafeBufferPointer {
        sotto_png_write(name, $0.baseAddress, UInt32(geometry.width), UInt32(geometry.height))
      }
    }
    if result == 0 { result = unfinished.withCString { from in path.withCString { sotto_rename(from, $0) } } }
    if result == 0 {
      latestPNGPath = path
    } else {
      hub.log("the display's picture cannot be written", DeviceError(system: .display, "write PNG", result))
    }
  }

  private func makeBack() {
    if back.isEmpty { back = [UInt32](repeating: 0, count: geometry.width * geometry.height) }
  }

  /// Only the damage reaches the panel, as with real ones: a caller that damages too little sees it.
  private func show(_ damage: Rectangle) {
    if shown == nil { shown = [UInt32](repeating: 0, count: back.count) }
    for y in damage.y..<(damage.y + damage.height) {
      let row = y * geometry.width
      for x in damage.x..<(damage.x + damage.width) { shown![row + x] = back[row + x] }
    }
  }
}
