/// The kernel's devices of a real board, by names that stay the same from start to start; nil where the board has no such part.
public struct DeviceNames: Sendable, Hashable {
  /// A V4L2 node: `/dev/video0`, or better a link in `/dev/v4l/by-path`.
  public var camera: String?
  /// ALSA's names: `hw:Loopback,1,0`, `default`.
  public var microphone: String?
  public var speaker: String?
  /// A DRM node: `/dev/dri/card0`.
  public var display: String?
  /// A folder of `/sys/class/power_supply`.
  public var battery: String?
  /// A folder of `/sys/class/thermal`; its parent means the hottest of all zones.
  public var thermal: String?
  /// Folders of `/sys/devices` of what may wake the system from suspend.
  public var wakeSources: [String] = []

  public init() {}
}

/// What holds a line that nobody drives.
public enum LineBias: UInt8, Sendable, Hashable {
  /// Left as the board's firmware set it.
  case asIs = 0
  case none = 1
  case pullUp = 2
  case pullDown = 3
}

/// One GPIO line.
public struct LineDescription: Sendable, Hashable {
  /// The chip's label, its name, or its path in `/dev`.
  public var chip: String
  /// The line's name, or its offset in digits when nobody named it.
  public var line: String
  public var isActiveLow: Bool
  public var bias: LineBias

  public init(chip: String = "", line: String = "", isActiveLow: Bool = false, bias: LineBias = .asIs) {
    self.chip = chip
    self.line = line
    self.isActiveLow = isActiveLow
    self.bias = bias
  }
}

/// The GPIO lines of a real board; nil where it has none.
public struct LineDescriptions: Sendable, Hashable {
  public var button: LineDescription?
  public var wear: LineDescription?
  public var indicator: LineDescription?
  /// A second line that senses whether the indicator's light is really on.
  public var indicatorSense: LineDescription?
  /// Active during the privacy hold.
  public var privacy: LineDescription?

  public init() {}
}
