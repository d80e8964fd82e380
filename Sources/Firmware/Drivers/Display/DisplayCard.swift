/// What a display card has, as plain values: the part of kernel mode setting that choosing a way for the picture needs.
///
/// A *connector* is the plug or the wires of a panel, a *controller* (CRTC) makes its signal, a *plane* lays a buffer into it.
public struct DisplayCard: Sendable, Hashable {
  public struct Mode: Sendable, Hashable {
    /// Pixels.
    public var width: Int
    public var height: Int
    /// Pictures per 1000 seconds.
    public var millihertz: Int
    /// The panel's own size, as it says itself.
    public var isPreferred: Bool
    public var isInterlaced: Bool

    public init(width: Int, height: Int, millihertz: Int, isPreferred: Bool = false, isInterlaced: Bool = false) {
      self.width = width
      self.height = height
      self.millihertz = millihertz
      self.isPreferred = isPreferred
      self.isInterlaced = isInterlaced
    }
  }

  public struct Connector: Sendable, Hashable {
    public var identifier: UInt32
    /// As the kernel names it: `DSI-1`.
    public var name: String
    public var isConnected: Bool
    /// Size of what is connected, 0 when it does not say.
    public var millimetresWide: Int
    public var millimetresHigh: Int
    /// Bit N: controller number N can drive it.
    public var controllers: UInt32
    public var modes: [Mode]

    public init(
      identifier: UInt32, name: String, isConnected: Bool, millimetresWide: Int = 0, millimetresHigh: Int = 0,
      controllers: UInt32, modes: [Mode]
    ) {
      self.identifier = identifier
      self.name = name
      self.isConnected = isConnected
      self.millimetresWide = millimetresWide
      self.millimetresHigh = millimetresHigh
      self.controllers = controllers
      self.modes = modes
    }
  }

  public struct Plane: Sendable, Hashable {
    public enum Kind: Sendable, Hashable { case primary, overlay, cursor }

    public var kind: Kind
    /// Bit N: it can be laid into the signal of controller number N.
    public var controllers: UInt32
    /// Fourcc codes.
    public var formats: [UInt32]
    /// The turns that the hardware makes by itself.
    public var turns: [Turn]
    /// Whether it wants to know which part of a picture changed.
    public var takesDamage: Bool

    public init(kind: Kind, controllers: UInt32, formats: [UInt32], turns: [Turn] = [.none], takesDamage: Bool = false) {
      self.kind = kind
      self.controllers = controllers
      self.formats = formats
      self.turns = turns
      self.takesDamage = takesDamage
    }
  }

  /// The kernel driver's name.
  public var driver: String
  public var isAtomic: Bool
  /// Whether the processor can draw into its buffers; a card that cannot is of no use here.
  public var hasDumbBuffers: Bool
  /// Whether it can show buffers of other devices.
  public var imports: Bool
  public var connectors: [Connector]
  public var controllers: Int
  public var planes: [Plane]

  public init(
    driver: String, isAtomic: Bool, hasDumbBuffers: Bool = true, imports: Bool = false, connectors: [Connector], controllers: Int,
    planes: [Plane]
  ) {
    self.driver = driver
    self.isAtomic = isAtomic
    self.hasDumbBuffers = hasDumbBuffers
    self.imports = imports
    self.connectors = connectors
    self.controllers = controllers
    self.planes = planes
  }
}

/// How the picture is turned, clockwise, before the panel shows it. The raw values are degrees.
public enum Turn: Int, Sendable, Hashable, CaseIterable {
  case none = 0
  case quarter = 90
  case half = 180
  case threeQuarters = 270

  /// Whether width and height change places.
  public var swapsSides: Bool {
    switch self {
    case .none, .half: false
    case .quarter, .threeQuarters: true
    }
  }
}

/// The pixel formats that the driver can fill. The raw values are the kernel's fourcc codes (drm_fourcc.h).
public enum PanelFormat: UInt32, Sendable, Hashable {
  /// 32 bits a pixel, `0x00RRGGBB`, `XR24`.
  case xrgb8888 = 0x3432_5258
  /// 16 bits a pixel, `RG16`.
  case rgb565 = 0x3631_4752

  public var bytes: Int {
    switch self {
    case .xrgb8888: 4
    case .rgb565: 2
    }
  }
}
