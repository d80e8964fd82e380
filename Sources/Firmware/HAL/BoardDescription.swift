import Units

/// What the board file says, as plain values. `BoardFile` makes the flat text from `board.toml`; `FlatBoardFile` in Runtime reads it.
public struct BoardDescription: Sendable {
  public var vendor = ""
  public var name = ""
  /// `sim` or `linux`: which board implementation drives it.
  public var kind = ""
  public var button = ButtonTiming()
  public var gestures = ButtonActions()
  public var listening = ListeningPolicy()
  public var camera = CameraPolicy()
  public var microphone = MicrophoneWiring()
  public var speaker = SpeakerWiring()
  public var panel = PanelWiring()
  public var motion = MotionWiring()
  public var display = DisplayGeometry(width: 640, height: 400, density: 160)
  public var overlay = OverlayBudget()
  public var link = LinkSettings()
  public var power = PowerFigures()
  /// Of boards of kind `linux`.
  public var devices = DeviceNames()
  public var lines = LineDescriptions()
  public var battery = BatteryThresholds()
  public var thermal = ThermalThresholds()
  /// nil: no hour is quiet.
  public var quiet: QuietHours?

  public init() {}
}

public struct ButtonTiming: Sendable, Hashable {
  /// A level must hold this long to count.
  public var debounce: Duration = .milliseconds(15)
  /// A press at least this long is a long press: the privacy hold, or what else `ButtonActions` has it for.
  public var longPress: Duration = .milliseconds(1000)
  /// A press at least this long is a hold (pairing while not paired). Longer than `longPress`.
  public var hold: Duration = .milliseconds(3000)
  /// Short presses that follow each other within this time, from release to the next press, count as a double or triple press. Zero: each
  /// counts alone, and nothing is waited for after a release. Nor is anything where `ButtonActions` has nothing for them.
  public var multiple: Duration = .zero

  public init() {}
}

public struct ListeningPolicy: Sendable, Hashable {
  /// Whether the microphone listens locally (armed) while the glasses are worn; otherwise it is off until engaged.
  public var armedWhileWorn = false
  /// Names of the wake words that are listened for while armed, separated by commas; each is a NAME.json with its model in the folder of wake words.
  public var wakeWords = ""
  /// Whether the armed microphone is off until the sound line tells that there is something to hear. Nothing is without such a line.
  public var wakesOnSound = false
  public var preRoll: Duration = .milliseconds(1000)
  /// Silence after speech that ends the turn, when nothing is known of how it ended.
  public var endSilence: Duration = .milliseconds(600)
  /// Silence after speech that ends the turn when the host takes the words for finished. Never shorter: pauses between the words of fluent
  /// speech are.
  public var leastSilence: Duration = .milliseconds(200)
  /// The same after words that sound complete, and after a hesitation.
  public var shortestEndSilence: Duration = .milliseconds(440)
  public var longestEndSilence: Duration = .milliseconds(900)
  /// With nothing said for this long after a wake the glasses go back to sleep.
  public var nothingSaid: Duration = .milliseconds(6000)
  public var longestUtterance: Duration = .milliseconds(20000)
  /// The host must begin to answer within this time.
  public var answerDeadline: Duration = .milliseconds(12000)
  /// Microphone period while armed: long, to wake seldom.
  public var armedPeriod: Duration = .milliseconds(200)
  /// Microphone period while engaged: short, for latency.
  public var engagedPeriod: Duration = .milliseconds(20)

  public init() {}
}

public struct CameraPolicy: Sendable, Hashable {
  /// A picture is taken at each wake, under the same light and permissions as one that is asked for, so that a question on what is seen finds it
  /// at the host. Otherwise one is taken when the words call for it.
  public var takesAtWake = false
  public var rotation = 0
  /// A still that takes longer has failed.
  public var deadline: Duration = .milliseconds(3000)
  /// The picture wanted, in pixels: the camera takes the smallest that covers it. Both or neither; nil leaves it to the driver.
  public var width: Int?
  public var height: Int?
  /// From one frame to the next while a still settles; nil leaves it to the driver.
  public var frameInterval: Duration?
  /// Time for which each frame is exposed; nil leaves it to the camera's own control.
  public var exposure: Duration?
  /// Amplification in hundredths of the sensor's range; nil leaves it to the camera's own control.
  public var gain: Percent?
  /// Left and right, top and bottom exchanged by the sensor; nil leaves it as it is.
  public var isMirrored: Bool?
  public var isFlipped: Bool?

  public init() {}
}

public struct OverlayBudget: Sendable, Hashable {
  /// An answer card stays at most this long.
  public var cardTime: Duration = .milliseconds(8000)
  /// Unasked cards (reminders, notices) come at most once in this time.
  public var interruptionInterval: Duration = .milliseconds(60000)

  public init() {}
}

public struct LinkSettings: Sendable, Hashable {
  public var address = "127.0.0.1:7437"
  /// How long a link may stay open after the last turn; nil keeps it parked (open, silent). In the last quarter of the time it is
  /// closed as soon as the processor is awake for something else.
  public var parkedFor: Duration? = nil
  /// Opening TCP and TLS must be done in this time.
  public var connectDeadline: Duration = .milliseconds(5000)

  public init() {}
}

/// Modelled power of one part at each of its levels. Level 0 is off or asleep.
public struct PartPower: Sendable, Hashable {
  public var part: Part
  /// Power by level, index 0…3.
  public var levels: [Microwatts]
  /// Time to come up to each level from level 0, index 0…3; what is not stated takes none.
  public var rises: [Duration]
  /// Time to go down from each level to level 0, index 0…3; what is not stated takes none.
  public var falls: [Duration]
  /// Time within which a part that was told to go to the level must be there, index 0…3; what is not stated follows from the rise or fall
  /// (`PowerFigures.limit`).
  public var deadlines: [Duration]

  public init(
    part: Part, levels: [Microwatts], rises: [Duration] = [], falls: [Duration] = [], deadlines: [Duration] = []
  ) {
    self.part = part
    self.levels = levels
    self.rises = rises
    self.falls = falls
    self.deadlines = deadlines
  }
}

public struct PowerFigures: Sendable, Hashable {
  /// What a part may take beyond thrice its stated time before it counts as failed, where the board file states no deadline: long beside
  /// what any part takes, short beside a wearer's patience.
  public static let settlingGrace = Duration.seconds(1)

  public var parts: [PartPower] = []
  /// What parts need of each other on this board, beside what is so on every one: no capture without the light.
  public var dependencies: [PowerDependency] = []
  /// Ways to idle deeper than waiting, from shallow to deep: at most one of each kind. What waiting draws is the processor's level 0.
  public var idle: [IdleLevel] = []
  /// Battery capacity in milliwatt hours, 0 when unknown.
  public var batteryMilliwattHours: Int64 = 0

  public init() {}

  public func power(of part: Part, level: Int) -> Microwatts {
    for entry in parts where entry.part == part {
      return entry.levels.isEmpty ? .zero : entry.levels[min(max(level, 0), entry.levels.count - 1)]
    }
    return .zero
  }

  /// The figures of a way to idle, `wait` included; nil when the board does not know it.
  public func idle(_ kind: IdleKind) -> IdleLevel? {
    if kind == .wait { return waiting }
    for level in idle where level.kind == kind { return level }
    return nil
  }

  /// All ways to idle, from shallow to deep: `wait`, which every board knows and which keeps everything alive, first.
  public var idleLevels: [IdleLevel] { [waiting] + idle }

  private var waiting: IdleLevel { IdleLevel(.wait, power: power(of: .processor, level: 0), sustains: .all) }

  /// Time that a part needs to come up from level 0. A level above the last stated one takes what the last one takes.
  public func rise(of part: Part, level: Int) -> Duration {
    for entry in parts where entry.part == part { return Self.time(entry.rises, level) }
    return .zero
  }

  /// Time that a part needs to go down to level 0. A level above the last stated one takes what the last one takes.
  public func fall(of part: Part, level: Int) -> Duration {
    for entry in parts where entry.part == part { return Self.time(entry.falls, level) }
    return .zero
  }

  /// How long a part may take from one level to another before it counts as failed.
  public func limit(of part: Part, from: Int, to level: Int) -> Duration {
    for entry in parts where entry.part == part && entry.deadlines.indices.contains(level) && entry.deadlines[level] > .zero {
      return entry.deadlines[level]
    }
    let expected = level > from ? rise(of: part, level: level) : fall(of: part, level: from)
    return expected * 3 + Self.settlingGrace
  }

  private static func time(_ times: [Duration], _ level: Int) -> Duration {
    times.isEmpty || level <= 0 ? .zero : times[min(level, times.count - 1)]
  }
}
