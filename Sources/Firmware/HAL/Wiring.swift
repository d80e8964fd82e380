import Units

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
  /// An accelerometer of `/sys/bus/iio/devices`, by the text of its file `name` or `label`.
  public var motion: String?
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
  /// Active while hardware hears a sound.
  public var sound: LineDescription?
  public var indicator: LineDescription?
  /// A second line that senses whether the indicator's light is really on.
  public var indicatorSense: LineDescription?
  /// Active during the privacy hold.
  public var privacy: LineDescription?

  public init() {}
}

/// How a real microphone is set.
public struct MicrophoneWiring: Sendable, Hashable {
  /// Channels of the device, counted from 0, whose mean is heard; empty takes all of them.
  public var channels: [Int] = []
  /// The element of the card's mixer that amplifies it, switched on when it starts; nil leaves the mixer alone.
  public var mixer: String?
  /// Hundredths of that element's range; nil leaves the volume as it is.
  public var volume: Percent?

  /// Channels are counted below this: no array of microphones that ALSA knows has more.
  public static let mostChannels = 64

  public init() {}
}

/// How a real speaker is set.
public struct SpeakerWiring: Sendable, Hashable {
  /// The element of the card's mixer that sets its volume, switched on when it starts; nil leaves the mixer alone.
  public var mixer: String?
  /// Hundredths of that element's range; nil leaves the volume as it is.
  public var volume: Percent?

  public init() {}
}

/// What a panel makes of a colour. Small OLED and e-paper panels show two tones only; their kernel drivers take XRGB8888 and cut it
/// at half brightness by themselves, which makes grey text ragged. So the choice is the board's. Raw values are fixed.
public enum PanelTone: UInt8, Sendable, Hashable, CaseIterable {
  /// As it is.
  case colour = 0
  /// White from half brightness on, else black: crisp text.
  case threshold = 1
  /// Black and white dots by a 4×4 ordered (Bayer) pattern: pictures keep their shades, text loses a little.
  case dithered = 2

  /// The word of the board file.
  public var name: StaticString {
    switch self {
    case .colour: "colour"
    case .threshold: "threshold"
    case .dithered: "dithered"
    }
  }
}

/// How a panel is built in.
public struct PanelWiring: Sendable, Hashable {
  /// Clockwise degrees by which the picture is turned before the panel shows it: 0, 90, 180 or 270.
  public var rotation = 0
  public var tone = PanelTone.colour

  public init() {}
}
