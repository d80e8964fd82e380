import CDRM
import HAL

/// An open display card. Closed with its last reference, unless it was abandoned.
public final class DRMCard {
  private var handle: OpaquePointer?
  public let card: DisplayCard

  /// Opens a card and reads what it has. With `atomic` false it is driven by the older calls. Looking does not change the screen.
  public init(_ name: DisplayName, atomic: Bool = true) throws(DeviceError) {
    let opened = try name.open(atomic: atomic)
    handle = opened
    card = Self.read(opened)
  }

  deinit { sotto_drm_close(handle) }

  /// Only while it is not abandoned.
  var pointer: OpaquePointer { handle! }

  /// Leaves the closing to a thread that may wait.
  func abandon() {
    sotto_drm_abandon(handle)
    handle = nil
  }

  private static func read(_ pointer: OpaquePointer) -> DisplayCard {
    DisplayCard(
      driver: String(cString: sotto_drm_driver(pointer)), isAtomic: sotto_drm_is_atomic(pointer),
      hasDumbBuffers: sotto_drm_has_dumb_buffers(pointer), imports: sotto_drm_imports(pointer),
      connectors: (0..<sotto_drm_connectors(pointer)).map { connector($0, of: pointer) },
      controllers: Int(sotto_drm_crtcs(pointer)), planes: (0..<sotto_drm_planes(pointer)).map { plane($0, of: pointer) })
  }

  private static func connector(_ index: Int32, of pointer: OpaquePointer) -> DisplayCard.Connector {
    var found = sotto_drm_connector()
    sotto_drm_connector(pointer, index, &found)
    let name = withUnsafeBytes(of: &found.name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    let modes = (0..<found.modes).map { number in
      var mode = sotto_drm_mode()
      sotto_drm_mode(pointer, index, number, &mode)
      return DisplayCard.Mode(
        width: Int(mode.width), height: Int(mode.height), millihertz: Int(mode.millihertz), isPreferred: mode.preferred,
        isInterlaced: mode.interlaced)
    }
    // Panels that cannot tell count as connected, as they do in the kernel's own console.
    return DisplayCard.Connector(
      identifier: found.id, name: name, isConnected: found.status != SOTTO_DRM_DISCONNECTED,
      millimetresWide: Int(found.millimetres_wide), millimetresHigh: Int(found.millimetres_high), controllers: found.crtcs,
      modes: modes)
  }

  private static func plane(_ index: Int32, of pointer: OpaquePointer) -> DisplayCard.Plane {
    var found = sotto_drm_plane()
    sotto_drm_plane(pointer, index, &found)
    return DisplayCard.Plane(
      kind: found.is_primary ? .primary : found.is_cursor ? .cursor : .overlay, controllers: found.crtcs,
      formats: (0..<found.formats).map { sotto_drm_plane_format(pointer, index, $0) },
      turns: Turn.allCases.filter { found.rotations & $0.kernelBit != 0 }, takesDamage: found.takes_damage)
  }
}

extension Turn {
  /// The kernel counts counter-clockwise.
  var kernelBit: UInt32 {
    switch self {
    case .none: SOTTO_DRM_TURN_0
    case .quarter: SOTTO_DRM_TURN_270
    case .half: SOTTO_DRM_TURN_180
    case .threeQuarters: SOTTO_DRM_TURN_90
    }
  }
}
