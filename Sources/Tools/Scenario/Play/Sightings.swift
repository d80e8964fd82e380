import Units

/// What was seen in a trace so far, in the order in which it was written.
struct Sightings {
  /// An event with what only its forerunners tell.
  struct Sighting {
    var event: TraceEvent
    /// The whole text that an `answer` completes: all sentences of its turn so far.
    var answer: String?
  }

  private(set) var all: [Sighting] = []
  private var answers: [Int: String] = [:]
  private var states: [(name: String, since: Instant)] = []

  mutating func add(_ event: TraceEvent) -> Sighting {
    var sighting = Sighting(event: event)
    if event.name == "answer", event.phase == .instant {
      let turn = event.turn ?? 0
      let text = [answers[turn], event.arguments["text"]?.text].compactMap { $0 }.joined(separator: " ")
      answers[turn] = text
      sighting.answer = text
    }
    if event.name == "turn", event.phase == .begin, let turn = event.turn { answers[turn] = nil }
    if event.track == TraceEvent.Track.state, event.phase == .begin { states.append((event.name, event.time)) }
    all.append(sighting)
    return sighting
  }

  /// How far the times of neighbouring lines may be out of order: a mark may tell of something a while ago (`speech_began`) or about to
  /// happen (`first_sample`).
  private static let disorder = Duration.seconds(10)

  /// Places of everything seen at `instant` or later, in the order in which it was written.
  func indices(from instant: Instant) -> [Int] {
    var index = all.count
    let earliest = instant - Self.disorder
    while index > 0, all[index - 1].event.time >= earliest { index -= 1 }
    return all.indices[index...].filter { all[$0].event.time >= instant }
  }

  /// What was seen at `instant` or later.
  func seen(from instant: Instant) -> [Sighting] { indices(from: instant).map { all[$0] } }

  /// The state that held at `instant`, and since when.
  func state(at instant: Instant) -> (name: String, since: Instant)? {
    states.last { $0.since <= instant }
  }
}

extension Pattern {
  func matches(_ sighting: Sightings.Sighting) -> Bool {
    let event = sighting.event
    let text = { (key: String) in event.arguments[key]?.text ?? "" }
    switch self {
    case .state(let name): return event.track == TraceEvent.Track.state && event.phase == .begin && event.name == name
    case .transcript(let test): return event.isFinalTranscript && test.accepts(text("text"))
    case .answer(let test): return sighting.answer.map { test.accepts($0) } ?? false
    case .card(let test): return event.isMark("card") && test.accepts(text("title") + "\n" + text("body"))
    case .log(let test): return event.isMark("log") && test.accepts(text("text"))
    case .capture: return event.isMark("microphone_open") || event.isMark("picture_taken")
    case .spoken: return event.isMark("first_sample")
    case .link(let up): return event.isMark(up ? "link_up" : "link_down")
    case .refused(let test): return event.refusal.map { test?.accepts($0) ?? true } ?? false
    case .outcome(let name): return event.isTurnEnd && text("outcome") == name
    case .turnEnded: return event.isTurnEnd
    case .event(let name): return event.isMark(name)
    }
  }
}

extension TraceEvent {
  func isMark(_ name: String) -> Bool { phase == .instant && self.name == name }

  var isTurnEnd: Bool { phase == .end && track == Track.turn && name == "turn" }

  var isFinalTranscript: Bool {
    isMark("transcript") && arguments["final"] != .boolean(false) && arguments["final"] != .number(0)
  }

  /// The reason when something was refused or failed.
  var refusal: String? {
    if isMark("refused") || isMark("link_down") || isMark("capture_refused") { return arguments["reason"]?.text ?? "" }
    if isMark("log") { return arguments["text"]?.text }
    if isTurnEnd, arguments["outcome"]?.text != "answered" { return arguments["reason"]?.text }
    return nil
  }
}
