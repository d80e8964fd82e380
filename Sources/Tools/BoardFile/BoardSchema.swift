/// What a key of a board file takes.
enum FieldKind: Sendable {
  /// A lower-case name: letters, digits, hyphens.
  case name
  /// One line of printable ASCII.
  case line
  /// Names of wake words with their sensitivities, `"okay_nabu, hey_jarvis high, alexa 0.85"`.
  case wakeWords
  case boolean
  case integer(ClosedRange<Int64>)
  case choice([String])
  case integerChoice([Int64])
  /// A list of distinct words out of these.
  case choices([String])
  case duration(ClosedRange<Duration>)
  /// A duration, or the word `forever`.
  case durationOrForever(ClosedRange<Duration>)
  /// A share in percent, `"20 %"`.
  case percent(ClosedRange<Int64>)
  /// A temperature in degrees Celsius, at most one decimal, `"43 C"`; the range is in tenths.
  case temperature(ClosedRange<Int64>)
  /// A time of day, `"22:00"`.
  case timeOfDay
  /// An event of a sensor as the kernel names it, without `_en`: `in_accel_gesture_doubletap`.
  case eventName
  /// `"mix"`, or a list of distinct channel numbers below this.
  case channels(below: Int64)
  /// Where a figure comes from: a text with a year, or `estimate: reasoning`.
  case source
}

/// One key: its path, what it takes, the key of the flat file (nil: the firmware does not need it) and what it means.
struct Field: Sendable {
  var path: String
  var kind: FieldKind
  var flat: String?
  var meaning: String
}

/// The keys of `board.toml`. docs/boards.md explains them; a test compares the two.
enum BoardSchema {
  static let capabilities = [
    "camera", "microphone", "speaker", "display", "battery", "thermal", "button", "wear", "indicator", "indicator-sense",
    "privacy", "motion", "sound",
  ]
  /// Parts that have levels of power. The names are those of `HAL.Part`.
  static let poweredParts = ["processor", "camera", "microphone", "speaker", "display", "link", "indicator"]
  static let lines = ["button", "wear", "indicator", "indicator-sense", "privacy", "sound"]
  static let deviceNames = ["camera", "microphone", "speaker", "display", "battery", "thermal", "motion"]
  /// Levels that the firmware's power elements have at most: 0…3.
  static let mostLevels = 4

  static let fields: [Field] =
    [
      Field(path: "vendor", kind: .name, flat: "vendor", meaning: "who makes the board; the folder's name too"),
      Field(path: "name", kind: .name, flat: "name", meaning: "the board; the folder's name too"),
      Field(path: "description", kind: .line, flat: nil, meaning: "one line for a person"),
      Field(path: "inherits", kind: .line, flat: nil, meaning: "`vendor/board` whose file fills in what this one leaves out"),
      Field(path: "kind", kind: .choice(["sim", "linux"]), flat: "kind", meaning: "which board implementation drives it"),
      Field(path: "capabilities", kind: .choices(capabilities), flat: nil, meaning: "the parts that the board has"),
      Field(
        path: "button.debounce", kind: .duration(.zero ... .milliseconds(200)), flat: "button.debounce_us",
        meaning: "a level must hold this long to count"),
      Field(
        path: "button.hold", kind: .duration(.milliseconds(500) ... .seconds(10)), flat: "button.hold_us",
        meaning: "a press at least this long is a hold: pairing"),
      Field(
        path: "button.long_press", kind: .duration(.milliseconds(300) ... .seconds(5)), flat: "button.long_press_us",
        meaning: "a press at least this long is a long press"),
      Field(
        path: "button.multiple", kind: .duration(.zero ... .seconds(1)), flat: "button.multiple_us",
        meaning: "short presses within this time count as a double or triple press; 0 s: each counts alone"),
      Field(
        path: "gestures.press", kind: .choice(["ask", "look", "none"]), flat: "gestures.press",
        meaning: "what a press asks for at rest; in a turn it stops"),
      Field(
        path: "gestures.double", kind: .choice(["none", "look", "repeat", "wake-word", "privacy"]), flat: "gestures.double",
        meaning: "what two presses within button.multiple ask for"),
      Field(
        path: "gestures.triple", kind: .choice(["none", "look", "repeat", "wake-word", "privacy"]), flat: "gestures.triple",
        meaning: "what three of them ask for"),
      Field(
        path: "gestures.long", kind: .choice(["privacy", "talk", "look", "repeat", "wake-word", "none"]), flat: "gestures.long",
        meaning: "what a long press asks for"),
      Field(
        path: "listening.armed_while_worn", kind: .boolean, flat: "listening.armed_while_worn",
        meaning: "whether the microphone listens locally while the glasses are worn"),
      Field(
        path: "listening.wake_words", kind: .wakeWords, flat: "listening.wake_words",
        meaning: "the wake words that are listened for while armed, each with its sensitivity where it is not the usual"),
      Field(
        path: "listening.wake_on_sound", kind: .boolean, flat: "listening.wake_on_sound",
        meaning: "whether the armed microphone is off until the sound line tells of sound"),
      Field(
        path: "listening.pre_roll", kind: .duration(.zero ... .seconds(5)), flat: "listening.pre_roll_us",
        meaning: "sound from before the wake that is kept"),
      Field(
        path: "listening.end_silence", kind: .duration(.milliseconds(100) ... .seconds(5)), flat: "listening.end_silence_us",
        meaning: "silence after speech that ends the turn"),
      Field(
        path: "listening.shortest_end_silence", kind: .duration(.milliseconds(100) ... .seconds(5)),
        flat: "listening.shortest_end_silence_us", meaning: "the same after words that sound complete"),
      Field(
        path: "listening.longest_end_silence", kind: .duration(.milliseconds(100) ... .seconds(5)),
        flat: "listening.longest_end_silence_us", meaning: "the same after a hesitation"),
      Field(
        path: "listening.nothing_said", kind: .duration(.seconds(1) ... .seconds(60)), flat: "listening.nothing_said_us",
        meaning: "with nothing said for this long after a wake the glasses sleep again"),
      Field(
        path: "listening.longest_utterance", kind: .duration(.seconds(2) ... .seconds(120)),
        flat: "listening.longest_utterance_us",
        meaning: "the longest question"),
      Field(
        path: "listening.answer_deadline", kind: .duration(.seconds(1) ... .seconds(120)), flat: "listening.answer_deadline_us",
        meaning: "the host must begin to answer within this time"),
      Field(
        path: "listening.armed_period", kind: .duration(.milliseconds(10) ... .milliseconds(500)),
        flat: "listening.armed_period_us",
        meaning: "microphone period while armed: long, to wake seldom"),
      Field(
        path: "listening.engaged_period", kind: .duration(.milliseconds(10) ... .milliseconds(500)),
        flat: "listening.engaged_period_us",
        meaning: "microphone period while engaged: short, for latency"),
      Field(
        path: "camera.rotation", kind: .integerChoice([0, 90, 180, 270]), flat: "camera.rotation",
        meaning: "clockwise degrees that make a picture upright"),
      Field(
        path: "camera.deadline", kind: .duration(.milliseconds(100) ... .seconds(30)), flat: "camera.deadline_us",
        meaning: "a still that takes longer has failed"),
      Field(path: "camera.width", kind: .integer(16...16_384), flat: "camera.width", meaning: "pixels of the picture wanted"),
      Field(path: "camera.height", kind: .integer(16...16_384), flat: "camera.height", meaning: "pixels of the picture wanted"),
      Field(
        path: "camera.frame_interval", kind: .duration(.milliseconds(1) ... .seconds(2)), flat: "camera.frame_interval_us",
        meaning: "from one frame to the next while a still settles"),
      Field(
        path: "camera.exposure", kind: .duration(.microseconds(100) ... .seconds(1)), flat: "camera.exposure_us",
        meaning: "time for which each frame is exposed; unstated, the camera sees to it"),
      Field(
        path: "camera.gain", kind: .percent(0...100), flat: "camera.gain_percent",
        meaning: "amplification in hundredths of the sensor's range; unstated, the camera sees to it"),
      Field(
        path: "camera.at_wake", kind: .boolean, flat: "camera.at_wake",
        meaning: "a picture is taken at each wake instead of when the words call for it"),
      Field(path: "camera.mirror", kind: .boolean, flat: "camera.mirror", meaning: "left and right exchanged by the sensor"),
      Field(path: "camera.flip", kind: .boolean, flat: "camera.flip", meaning: "top and bottom exchanged by the sensor"),
      Field(
        path: "microphone.channels", kind: .channels(below: 64), flat: "microphone.channels",
        meaning: "the channels of the device that are heard, counted from 0, or their mean"),
      Field(
        path: "microphone.mixer", kind: .line, flat: "microphone.mixer",
        meaning: "the mixer's element that is switched on when the microphone starts"),
      Field(
        path: "microphone.volume", kind: .percent(0...100), flat: "microphone.volume_percent",
        meaning: "hundredths of that element's range"),
      Field(
        path: "speaker.mixer", kind: .line, flat: "speaker.mixer",
        meaning: "the mixer's element that is switched on when the speaker starts"),
      Field(
        path: "speaker.volume", kind: .percent(0...100), flat: "speaker.volume_percent",
        meaning: "hundredths of that element's range"),
      Field(
        path: "display.rotation", kind: .integerChoice([0, 90, 180, 270]), flat: "display.rotation",
        meaning: "clockwise degrees by which the picture is turned before the panel shows it"),
      Field(
        path: "display.tone", kind: .choice(["colour", "threshold", "dithered"]), flat: "display.tone",
        meaning: "what a panel of two tones makes of shades"),
      Field(
        path: "motion.tap_event", kind: .eventName, flat: "motion.tap_event",
        meaning: "the accelerometer's event that counts as a tap, as the kernel names it"),
      Field(
        path: "motion.tilt", kind: .integer(10...60), flat: "motion.tilt_degrees",
        meaning: "degrees by which the head is bent to a side to take an answer away; unstated, no tilt is watched for"),
      Field(
        path: "motion.side_axis", kind: .choice(["x", "y", "z"]), flat: "motion.side_axis",
        meaning: "the accelerometer's axis from ear to ear"),
      Field(path: "display.width", kind: .integer(16...4096), flat: "display.width", meaning: "pixels"),
      Field(path: "display.height", kind: .integer(16...4096), flat: "display.height", meaning: "pixels"),
      Field(
        path: "display.density", kind: .integer(20...1000), flat: "display.density",
        meaning: "pixels per inch as the wearer sees it, for text size"),
      Field(
        path: "overlay.card_time", kind: .duration(.seconds(1) ... .seconds(60)), flat: "overlay.card_time_us",
        meaning: "an answer card stays at most this long"),
      Field(
        path: "overlay.interruption_interval", kind: .duration(.zero ... .seconds(86_400)),
        flat: "overlay.interruption_interval_us",
        meaning: "unasked cards come at most once in this time"),
      Field(path: "link.address", kind: .line, flat: "link.address", meaning: "the host, `host:port`"),
      Field(
        path: "link.connect_deadline", kind: .duration(.milliseconds(100) ... .seconds(60)), flat: "link.connect_deadline_us",
        meaning: "opening TCP and TLS must be done in this time"),
      Field(
        path: "link.parked_for", kind: .durationOrForever(.zero ... .seconds(86_400)), flat: "link.parked_for_us",
        meaning: "how long an idle link stays open after the last turn"),
      Field(path: "battery.milliwatt_hours", kind: .integer(1...100_000), flat: "battery.milliwatt_hours", meaning: "capacity"),
      Field(path: "battery.source", kind: .source, flat: nil, meaning: "where the capacity comes from"),
      Field(
        path: "battery.low", kind: .percent(0...99), flat: "battery.low_percent",
        meaning: "at this charge and below the wake word is off"),
      Field(
        path: "battery.critical", kind: .percent(0...99), flat: "battery.critical_percent",
        meaning: "at this charge and below there is no camera and no display"),
      Field(
        path: "battery.shutdown", kind: .percent(0...99), flat: "battery.shutdown_percent",
        meaning: "at this charge and below the glasses switch themselves off; 0 % never"),
      Field(
        path: "battery.margin", kind: .percent(0...20), flat: "battery.margin_percent",
        meaning: "a stage ends when the charge is more than this above it"),
      Field(
        path: "thermal.warm", kind: .temperature(200...1_200), flat: "thermal.warm_decicelsius",
        meaning: "at this temperature and above the wake word is off"),
      Field(
        path: "thermal.hot", kind: .temperature(200...1_200), flat: "thermal.hot_decicelsius",
        meaning: "at this temperature and above there is no camera and no display"),
      Field(
        path: "thermal.shutdown", kind: .temperature(200...1_200), flat: "thermal.shutdown_decicelsius",
        meaning: "at this temperature and above the glasses switch themselves off"),
      Field(
        path: "thermal.margin", kind: .temperature(0...200), flat: "thermal.margin_decicelsius",
        meaning: "a stage ends when the temperature is more than this below it"),
      Field(path: "thermal.source", kind: .source, flat: nil, meaning: "where these temperatures come from"),
      Field(path: "quiet.from", kind: .timeOfDay, flat: "quiet.from_min", meaning: "the quiet hours begin"),
      Field(path: "quiet.to", kind: .timeOfDay, flat: "quiet.to_min", meaning: "the quiet hours end"),
    ]
    + deviceNames.map {
      Field(
        path: "devices.\($0)", kind: .line, flat: "devices.\($0)",
        meaning: "the kernel's device, such as `/dev/video0` or `hw:0`; boards of kind linux")
    }
    + [
      Field(
        path: "devices.wake", kind: .line, flat: "devices.wake",
        meaning: "folders of `/sys/devices`, separated by spaces, of what may wake the system from suspend")
    ]
    + lines.flatMap { line in
      [
        Field(path: "lines.\(line).chip", kind: .line, flat: "lines.\(line).chip", meaning: "the GPIO chip's label"),
        Field(path: "lines.\(line).line", kind: .line, flat: "lines.\(line).line", meaning: "the line's name in the device tree"),
        Field(path: "lines.\(line).active", kind: .choice(["high", "low"]), flat: "lines.\(line).active", meaning: "polarity"),
        Field(
          path: "lines.\(line).bias", kind: .choice(["none", "pull-up", "pull-down"]), flat: "lines.\(line).bias",
          meaning: "bias of an input"),
      ]
    }

  /// Keys that say how a part is set, and mean nothing without it.
  static let settings: [(part: String, keys: [String])] = [
    ("camera", ["width", "height", "frame_interval", "exposure", "gain", "mirror", "flip", "at_wake"]),
    ("microphone", ["channels", "mixer", "volume"]), ("speaker", ["mixer", "volume"]), ("display", ["rotation", "tone"]),
    ("motion", ["tap_event", "tilt", "side_axis"]),
  ]

  /// What `rise` and `fall` take: the time to come up to a level from level 0, and to go down from it to level 0.
  static let riseKind = FieldKind.duration(.zero ... .seconds(10))
  /// What `deadline` takes: the time within which the part must be at the level.
  static let deadlineKind = FieldKind.duration(.milliseconds(10) ... .seconds(60))

  /// The keys of one entry of `[[power.PART]]`.
  static let levelKeys = ["level", "milliwatts", "source", "rise", "rise_source", "fall", "fall_source", "deadline"]

  /// The keys of one entry of `[[power.dependency]]`, all of them required.
  static let dependencyKeys: [(key: String, kind: FieldKind)] = [
    ("part", .choice(poweredParts)), ("level", .name), ("requires", .choice(poweredParts)), ("requires_level", .name),
    ("kind", .choice(["assertive", "opportunistic"])),
  ]
  /// Who needs whom on every board, whatever its file says: no capture without the light.
  static let builtInDependencies = [(part: "camera", requires: "indicator"), (part: "microphone", requires: "indicator")]
}
