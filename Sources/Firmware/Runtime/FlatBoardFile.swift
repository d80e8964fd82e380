import HAL
import Power
import Units

/// Why a flat board file was refused. Raw values are fixed: they stand in logs.
public enum FlatBoardCause: UInt8, Sendable, Hashable {
  /// The first line is not `sotto-board 1`.
  case header = 1
  /// A line is longer than 512 bytes, or the file longer than 64 KiB.
  case tooLong = 2
  /// The line has no `=`, or its key is empty.
  case notAKeyAndValue = 3
  case unknownKey = 4
  /// The keys do not ascend (a repeated key does not either).
  case outOfOrder = 5
  /// The value is not a number in digits.
  case notANumber = 6
  case outOfRange = 7
  /// The value is neither `true` nor `false`.
  case notABoolean = 8
  /// The value is not printable ASCII text.
  case notText = 9
  /// A part has no level, or more than four.
  case levels = 10
  /// The dependency closes a circle of parts that need each other.
  case circle = 11
  /// The value is none of the words that the key takes.
  case notAChoice = 12
  /// The figures of a way to idle are not those of docs/boards.md.
  case idle = 13

  /// What a person is told.
  public var phrase: StaticString {
    switch self {
    case .header: "the first line is not `sotto-board 1`"
    case .tooLong: "the line or the file is too long"
    case .notAKeyAndValue: "the line is not `key=value`"
    case .unknownKey: "the key is not known"
    case .outOfOrder: "the keys are not in ascending order, or one is repeated"
    case .notANumber: "the value is not a number"
    case .outOfRange: "the value is out of range"
    case .notABoolean: "the value is neither true nor false"
    case .notText: "the value is not printable text"
    case .notAChoice: "the value is none of the words that the key takes"
    case .levels: "a part takes one to four levels of power"
    case .circle: "the parts need each other in a circle: none of them could come up first"
    case .idle: "a way to idle takes four numbers, or the parts that it keeps up as part.level"
    }
  }
}

/// Where and why a flat board file was refused. Lines count from 1.
public struct FlatBoardError: Error, Sendable, Hashable {
  public var line: Int
  public var cause: FlatBoardCause

  public init(line: Int, cause: FlatBoardCause) {
    self.line = line
    self.cause = cause
  }
}

/// Reads the flat file that `sotto board check --flat` makes from `board.toml` (docs/boards.md).
///
/// A key that is missing leaves the default of `BoardDescription`; a key that is unknown is an error.
public enum FlatBoardFile {
  public static let longestLine = 512
  public static let longestFile = 65_536

  public static func parse(_ bytes: Span<UInt8>) throws(FlatBoardError) -> BoardDescription {
    guard bytes.count <= longestFile else { throw FlatBoardError(line: 1, cause: .tooLong) }
    var description = BoardDescription()
    var previousKey: Range<Int>?
    var start = 0
    var line = 1
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      guard end - start <= longestLine else { throw FlatBoardError(line: line, cause: .tooLong) }
      let field = FlatField(bytes: bytes, line: line, start: start, end: end)
      if line == 1 {
        guard field.wholeLine(is: "sotto-board 1") else { throw FlatBoardError(line: 1, cause: .header) }
      } else {
        let key = try field.key()
        if let previousKey, !field.ascends(from: previousKey, to: key) { throw FlatBoardError(line: line, cause: .outOfOrder) }
        previousKey = key
        try apply(field, to: &description)
      }
      start = end + 1
      line += 1
    }
    guard line > 1 else { throw FlatBoardError(line: 1, cause: .header) }
    return description
  }

  private static func apply(_ field: borrowing FlatField, to description: inout BoardDescription) throws(FlatBoardError) {
    let hour: Int64 = 3_600_000_000
    if try field.isKey("vendor") {
      description.vendor = try field.text()
    } else if try field.isKey("name") {
      description.name = try field.text()
    } else if try field.isKey("kind") {
      description.kind = try field.text()
    } else if try field.isKey("button.debounce_us") {
      description.button.debounce = try field.duration(0...hour)
    } else if try field.isKey("button.long_press_us") {
      description.button.longPress = try field.duration(1...hour)
    } else if try field.isKey("button.hold_us") {
      description.button.hold = try field.duration(1...hour)
    } else if try field.isKey("button.multiple_us") {
      description.button.multiple = try field.duration(0...hour)
    } else if try field.isKey("gestures.double") {
      description.gestures.double = try field.action([.none, .look, .repeat, .wakeWord, .privacy])
    } else if try field.isKey("gestures.long") {
      description.gestures.long = try field.action([.none, .look, .repeat, .wakeWord, .privacy, .talk])
    } else if try field.isKey("gestures.press") {
      description.gestures.press = try field.action([.none, .ask, .look])
    } else if try field.isKey("gestures.triple") {
      description.gestures.triple = try field.action([.none, .look, .repeat, .wakeWord, .privacy])
    } else if try field.isKey("display.width") {
      description.display.width = Int(try field.number(1...4096))
    } else if try field.isKey("display.height") {
      description.display.height = Int(try field.number(1...4096))
    } else if try field.isKey("display.density") {
      description.display.density = Int(try field.number(1...4096))
    } else if try field.isKey("overlay.card_time_us") {
      description.overlay.cardTime = try field.duration(1...hour)
    } else if try field.isKey("overlay.interruption_interval_us") {
      description.overlay.interruptionInterval = try field.duration(0...24 * hour)
    } else if try field.isKey("link.address") {
      description.link.address = try field.text()
    } else if try field.isKey("link.connect_deadline_us") {
      description.link.connectDeadline = try field.duration(1...hour)
    } else if try field.isKey("link.parked_for_us") {
      description.link.parkedFor = try field.isValue("forever") ? nil : field.duration(0...24 * hour)
    } else if try field.isKey("battery.milliwatt_hours") {
      description.power.batteryMilliwattHours = try field.number(0...1_000_000)
    } else if !(try applyListening(field, to: &description.listening)), !(try applyPower(field, to: &description.power)),
      !(try applyDevices(field, to: &description.devices)), !(try applyLines(field, to: &description.lines)),
      !(try applySettings(field, to: &description)),
      !(try applyIdle(field, to: &description.power)),
      !(try applyStages(field, to: &description))
    {
      throw field.error(.unknownKey)
    }
  }

  private static func applyListening(_ field: borrowing FlatField, to listening: inout ListeningPolicy) throws(FlatBoardError)
    -> Bool
  {
    let range: ClosedRange<Int64> = 1...3_600_000_000
    if try field.isKey("listening.wake_words") {
      listening.wakeWords = try field.text()
    } else if try field.isKey("listening.armed_while_worn") {
      listening.armedWhileWorn = try field.boolean()
    } else if try field.isKey("listening.wake_on_sound") {
      listening.wakesOnSound = try field.boolean()
    } else if try field.isKey("listening.pre_roll_us") {
      listening.preRoll = try field.duration(0...10_000_000)
    } else if try field.isKey("listening.end_silence_us") {
      listening.endSilence = try field.duration(range)
    } else if try field.isKey("listening.shortest_end_silence_us") {
      listening.shortestEndSilence = try field.duration(range)
    } else if try field.isKey("listening.longest_end_silence_us") {
      listening.longestEndSilence = try field.duration(range)
    } else if try field.isKey("listening.nothing_said_us") {
      listening.nothingSaid = try field.duration(range)
    } else if try field.isKey("listening.longest_utterance_us") {
      listening.longestUtterance = try field.duration(range)
    } else if try field.isKey("listening.answer_deadline_us") {
      listening.answerDeadline = try field.duration(range)
    } else if try field.isKey("listening.armed_period_us") {
      listening.armedPeriod = try field.duration(range)
    } else if try field.isKey("listening.engaged_period_us") {
      listening.engagedPeriod = try field.duration(range)
    } else {
      return false
    }
    return true
  }

  private static func applyStages(
    _ field: borrowing FlatField, to description: inout BoardDescription
  ) throws(FlatBoardError) -> Bool {
    func percent() throws(FlatBoardError) -> Percent { Percent(Int(try field.number(0...100))) }
    func temperature() throws(FlatBoardError) -> DeciCelsius { DeciCelsius(Int32(try field.number(0...1_500))) }
    func time() throws(FlatBoardError) -> LocalTime {
      LocalTime(milliseconds: try field.number(0...LocalTime.dayLength / 60_000 - 1) * 60_000)
    }
    if try field.isKey("battery.low_percent") {
      description.battery.low = try percent()
    } else if try field.isKey("battery.critical_percent") {
      description.battery.critical = try percent()
    } else if try field.isKey("battery.shutdown_percent") {
      description.battery.shutdown = try percent()
    } else if try field.isKey("battery.margin_percent") {
      description.battery.margin = try percent()
    } else if try field.isKey("thermal.warm_decicelsius") {
      description.thermal.warm = try temperature()
    } else if try field.isKey("thermal.hot_decicelsius") {
      description.thermal.hot = try temperature()
    } else if try field.isKey("thermal.shutdown_decicelsius") {
      description.thermal.shutdown = try temperature()
    } else if try field.isKey("thermal.margin_decicelsius") {
      description.thermal.margin = try temperature()
    } else if try field.isKey("quiet.from_min") {
      description.quiet = QuietHours(from: try time(), to: description.quiet?.to ?? LocalTime(milliseconds: 0))
    } else if try field.isKey("quiet.to_min") {
      description.quiet = QuietHours(from: description.quiet?.from ?? LocalTime(milliseconds: 0), to: try time())
    } else {
      return false
    }
    return true
  }

  private static func applyIdle(_ field: borrowing FlatField, to power: inout PowerFigures) throws(FlatBoardError) -> Bool {
    for kind in [IdleKind.standby, .suspend] where try field.isKey("idle.", kind.name) {
      let figures = try field.levels()
      guard figures.count == 4 else { throw field.error(.idle) }
      power.idle.append(
        IdleLevel(
          kind, power: figures[0], entryLatency: .microseconds(figures[1].value), exitLatency: .microseconds(figures[2].value),
          transition: Nanojoules(figures[3].value * 1000), sustains: .none))
      return true
    }
    // `idle.KIND` comes before `idle.KIND.sustains`: the lines ascend.
    for index in power.idle.indices where try field.isKey("idle.", power.idle[index].kind.name, ".sustains") {
      power.idle[index].sustains = try field.partLevels()
      return true
    }
    return false
  }

  private static func applyPower(_ field: borrowing FlatField, to power: inout PowerFigures) throws(FlatBoardError) -> Bool {
    for part in Part.allCases {
      if try field.isKey("power.", part.name) {
        power.parts[entry(of: part, in: &power)].levels = try field.levels()
        return true
      }
      if try field.isKey("rise.", part.name) {
        power.parts[entry(of: part, in: &power)].rises = try field.times()
        return true
      }
      if try field.isKey("fall.", part.name) {
        power.parts[entry(of: part, in: &power)].falls = try field.times()
        return true
      }
      if try field.isKey("deadline.", part.name) {
        power.parts[entry(of: part, in: &power)].deadlines = try field.times()
        return true
      }
    }
    for kind in PowerDependency.Kind.allCases {
      guard let dependency = try field.dependency(kind) else { continue }
      power.dependencies.append(dependency)
      guard PowerDependency.circle(in: Conductor.privacy + power.dependencies) == nil else { throw field.error(.circle) }
      return true
    }
    return false
  }

  private static func entry(of part: Part, in power: inout PowerFigures) -> Int {
    for index in power.parts.indices where power.parts[index].part == part { return index }
    power.parts.append(PartPower(part: part, levels: []))
    return power.parts.count - 1
  }
}
