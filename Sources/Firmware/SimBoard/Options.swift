import Drivers
import HAL
import Units

/// Where sound comes from or goes to.
public enum SoundDevice: Sendable, Equatable {
  /// The acoustic scene, or a WAV file.
  case simulated
  /// An ALSA device by name (`default`, `hw:0`).
  case alsa(String)
}

/// Where pictures come from.
public enum PictureSource: Sendable, Equatable {
  /// A picture file or a folder of them; nil until `look` names one.
  case files(String?)
  /// A V4L2 device (`/dev/video0`).
  case v4l2(String)

  /// What `--camera` means: a path in `/dev` is a device, everything else holds pictures.
  public init(argument: String) {
    let isDevice = "/dev/".utf8.elementsEqual(argument.utf8.prefix(5))
    self = isDevice ? .v4l2(argument) : .files(argument)
  }
}

/// How long the simulated parts take. The defaults are of the order of real ones.
public struct Latencies: Sendable, Equatable {
  /// From `start` to the first sample: a MEMS microphone's own start-up.
  public var microphoneStart: Duration = .milliseconds(5)
  /// From `start` to the first sample that is heard: an amplifier without a pop filter.
  public var speakerStart: Duration = .milliseconds(5)
  /// From `takeStill` to the picture, and what is added to it at most.
  public var exposure: Duration = .milliseconds(120)
  public var exposureJitter: Duration = .milliseconds(20)
  /// One way over the modelled network, and what is added to it at most.
  public var link: Duration = .milliseconds(4)
  public var linkJitter: Duration = .milliseconds(2)

  public init() {}
}

extension SimBoard {
  /// How the simulated microphone hears the simulated speaker.
  public struct Echo: Sendable, Equatable {
    /// How loud the direct sound is, in decibels relative to what is played.
    public var level: Int
    /// What is added to the way of sound: a device that states its delay too short.
    public var delay: Duration

    public init(level: Int, delay: Duration = .zero) {
      self.level = level
      self.delay = delay
    }
  }

  /// What can be chosen about a simulated board, beside what its description says.
  public struct Options: Sendable {
    /// Everything that looks random follows from it.
    public var seed: UInt64 = 1
    /// Folder of the stored records; nil keeps them in memory.
    public var stateFolder: String?
    /// Folder of `answer.wav` and `display-N.png`; nil keeps neither.
    public var outFolder: String?
    /// File of the trace; nil keeps none.
    public var tracePath: String?
    public var microphone = SoundDevice.simulated
    public var speaker = SoundDevice.simulated
    public var camera = PictureSource.files(nil)
    /// Parts that the board shall not have: of camera, microphone, speaker, display, battery and thermal.
    public var absent: [Part] = []
    /// One `answer-N.wav` for each `start` of the speaker instead of one `answer.wav`.
    public var oneAnswerPerTurn = false
    /// Root mean square of the noise around the microphone, in decibels below a full-scale one.
    public var noiseFloor = -70
    /// nil keeps the speaker from the microphone, as earphones do.
    public var echo: Echo?
    public var charge = Percent(80)
    public var temperature = DeciCelsius(300)
    public var isWornAtStart = false
    public var latencies = Latencies()
    /// Descriptor that stimuli are read from in real time: 0 is standard input.
    public var stimuli: Int32?
    /// Where the control socket is in real time (docs/control.md); nil leaves it out.
    public var control: ControlPlace?
    /// Whether SIGINT, SIGTERM and SIGHUP become `BoardEvent.shutdown` in real time.
    public var handlesSignals = false

    public init() {}
  }

  /// How time passes.
  public enum Clock {
    case real
    /// From `start` on, with the host as `peer`; without one nobody answers on the link.
    case virtual(start: Instant, peer: (any SimPeer)?)
  }
}
