import Foundation
import Testing

@testable import BoardFile

@Suite struct BoardFileTests {
  @Test func theSmallestBoardIsValid() throws {
    #expect(try BoardsFolder().problems(of: smallest) == [])
  }

  @Test func theFlatTextOfTheSimulatedGlassesIsPinned() throws {
    let golden = ownBoards.deletingLastPathComponent().appendingPathComponent("Tests/Golden/sim-glasses.flat")
    let board = try BoardFile.load(ownBoards.appendingPathComponent("sim/glasses").path)
    #expect(board.flat == (try String(contentsOf: golden, encoding: .utf8)))
  }

  /// `FlatWiringTests` reads the same lines in the firmware.
  @Test func devicesAndLinesReachTheFlatFile() throws {
    let board = try BoardFile.load(ownBoards.appendingPathComponent("qemu/virt-arm64").path)
    let wiring = board.flat.split(separator: "\n").filter { $0.hasPrefix("devices.") || $0.hasPrefix("lines.") }
    #expect(wiring.contains("devices.camera=/dev/video0"))
    #expect(wiring.contains("devices.battery=/sys/class/power_supply/test_battery"))
    #expect(
      wiring.filter { $0.hasPrefix("lines.button.") } == [
        "lines.button.active=low", "lines.button.bias=pull-up", "lines.button.chip=sotto-sim", "lines.button.line=button",
      ])
    #expect(wiring.filter { $0.hasPrefix("lines.indicator-sense.") }.count == 4)
    #expect(wiring.filter { $0.hasPrefix("lines.indicator.") }.count == 3, "an output has no bias")
  }

  private static let equipped = """
    [camera]
    width = 800
    height = 600
    frame_interval = "40 ms"
    exposure = "8 ms"
    gain = "25 %"
    mirror = true
    flip = false
    [microphone]
    channels = [0, 2]
    mixer = "Mic Boost"
    volume = "80 %"
    [speaker]
    mixer = "Speaker"
    volume = "55 %"
    [display]
    rotation = 90
    tone = "dithered"
    [motion]
    tap_event = "in_accel_x&y&z_mag_rising"
    tilt = 25
    side_axis = "y"

    """

  /// Those of a board that has all of these parts.
  private func settingProblems(_ old: String = "", _ new: String = "") throws -> [String] {
    let boards = try BoardsFolder()
    let text = old.isEmpty ? Self.equipped : Self.equipped.replacingOccurrences(of: old, with: new)
    let glasses = try String(contentsOf: ownBoards.appendingPathComponent("sim/glasses/board.toml"), encoding: .utf8)
    try boards.add("sim/glasses", glasses)
    let path = try boards.add("acme/one", "vendor = \"acme\"\nname = \"one\"\ninherits = \"sim/glasses\"\n" + text)
    do {
      let lines = try BoardFile.load(path).flat.split(separator: "\n").map { String($0) }
      return lines.filter { line in
        ["motion.", "camera.", "microphone.", "speaker.", "display.rot", "display.t"].contains { line.hasPrefix($0) }
      }
    } catch {
      return error.problems.map { "\($0.key): \($0.message)" }
    }
  }

  /// `FlatWiringTests` reads the same lines in the firmware.
  @Test func settingsReachTheFlatFile() throws {
    let lines = try settingProblems()
    for line in [
      "camera.exposure_us=8000", "camera.flip=false", "camera.frame_interval_us=40000", "camera.gain_percent=25",
      "camera.height=600",
      "camera.mirror=true", "camera.width=800", "display.rotation=90", "display.tone=dithered", "microphone.channels=0,2",
      "microphone.mixer=Mic Boost", "microphone.volume_percent=80", "speaker.mixer=Speaker", "speaker.volume_percent=55",
      "motion.side_axis=y", "motion.tap_event=in_accel_x&y&z_mag_rising", "motion.tilt_degrees=25",
    ] { #expect(lines.contains(line), "\(line): \(lines)") }
    #expect(try settingProblems("channels = [0, 2]", "channels = \"mix\"").contains("microphone.channels=mix"))
  }

  @Test(arguments: [
    ("width = 800", "", "camera.width: is missing: a picture has a width and a height"),
    ("height = 600", "", "camera.height: is missing"),
    (
      "exposure = \"8 ms\"", "exposure = \"41 ms\"",
      "camera.exposure: is 41 ms, but must not be longer than camera.frame_interval"
    ),
    ("gain = \"25 %\"", "gain = 25", "camera.gain: must be a share from \"0 %\" to \"100 %\", but is the number 25"),
    ("mirror = true", "miror = true", "camera.miror: is not known here (did you mean mirror?)"),
    (
      "channels = [0, 2]", "channels = [0, 0]",
      "microphone.channels: must be \"mix\", or a list of distinct channels from 0 to 63, but is a list"
    ),
    ("channels = [0, 2]", "channels = 0", "microphone.channels: must be \"mix\", or a list of distinct channels"),
    ("channels = [0, 2]", "channels = []", "microphone.channels: must be \"mix\", or a list of distinct channels"),
    ("mixer = \"Mic Boost\"", "", "microphone.mixer: is missing: the volume is that of an element of the mixer"),
    ("side_axis = \"y\"", "", "motion.side_axis: is missing: a tilt is told from the accelerometer's axis from ear to ear"),
    ("_mag_rising\"", "_rising\"", "motion.tap_event: must be an event of the sensor's folder events without _en"),
    ("tilt = 25", "tilt = 5", "motion.tilt: must be a whole number from 10 to 60, but is the number 5"),
    ("rotation = 90", "rotation = 45", "display.rotation: must be one of 0, 90, 180, 270, but is the number 45"),
    ("tone = \"dithered\"", "tone = \"grey\"", "display.tone: must be one of colour, threshold, dithered"),
  ])
  func aSettingThatDoesNotFitIsNamed(_ change: (old: String, new: String, problem: String)) throws {
    let problems = try settingProblems(change.old, change.new)
    #expect(problems.count == 1 && problems[0].hasPrefix(change.problem), "\(problems)")
  }

  /// A board of Linux whose button is a key of the kernel's.
  private static let asleep = """
    [devices]
    wake = "/sys/devices/platform/gpio-keys"
    [lines.button]
    chip = "input:gpio-keys"
    line = "148"
    active = "high"
    [[power.idle]]
    kind = "suspend"
    milliwatts = 14.1
    source = "TI performance guide, 2026"
    entry = "300 ms"
    exit = "171 ms"
    latency_source = "TI performance guide, 2026"
    millijoules = 118
    transition_source = "estimate: as awake for both ways"

    """

  @Test(arguments: [
    ("", "", ""), ("wake = \"/sys/devices/platform/gpio-keys\"", "", "devices.wake: is missing: the board has ways to idle"),
    ("\"148\"", "\"KEY_PROG1\"", "lines.button.line: must be the number of a key, such as 116 for KEY_POWER"),
    ("active = \"high\"", "active = \"low\"", "lines.button.active: must be high"),
    ("active = \"high\"", "active = \"high\"\nbias = \"pull-up\"", "lines.button.bias: must be left out"),
  ])
  func whoSleepsSaysWhatWakes(_ change: (old: String, new: String, problem: String)) throws {
    let text = (smallest + Self.asleep).replacingOccurrences(of: "kind = \"sim\"", with: "kind = \"linux\"")
    let problems = try BoardsFolder().problems(
      of: change.old.isEmpty ? text : text.replacingOccurrences(of: change.old, with: change.new))
    let expected = change.problem.isEmpty ? [] : [change.problem]
    #expect(problems.count == expected.count && zip(problems, expected).allSatisfy { $0.hasPrefix($1) }, "\(problems)")
  }

  @Test func aSettingOfAPartThatTheBoardLacksIsNamed() throws {
    let problems = try BoardsFolder().problems(of: smallest + "[camera]\ngain = \"5 %\"\n[microphone]\nchannels = [0]\n")
    #expect(
      problems == [
        "camera.gain: the board has no camera among its capabilities",
        "microphone.channels: the board has no microphone among its capabilities",
      ])
  }

  @Test func theArmedGlassesDifferInNameListeningAndQuietHoursOnly() throws {
    let plain = try BoardFile.load(ownBoards.appendingPathComponent("sim/glasses").path)
    let armed = try BoardFile.load(ownBoards.appendingPathComponent("sim/glasses-armed").path)
    let plainLines = Set(plain.flat.split(separator: "\n"))
    let armedLines = Set(armed.flat.split(separator: "\n"))
    #expect(
      armedLines.subtracting(plainLines) == [
        "listening.armed_while_worn=true", "name=glasses-armed", "quiet.from_min=1320", "quiet.to_min=420",
      ])
    #expect(armedLines.count == plainLines.count + 2)
    #expect(armed.chain.count == 2)
  }

  @Test func inheritanceOverridesKeyByKeyAndReplacesAPartsPowerWhole() throws {
    let boards = try BoardsFolder()
    try boards.add(
      "acme/base",
      smallest.replacingOccurrences(of: "\"one\"", with: "\"base\"") + "[button]\ndebounce = \"20 ms\"\nhold = \"2 s\"\n")
    let path = try boards.add(
      "acme/two",
      """
      vendor = "acme"
      name = "two"
      inherits = "acme/base"
      [button]
      hold = "4 s"
      [[power.processor]]
      level = "asleep"
      milliwatts = 27.6
      source = "TI AM62x performance guide, 2026-11"
      [[power.processor]]
      level = "awake"
      milliwatts = 300
      source = "estimate: what a single core draws at this clock"
      """)
    let board = try BoardFile.load(path)
    #expect(
      board.flat == """
        sotto-board 1
        button.debounce_us=20000
        button.hold_us=4000000
        kind=sim
        name=two
        power.link=0
        power.processor=27600,300000
        vendor=acme

        """)
  }

  @Test func aCircleOfInheritanceIsNamed() throws {
    let boards = try BoardsFolder()
    let path = try boards.add("acme/one", "inherits = \"acme/two\"")
    try boards.add("acme/two", "inherits = \"acme/one\"")
    let error = #expect(throws: BoardFileError.self) { try BoardFile.load(path) }
    #expect(error?.description == "\(path): inherits: goes in a circle: acme/one → acme/two → acme/one")
  }

  @Test func aProblemIsReportedAtTheFileThatStatesIt() throws {
    let boards = try BoardsFolder()
    let base = try boards.add("acme/base", smallest + "[button]\nhold = 3\n")
    let path = try boards.add("acme/one", "vendor = \"acme\"\nname = \"one\"\ninherits = \"acme/base\"\n")
    let error = #expect(throws: BoardFileError.self) { try BoardFile.load(path) }
    #expect(error?.problems.map { $0.file } == [base])
    #expect(error?.problems.map { $0.key } == ["button.hold"])
  }

  @Test func aMissingFileAndAMissingAncestorAreToldApart() throws {
    let boards = try BoardsFolder()
    let nowhere = boards.root.appendingPathComponent("acme/none/board.toml").path
    #expect(
      throws: BoardFileError([BoardFileProblem(file: nowhere, key: "", message: "there is no such file, or it cannot be read")])
    ) {
      try BoardFile.load(nowhere)
    }
    let path = try boards.add("acme/one", "inherits = \"acme/gone\"")
    let error = #expect(throws: BoardFileError.self) { try BoardFile.load(path) }
    #expect(error?.problems.first?.file == path)
    #expect(error?.problems.first?.message.hasPrefix("names a board that has no file at ") == true)
  }

  @Test func brokenTomlIsReportedWithItsLine() throws {
    let problems = try BoardsFolder().problems(of: "vendor = \"acme\"\nname = \n")
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix(": line 2, column") == true)
  }

  /// Text added to the smallest board, and the one problem that it must give.
  static let cases: [(added: String, problem: String)] = [
    ("[buton]\nhold = \"3 s\"", "buton: is not known here (did you mean button?); allowed: power, vendor, name, description"),
    ("[button]\nholt = \"3 s\"", "button.holt: is not known here (did you mean hold?); allowed: debounce, hold"),
    ("[button]\nhold = \"3\"", "button.hold: must be a duration from \"500 ms\" to \"10 s\", but is the text \"3\""),
    ("[button]\nhold = \"1 min\"", "button.hold: must be a duration from \"500 ms\" to \"10 s\", but is the text \"1 min\""),
    ("[listening]\narmed_while_worn = \"yes\"", "listening.armed_while_worn: must be true or false, but is the text \"yes\""),
    ("[listening]\narmed_while_worn = true", "listening.armed_while_worn: needs the capabilities microphone and wear"),
    (
      "[gestures]\nlong = \"speak\"",
      "gestures.long: must be one of privacy, talk, look, repeat, wake-word, none, but is the text \"speak\""
    ),
    ("[gestures]\npress = \"look\"", "gestures.press: the board has no camera among its capabilities"),
    ("[gestures]\nlong = \"talk\"", "gestures.long: the board has no microphone among its capabilities"),
    ("[gestures]\ndouble = \"repeat\"", "gestures.double: needs button.multiple: without it each press counts alone"),
    (
      "[listening]\nwake_words = \"okay_nabu high, alexa loud\"",
      "listening.wake_words: must be up to 8 different wake words with commas between them, each a name (letters, digits, - and _), and after a space low, normal, high, highest or a cutoff from 0.05 to 0.99, but is the text \"okay_nabu high, alexa loud\""
    ),
    (
      "[listening]\nwake_words = \"okay_nabu high\"",
      "listening.wake_words: is of no use without armed_while_worn = true"
    ),
    (
      "[listening]\nengaged_period = \"400 ms\"\narmed_period = \"200 ms\"",
      "listening.engaged_period: is 400 ms, but must not be longer than listening.armed_period, which is 200 ms"
    ),
    ("[camera]\nrotation = 45", "camera.rotation: must be one of 0, 90, 180, 270, but is the number 45"),
    ("[display]\nwidth = 5000", "display.width: must be a whole number from 16 to 4096, but is the number 5000"),
    (
      "[link]\nparked_for = \"never\"",
      "link.parked_for: must be a duration from \"0 s\" to \"24 h\", or \"forever\", but is the text \"never\""
    ),
    ("[lines.button]\nactive = \"down\"", "lines.button.active: must be one of high, low, but is the text \"down\""),
    (
      "[battery]\nmilliwatt_hours = 960",
      "battery.source: is missing: where the figure comes from, with the year, or \"estimate: \" and the reasoning"
    ),
    (
      "[battery]\nmilliwatt_hours = 960\nsource = \"trust me\"",
      "battery.source: must be where the figure comes from, with the year, or \"estimate: \" and the reasoning, but is the text \"trust me\""
    ),
    (
      "[[power.camera]]\nlevel = \"off\"\nmilliwatts = 0\nsource = \"estimate: it is switched off\"",
      "power.camera: the board has no camera among its capabilities"
    ),
    (
      "[[power.camra]]\nlevel = \"off\"\nmilliwatts = 0\nsource = \"estimate: it is switched off\"",
      "power.camra: is not a part with levels of power (did you mean camera?); allowed: processor"
    ),
    (
      "[[power.processor]]\nlevel = \"awake\"\nmilliwatts = 300",
      "power.processor[1].source: is missing: where the figure comes from, with the year, or \"estimate: \" and the reasoning"
    ),
    (
      "[[power.processor]]\nlevel = \"awake\"\nsource = \"estimate: what one core draws\"",
      "power.processor[1].milliwatts: is missing: a number from 0 to 20000"
    ),
    (
      "[[power.processor]]\nlevel = \"awake\"\nmilliwatts = -1\nsource = \"estimate: what one core draws\"",
      "power.processor[1].milliwatts: must be a number from 0 to 20000, but is the number -1"
    ),
    (
      "[[power.processor]]\nlevel = \"awake\"\nmiliwatts = 1\nmilliwatts = 1\nsource = \"estimate: what one core draws\"",
      "power.processor[1].miliwatts: is not known here (did you mean milliwatts?); allowed: level, milliwatts, source, rise, rise_source, fall, fall_source, deadline"
    ),
    (
      "[[power.processor]]\nlevel = \"awake\"\nmilliwatts = 1\nsource = \"estimate: what one core draws\"\nrise = \"171 ms\"",
      "power.processor[1].rise_source: is missing: where the figure comes from, with the year, or \"estimate: \" and the reasoning"
    ),
    (
      "[[power.processor]]\nlevel = \"awake\"\nmilliwatts = 1\nsource = \"estimate: what one core draws\"\nrise = \"11 s\"\nrise_source = \"measured 2026\"",
      "power.processor[1].rise: must be a duration from \"0 s\" to \"10 s\", but is the text \"11 s\""
    ),
  ]

  /// One way to idle, with one line exchanged for another, and the problem that it must give.
  static let idleCases: [(old: String, new: String, problem: String)] = [
    ("kind = \"suspend\"", "kind = \"nap\"", "power.idle[0].kind: must be one of standby, suspend, but is the text \"nap\""),
    ("entry = \"300 ms\"", "", "power.idle[0].entry: is missing: a duration from \"0 s\" to \"10 s\""),
    ("exit = \"171 ms\"", "exit = 171", "power.idle[0].exit: must be a duration from \"0 s\" to \"10 s\", but is the number 171"),
    ("millijoules = 118", "milijoules = 118", "power.idle[0].milijoules: is not known here (did you mean millijoules?)"),
    (
      "latency_source = \"TI performance guide, 2026\"", "",
      "power.idle[0].latency_source: is missing: where the figure comes from, with the year"
    ),
    (
      "sustains_source = \"estimate: it lives by itself\"", "",
      "power.idle[0].sustains_source: must be where the figure comes from"
    ),
    ("[\"link.parked\"]", "[\"link.active\"]", "power.idle[0].sustains: \"link.active\" is no level above the first of link"),
    (
      "[\"link.parked\"]", "[\"processor.awake\"]",
      "power.idle[0].sustains: \"processor.awake\" is no level above the first of link"
    ),
  ]

  @Test(arguments: idleCases) func aMistakeInAWayToIdleIsNamed(_ change: (old: String, new: String, problem: String)) throws {
    let idle = """
      [[power.link]]
      level = "parked"
      milliwatts = 1
      source = "estimate: what a radio draws in its sleep"
      [[power.idle]]
      kind = "suspend"
      milliwatts = 14.1
      source = "TI performance guide, 2026"
      entry = "300 ms"
      exit = "171 ms"
      latency_source = "TI performance guide, 2026"
      millijoules = 118
      transition_source = "estimate: as awake for both ways"
      sustains = ["link.parked"]
      sustains_source = "estimate: it lives by itself"

      """
    let boards = try BoardsFolder()
    let path = try boards.add("acme/one", smallest + idle)
    let flat = try BoardFile.load(path).flat
    #expect(flat.contains("idle.suspend=14100,300000,171000,118000\nidle.suspend.sustains=link.1\n"))
    // A longer way out costs in proportion: 118 mJ for 471 ms are 171.6 mJ for 685.
    #expect(
      try BoardFile.load(path).changed("idle.suspend.exit=385 ms").flat.contains("idle.suspend=14100,300000,385000,171614\n"))
    #expect(try BoardFile.load(path).changed("idle.suspend=3.4mW").idleFigures[0].power.basis == .estimate)
    #expect(throws: BoardFileError.self) { try BoardFile.load(path).changed("idle.standby=3.4mW") }
    // A board that inherits from this one can have none of it.
    let heir = "vendor = \"acme\"\nname = \"two\"\ndescription = \"An heir\"\ninherits = \"acme/one\"\n"
    #expect(try !BoardFile.load(boards.add("acme/two", heir + "[power]\nidle = []\n")).flat.contains("idle."))
    #expect(throws: BoardFileError.self) { try BoardFile.load(path).changed("idle.suspend.exit=never") }
    let problems = try BoardsFolder().problems(of: smallest + idle.replacingOccurrences(of: change.old, with: change.new))
    #expect(problems.contains { $0.hasPrefix(change.problem) }, "\(problems)")
  }

  @Test(arguments: cases) func aMistakeIsNamedWithItsKeyAndWhatIsAllowed(_ mistake: (added: String, problem: String)) throws {
    let problems = try BoardsFolder().problems(of: smallest + mistake.added + "\n")
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix(mistake.problem) == true, "\(problems)")
  }

  @Test func someGestureHasToBeThePrivacyHold() throws {
    let glasses = try BoardFile.load(ownBoards.appendingPathComponent("sim/glasses").path)
    let error = #expect(throws: BoardFileError.self) { try glasses.changed("gestures.long=talk") }
    #expect(error?.description.contains("has to be privacy") == true, "\(String(describing: error))")
    #expect(throws: BoardFileError.self) { try glasses.changed("gestures.long=wake-word") }
    let talking = try BoardFile.load(ownBoards.appendingPathComponent("sim/glasses-talk").path)
    #expect(talking.flat.contains("gestures.double=privacy\ngestures.long=talk\n"))
  }

  /// Text of the smallest board that is replaced, and the problems that it must give.
  static let replacements: [(old: String, new: String, keys: [String])] = [
    ("kind = \"sim\"", "kind = \"windows\"", ["kind"]),
    ("name = \"one\"", "name = \"two\"", ["name"]),
    ("name = \"one\"", "name = \"One\"", ["name"]),
    ("vendor = \"acme\"", "vendor = \"acne\"", ["vendor"]),
    ("description = \"A board\"", "", ["description"]),
    ("[\"button\"]", "[\"button\", \"button\"]", ["capabilities"]),
    ("[\"button\"]", "[\"buton\"]", ["capabilities"]),
    ("[\"button\"]", "[\"battery\"]", ["battery.milliwatt_hours"]),
    ("[\"button\"]", "[\"display\"]", ["display", "power.display"]),
    ("[\"button\"]", "[\"microphone\"]", ["capabilities", "power.microphone"]),
    ("kind = \"sim\"", "kind = \"linux\"", ["lines.button.chip", "lines.button.line", "lines.button.active"]),
    ("[[power.link]]", "[[power.indicator]]", ["power.link", "power.indicator"]),
    ("description = \"A board\"", "description = 2026-11-01", ["description"]),
  ]

  @Test(arguments: replacements) func whatIsMissingOrDoesNotFitIsNamed(_ change: (old: String, new: String, keys: [String]))
    throws
  {
    let problems = try BoardsFolder().problems(of: smallest.replacingOccurrences(of: change.old, with: change.new))
    #expect(problems.map { String($0.prefix { $0 != ":" }) } == change.keys, "\(problems)")
  }

  @Test func everyKeyIsDocumented() throws {
    let guide = try String(
      contentsOf: ownBoards.deletingLastPathComponent().appendingPathComponent("docs/boards.md"), encoding: .utf8)
    for field in BoardSchema.fields {
      let documented =
        field.path.hasPrefix("lines.")
        ? guide.contains("`\(field.path.split(separator: ".").last!)`") : guide.contains("`\(field.path)`")
      #expect(documented, "docs/boards.md does not mention \(field.path)")
      if let flat = field.flat { #expect(guide.contains("`\(flat)`"), "docs/boards.md does not mention \(flat)") }
    }
  }
}

@Suite struct DurationTextTests {
  @Test(arguments: [
    ("15 ms", 15_000_000), ("1.5s", 1_500_000_000), ("2min", 120_000_000_000), ("24h", 86_400_000_000_000), ("0.25 us", 250),
    ("0s", 0),
  ])
  func readsANumberWithItsUnit(_ sample: (text: String, nanoseconds: Int64)) {
    #expect(DurationText.parse(sample.text) == .nanoseconds(sample.nanoseconds))
  }

  @Test(arguments: ["", "5", "s", "-1s", "1 m", "1.s", ".5s", "1,5s", "1.5.5s", "0.0001us", "1e3ms", "9999999999999h", "1001h"])
  func refusesWhatIsNotExact(_ text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test(arguments: ["15 ms", "1.5 s", "600 ms", "20 s", "1 min", "90 s", "24 h", "0 s", "1.05 ms", "250 us"])
  func writesWhatItReads(_ text: String) throws {
    #expect(DurationText.text(of: try #require(DurationText.parse(text))) == text)
  }

  @Test func aLongDurationWithAnOddRestIsToldInSeconds() {
    #expect(DurationText.text(of: .nanoseconds(152_431_463_871)) == "152.431463871 s")
    #expect(DurationText.text(of: .seconds(7_200)) == "2 h")
  }
}
