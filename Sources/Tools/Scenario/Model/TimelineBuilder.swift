import BoardFile
import Units

/// Turns the steps of a file into entries: stimuli, expectations, and `repeat` written out.
struct TimelineBuilder {
  private(set) var entries: [Scenario.Entry] = []
  /// The time of the last entry, when it is known without playing.
  private var knownTime: Duration? = .zero

  static let stimuli = [
    "press", "hold", "tap", "tilt", "wear", "say", "look", "type", "battery", "charging", "temperature", "time", "network",
    "indicator", "host",
    "glasses",
  ]
  private static let keys = ["at", "after", "within", "expect", "repeat", "every", "do"] + stimuli
  /// The firmware's default hold is 3 s; a little more makes it sure.
  private static let holdTime = Duration.milliseconds(3200)
  private static let pressTime = Duration.milliseconds(80)

  /// `round` counts the rounds of the enclosing `repeat` from 0.
  mutating func add(_ step: StrictNode, round: Int?) throws(ScenarioError) {
    let keys = try step.entries(Self.keys)
    if keys["repeat"] != nil { return try addRounds(step, keys, inside: round != nil) }
    for key in ["every", "do"] where keys[key] != nil { throw keys[key]!.error("\"\(key)\" belongs to a \"repeat\"") }
    let anchor = try anchor(step, keys, round: round)
    var stimulus: ScenarioStimulus?
    for name in Self.stimuli {
      guard let value = keys[name] else { continue }
      guard stimulus == nil else { throw value.error("one step takes one stimulus; put \"\(name)\" into a step of its own") }
      stimulus = try Self.stimulus(name, value, round: round ?? 0)
    }
    var expectations: [Expectation] = []
    if let stated = keys["expect"] {
      let items = stated.node.sequence == nil ? [stated] : try stated.list()
      for item in items { expectations.append(try Self.expectation(item)) }
    }
    guard anchor.isStated || stimulus != nil || !expectations.isEmpty else { throw step.error("the step does nothing") }
    entries.append(Scenario.Entry(anchor.anchor, stimulus, expect: expectations, line: step.line))
  }

  private mutating func addRounds(_ step: StrictNode, _ keys: [String: StrictNode], inside: Bool) throws(ScenarioError) {
    if inside { throw step.error("a \"repeat\" cannot stand inside another") }
    for key in keys.keys.sorted() where !["at", "repeat", "every", "do"].contains(key) {
      throw keys[key]!.error("\"\(key)\" does not belong to a \"repeat\"; put it into the steps of its \"do\"")
    }
    guard let every = keys["every"], let steps = keys["do"] else { throw step.error("a \"repeat\" needs \"every\" and \"do\"") }
    let count = try keys["repeat"]!.integer(1...10_000)
    let interval = try every.duration()
    let start = try keys["at"]?.duration() ?? knownTime
    guard let start else { throw step.error("a \"repeat\" after an \"after\" needs its own \"at\"") }
    for round in 0..<count {
      let time = start + interval * round
      if let knownTime, time < knownTime {
        throw step.error("\"at\" lies before the step above it, which comes at \(DurationText.text(of: knownTime))")
      }
      entries.append(Scenario.Entry(.at(time), line: step.line))
      knownTime = time
      for inner in try steps.list() { try add(inner, round: round) }
    }
  }

  private mutating func anchor(
    _ step: StrictNode, _ keys: [String: StrictNode], round: Int?
  ) throws(ScenarioError) -> (anchor: Scenario.Anchor, isStated: Bool) {
    if let after = keys["after"] {
      if let at = keys["at"] { throw at.error("a step takes \"at\" or \"after\", not both") }
      knownTime = nil
      do throws(PatternText.Problem) {
        let (pattern, offset) = try PatternText.anchor(try Self.plainText(after))
        var patience = Scenario.patience
        if let within = keys["within"] { patience = try Self.plainDuration(within) }
        return (.after(pattern, offset: offset, patience: patience), true)
      } catch {
        throw after.error("after: \(error.message)")
      }
    }
    if let within = keys["within"] {
      throw within.error("\"within\" belongs to \"after\"; an expectation says it in its own text")
    }
    guard let at = keys["at"] else { return (.later(.zero), false) }
    let text = try at.text()
    if text.hasPrefix("+") {
      let time = text.dropFirst().drop { $0 == " " }
      guard let duration = DurationText.parse(time) else { throw at.error("\"\(text)\" is not a duration: \(DurationText.form)") }
      knownTime = knownTime.map { $0 + duration }
      return (.later(duration), true)
    }
    if round != nil { throw at.error("inside a \"repeat\" times are relative: write \"+\(text)\"") }
    let time = try at.duration()
    if let knownTime, time < knownTime {
      throw at.error("\(text) lies before the step above it, which comes at \(DurationText.text(of: knownTime))")
    }
    knownTime = time
    return (.at(time), true)
  }

  // An `after` mixes two error types; these turn the second into the first.
  private static func plainText(_ node: StrictNode) throws(PatternText.Problem) -> String {
    do { return try node.text() } catch { throw PatternText.Problem(message: error.message) }
  }
  private static func plainDuration(_ node: StrictNode) throws(PatternText.Problem) -> Duration {
    do { return try node.duration() } catch { throw PatternText.Problem(message: error.message) }
  }

  private static func expectation(_ node: StrictNode) throws(ScenarioError) -> Expectation {
    let text = try node.text()
    do {
      return Expectation(try PatternText.expectation(text, patience: Scenario.patience), line: node.line)
    } catch {
      throw node.error("expect: \(error.message)")
    }
  }

  private static func stimulus(_ name: String, _ value: StrictNode, round: Int) throws(ScenarioError) -> ScenarioStimulus {
    switch name {
    case "press": return .press(try time(value, default: pressTime))
    case "hold": return .press(try time(value, default: holdTime))
    case "tap", "tilt":
      guard try value.text().isEmpty else { throw value.error("\(name) takes no value") }
      return name == "tap" ? .tap : .tilt
    case "wear": return .wear(try value.choice(["on", "off"]) == "on")
    case "say": return .say(try one(of: value, round: round))
    case "look": return .look(try one(of: value, round: round))
    case "type": return .type(try one(of: value, round: round))
    case "battery": return .battery(try value.integer(0...100))
    case "charging": return .charging(try value.choice(["on", "off"]) == "on")
    case "temperature":
      let text = try value.text()
      guard let tenths = QuantityText.deciCelsius(text, in: 0...1_500) else {
        throw value.error("\"\(text)\" is not a temperature from 0 C to 150 C, such as `41.5 C`")
      }
      return .temperature(Int(tenths))
    case "time":
      let text = try value.text()
      guard let minutes = QuantityText.minutes(text) else {
        throw value.error("\"\(text)\" is not a time of day such as \"22:00\" (in quotes: without them YAML reads a number)")
      }
      return .time(minutes)
    case "network":
      if value.node.mapping != nil { return .weather(try NetworkWeather(value)) }
      let word = try value.choice(["up", "down", "out"])
      return word == "out" ? .outage : .network(up: word == "up")
    case "indicator": return .indicator(stuck: try value.choice(["stuck", "ok"]) == "stuck")
    case "host": return .host(ScenarioStimulus.Process(rawValue: try value.choice(["kill", "start", "restart", "pair"]))!)
    default: return .glasses(ScenarioStimulus.Process(rawValue: try value.choice(["kill", "start", "restart"]))!)
    }
  }

  /// A duration; nothing after the colon takes the usual one.
  private static func time(_ value: StrictNode, default usual: Duration) throws(ScenarioError) -> Duration {
    if case .scalar(let scalar) = value.node, scalar.string.isEmpty { return usual }
    return try value.duration()
  }

  /// A text, or a list of which each round of a `repeat` takes the next.
  private static func one(of value: StrictNode, round: Int) throws(ScenarioError) -> String {
    guard value.node.sequence != nil else {
      let text = try value.text()
      guard !text.isEmpty else { throw value.error("is empty") }
      return text
    }
    let items = try value.list()
    guard !items.isEmpty else { throw value.error("is empty") }
    return try items[round % items.count].text()
  }
}
