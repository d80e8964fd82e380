import HAL
import Units

/// What happens to the glasses from outside: one line of a scenario or of a person at the console.
public enum Stimulus: Sendable, Equatable {
  /// `press MS`: the button goes down now and up after that time.
  case press(Duration)
  /// `button down|up`
  case button(Bool)
  /// `tap`: on the frame.
  case tap
  /// `tilt`: the head is bent to a side.
  case tilt
  /// `wear on|off`
  case wear(Bool)
  /// `say WAVPATH`: sound near the microphone, whether or not anything listens.
  case say(String)
  /// `look IMAGEPATH`: what is before the camera: a picture, or a folder whose pictures come in turn.
  case look(String)
  /// `battery PERCENT`
  case battery(Percent)
  /// `charging on|off`
  case charging(Bool)
  /// `network up|down`: a network that is down refuses, and ends the connection that there is.
  case network(Bool)
  /// `network out`: nothing gets through, and nobody is told, until `network up`. In virtual time.
  case outage
  /// `weather DELAY JITTER LOSS RATE`: milliseconds, losses per thousand, bytes a second (0: as many as there are). In virtual time.
  case weather(Weather)
  /// `temperature DECIC`: tenths of a degree Celsius.
  case temperature(DeciCelsius)
  /// `time HH:MM`: the board's own clock is read, and it is so late where the wearer is.
  case time(LocalTime)
  /// `indicator ok|stuck`: a stuck indicator stays dark.
  case indicatorStuck(Bool)
  /// `type TEXT`
  case type(String)
  /// `quit`
  case quit
}

/// Why a line is no stimulus, in words for the person who wrote it.
public struct StimulusError: Error, Sendable, Equatable {
  public var explanation: String
}

extension Stimulus {
  /// Longest `press`, in milliseconds: beyond it a line is taken for a mistake.
  static let longestPress = 60_000

  private static let verbs =
    "press, button, tap, tilt, wear, say, look, battery, charging, network, weather, temperature, time, indicator, type and quit"

  /// Reads one line without its end. Spaces around it and around its first word do not count; nil when it is empty or a comment (`#`).
  public static func parse(_ line: String) throws(StimulusError) -> Stimulus? {
    try parse(bytes: [UInt8](line.utf8)[...])
  }

  static func parse(bytes: ArraySlice<UInt8>) throws(StimulusError) -> Stimulus? {
    let line = trimmed(bytes)
    guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
    let end = line.firstIndex(where: isSpace) ?? line.endIndex
    let verb = line[line.startIndex..<end]
    let rest = trimmed(line[end...])
    if verb == "press" { return .press(.milliseconds(try number(rest, 1...longestPress, of: "press", "milliseconds"))) }
    if verb == "button" { return .button(try choice(rest, "down", "up", of: "button")) }
    if verb == "tap" || verb == "tilt" {
      guard rest.isEmpty else { throw StimulusError(explanation: string(verb) + " takes nothing after it") }
      return verb == "tap" ? .tap : .tilt
    }
    if verb == "wear" { return .wear(try choice(rest, "on", "off", of: "wear")) }
    if verb == "say" { return .say(try text(rest, of: "say", "the path of a WAV file")) }
    if verb == "look" { return .look(try text(rest, of: "look", "the path of a picture or of a folder of pictures")) }
    if verb == "battery" { return .battery(Percent(try number(rest, 0...100, of: "battery", "percent"))) }
    if verb == "charging" { return .charging(try choice(rest, "on", "off", of: "charging")) }
    if verb == "network" { return rest == "out" ? .outage : .network(try choice(rest, "up", "down", of: "network")) }
    if verb == "weather" { return .weather(try weather(rest)) }
    if verb == "temperature" {
      return .temperature(DeciCelsius(Int32(try number(rest, -400...1500, of: "temperature", "tenths of a degree Celsius"))))
    }
    if verb == "time" { return .time(try time(rest)) }
    if verb == "indicator" { return .indicatorStuck(try choice(rest, "stuck", "ok", of: "indicator")) }
    if verb == "type" { return .type(try text(rest, of: "type", "a text")) }
    if verb == "quit" {
      guard rest.isEmpty else { throw StimulusError(explanation: "quit takes nothing after it") }
      return .quit
    }
    throw StimulusError(explanation: "\"" + string(verb) + "\" is not a stimulus; there are " + verbs)
  }

  private static func choice(
    _ word: ArraySlice<UInt8>, _ yes: StaticString, _ no: StaticString, of verb: String
  ) throws(StimulusError) -> Bool {
    if word == yes { return true }
    if word == no { return false }
    throw StimulusError(explanation: verb + " needs " + yes.string + " or " + no.string + ", not \"" + string(word) + "\"")
  }

  private static func weather(_ words: ArraySlice<UInt8>) throws(StimulusError) -> Weather {
    let fields = words.split(whereSeparator: isSpace)
    guard fields.count == 4 else { throw StimulusError(explanation: "weather needs delay, jitter, loss and rate: four numbers") }
    let rate = try number(fields[3], 0...1_000_000_000, of: "weather", "bytes a second")
    return .init(
      delay: .milliseconds(try number(fields[0], 0...10_000, of: "weather", "milliseconds of delay")),
      jitter: .milliseconds(try number(fields[1], 0...10_000, of: "weather", "milliseconds of jitter")),
      lossPerMille: try number(fields[2], 0...500, of: "weather", "losses per thousand"), rate: rate == 0 ? nil : rate)
  }

  private static func time(_ word: ArraySlice<UInt8>) throws(StimulusError) -> LocalTime {
    let error = StimulusError(explanation: "time needs a time of day from 00:00 to 23:59, not \"" + string(word) + "\"")
    guard word.count == 5, word[word.startIndex + 2] == UInt8(ascii: ":") else { throw error }
    var digits: [Int] = []
    for offset in [0, 1, 3, 4] {
      let byte = word[word.startIndex + offset]
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { throw error }
      digits.append(Int(byte - UInt8(ascii: "0")))
    }
    let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
    guard hour < 24, minute < 60 else { throw error }
    return LocalTime(hour: hour, minute: minute)
  }

  private static func text(_ rest: ArraySlice<UInt8>, of verb: String, _ what: String) throws(StimulusError) -> String {
    guard !rest.isEmpty else { throw StimulusError(explanation: verb + " needs " + what) }
    guard !rest.contains(0) else { throw StimulusError(explanation: verb + " cannot take a zero byte") }
    return string(rest)
  }

  private static func number(
    _ digits: ArraySlice<UInt8>, _ range: ClosedRange<Int>, of verb: String, _ unit: String
  ) throws(StimulusError) -> Int {
    let isNegative = digits.first == UInt8(ascii: "-")
    let magnitude = isNegative ? digits.dropFirst() : digits
    var value = 0
    var isNumber = !magnitude.isEmpty && magnitude.count <= 9
    for digit in magnitude {
      if digit < UInt8(ascii: "0") || digit > UInt8(ascii: "9") { isNumber = false }
      if isNumber { value = value * 10 + Int(digit - UInt8(ascii: "0")) }
    }
    if isNegative { value = -value }
    guard isNumber, range.contains(value) else {
      let span = " from " + decimal(range.lowerBound) + " to " + decimal(range.upperBound)
      throw StimulusError(explanation: verb + " needs a number of " + unit + span + ", not \"" + string(digits) + "\"")
    }
    return value
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var kept = bytes
    while let first = kept.first, isSpace(first) { kept.removeFirst() }
    while let last = kept.last, isSpace(last) { kept.removeLast() }
    return kept
  }
}

// Bytes are compared instead of strings: equality of strings needs the Unicode tables, which the firmware does not carry.
private func == (bytes: ArraySlice<UInt8>, word: StaticString) -> Bool {
  word.withUTF8Buffer { bytes.elementsEqual($0) }
}

private func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

func decimal(_ number: Int) -> String {
  var buffer = TextBuffer()
  buffer.append(number)
  return String(decoding: buffer.bytes, as: UTF8.self)
}

extension StaticString {
  var string: String { withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}
