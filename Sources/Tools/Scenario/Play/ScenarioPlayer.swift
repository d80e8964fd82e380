import BoardFile
import Units

/// Plays the timeline of a scenario against a trace as it is written.
///
/// Sans-IO: the rig tells it what stands in the trace (`observe`) and what time it is (`advance`), gets the stimuli that are due, and
/// asks when to come again (`nextDue`). It knows nothing but the trace, so a scenario plays the same on every rig, and a recorded
/// trace can be judged afterwards.
public struct ScenarioPlayer: Sendable {
  private struct Pending {
    var expectation: Expectation
    var from: Instant
    /// nil: to the end of the scenario.
    var until: Instant?
    /// The value of the wakeup counter when the window opened; nil when nobody counts.
    var wakeupsBefore: Int?

    /// When nothing that arrives can decide it any more. A count is read at the window's end and not through a pipe.
    func judgedAt(_ grace: Duration) -> Instant? {
      if case .wakeups = expectation.demand { return until }
      return until.map { $0 + grace }
    }
  }

  private let scenario: Scenario
  private let origin: Instant
  private let grace: Duration
  /// Whether anything is expected or waited for at all: else nothing that is seen is kept.
  private let looks: Bool

  /// How much later than its time an event may be written: `speech_began` is known only once enough of the speech was heard, and of what
  /// was said before a wake only after the wake.
  private static let lateness = Duration.seconds(2)
  private var sightings = Sightings()
  private var pending: [Pending] = []
  private var nextEntry = 0
  /// When the last entry came.
  private var cursor: Instant
  /// When the waiting entry began to wait.
  private var waitingSince: Instant
  /// Sightings before this one were used up by an `after`.
  private var unusedFrom = 0
  private var wakeups: Int?
  private var lastInstant: Instant
  public private(set) var failures: [ScenarioFailure] = []
  public private(set) var isFinished = false

  /// `origin` is the scenario's zero on the clock of the trace. What is late by no more than `grace` in being written still counts by
  /// the time that it states: a real-time rig reads the trace through a pipe.
  public init(_ scenario: Scenario, origin: Instant, grace: Duration = .zero) {
    self.scenario = scenario
    looks = scenario.timeline.contains {
      if case .after = $0.anchor { return true }
      return !$0.expectations.isEmpty
    }
    self.origin = origin
    self.grace = grace + Self.lateness
    cursor = origin
    waitingSince = origin
    lastInstant = origin
    nextDue = reckonedDue
  }

  /// When the player wants to be called without anything being seen; nil when it is finished. A rig asks after each step of the glasses, most of
  /// which change nothing here.
  public private(set) var nextDue: Instant?

  private var reckonedDue: Instant? {
    guard !isFinished else { return nil }
    var due = entryDue ?? Instant(nanoseconds: .max)
    for item in pending { if let judged = item.judgedAt(grace) { due = min(due, judged) } }
    if nextEntry == scenario.timeline.count, openExpectations.isEmpty { due = min(due, lastInstant + scenario.tail) }
    return due
  }

  /// Takes one event of the trace. A counter `wakeups` is the rig's own: how often the glasses' processor was woken so far, given
  /// before each call of `advance` that is due.
  public mutating func observe(_ event: TraceEvent) {
    defer { nextDue = reckonedDue }
    guard looks, !isFinished, event.phase != .metadata else { return }
    if event.name == "wakeups", event.phase == .counter, let count = event.arguments.values.first?.number { wakeups = Int(count) }
    let sighting = sightings.add(event)
    var kept: [Pending] = []
    for item in pending where !settle(item, with: sighting) { kept.append(item) }
    pending = kept
  }

  /// Gives the stimuli that are due at `now`, judges what ran out, and may finish.
  public mutating func advance(to now: Instant) -> [ScenarioStimulus] {
    defer { nextDue = reckonedDue }
    var stimuli: [ScenarioStimulus] = []
    while !isFinished, let entry = takeEntry(at: now) {
      lastInstant = max(lastInstant, cursor)
      for expectation in entry.expectations { open(expectation) }
      if let stimulus = entry.stimulus { stimuli.append(stimulus) }
    }
    expire(at: now)
    if nextEntry == scenario.timeline.count, openExpectations.isEmpty, now >= lastInstant + scenario.tail { finish(at: now) }
    return stimuli
  }

  /// Ends the play from outside (the rig stopped): what was not seen yet has failed.
  public mutating func stop(at now: Instant, because reason: String) {
    defer { nextDue = reckonedDue }
    guard !isFinished else { return }
    if nextEntry < scenario.timeline.count {
      fail(line: scenario.timeline[nextEntry].line, at: now, expected: "the timeline to be played to its end", seen: reason)
    }
    finish(at: now)
  }

  // MARK: Timeline

  private var entryDue: Instant? {
    guard nextEntry < scenario.timeline.count else { return nil }
    switch scenario.timeline[nextEntry].anchor {
    case .at(let time): return max(origin + time, cursor)
    case .later(let time): return cursor + time
    case .after(let pattern, let offset, let patience):
      if let seen = sighting(of: pattern) { return max(sightings.all[seen].event.time, cursor) + offset }
      return waitingSince + patience + grace - Self.lateness
    }
  }

  private func sighting(of pattern: Pattern) -> Int? {
    sightings.indices(from: cursor).first { $0 >= unusedFrom && pattern.matches(sightings.all[$0]) }
  }

  /// The next entry, if its time has come.
  private mutating func takeEntry(at now: Instant) -> Scenario.Entry? {
    guard nextEntry < scenario.timeline.count, let due = entryDue, due <= now else { return nil }
    let entry = scenario.timeline[nextEntry]
    if case .after(let pattern, _, let patience) = entry.anchor {
      guard let seen = sighting(of: pattern) else {
        fail(
          line: entry.line, at: now,
          expected: "\(pattern.phrase) within \(DurationText.text(of: patience)) (the step waits for it)",
          seen: description(of: pattern, from: cursor, to: now))
        abort(at: now)
        return nil
      }
      unusedFrom = seen + 1
    }
    if case .at(let time) = entry.anchor, origin + time < cursor {
      fail(
        line: entry.line, at: now, expected: "the step at \(DurationText.text(of: time))",
        seen: "the step before it came only at \(seconds(cursor))")
    }
    cursor = due
    waitingSince = due
    nextEntry += 1
    return entry
  }

  /// Without its anchor the rest of the timeline has no meaning.
  private mutating func abort(at now: Instant) {
    pending.removeAll()
    finish(at: now)
  }

  private mutating func finish(at now: Instant) {
    for item in pending { judgeAtEnd(item, at: now) }
    pending.removeAll()
    isFinished = true
  }

  // MARK: Expectations

  /// Those that hold the end of the scenario off.
  private var openExpectations: [Pending] { pending.filter { $0.until != nil } }

  private mutating func open(_ expectation: Expectation) {
    var item = Pending(expectation: expectation, from: cursor, wakeupsBefore: wakeups)
    switch expectation.demand {
    case .seen(let pattern, let time):
      item.until = cursor + time
      if case .state(let name) = pattern, stateAtCursor == name { return }
    case .unseen(let pattern, let time):
      item.until = time.map { cursor + $0 }
      if case .state(let name) = pattern, stateAtCursor == name {
        return fail(item, at: cursor, seen: "the glasses were in it already")
      }
    case .wakeups(_, let time): item.until = cursor + time
    case .turns(let count, let outcome):
      let seen = sightings.all.filter { Pattern.outcome(outcome).matches($0) }.count
      if seen != count { fail(item, at: cursor, seen: "\(seen)") }
      return
    }
    for sighting in sightings.seen(from: cursor) where settle(item, with: sighting) { return }
    pending.append(item)
  }

  private var stateAtCursor: String? { sightings.state(at: cursor)?.name }

  /// Whether the sighting decides the expectation.
  private mutating func settle(_ item: Pending, with sighting: Sightings.Sighting) -> Bool {
    let time = sighting.event.time
    if time < item.from { return false }
    // A count may be read a little after the window's end, but never counts too little.
    if case .wakeups = item.expectation.demand {} else if let until = item.until, time > until { return false }
    switch item.expectation.demand {
    case .seen(let pattern, _): return pattern.matches(sighting)
    case .unseen(let pattern, _):
      guard pattern.matches(sighting) else { return false }
      fail(item, at: time, seen: Self.words(for: sighting))
      return true
    case .wakeups(let limit, _):
      guard let wakeups, let before = item.wakeupsBefore, wakeups - before > limit else { return false }
      fail(item, at: time, seen: "\(wakeups - before)")
      return true
    case .turns: return true
    }
  }

  private mutating func expire(at now: Instant) {
    let expired = pending.filter { item in item.judgedAt(grace).map { $0 <= now } ?? false }
    guard !expired.isEmpty else { return }
    pending.removeAll { item in item.judgedAt(grace).map { $0 <= now } ?? false }
    for item in expired {
      lastInstant = max(lastInstant, item.until!)
      judgeAtEnd(item, at: item.until!)
    }
  }

  private mutating func judgeAtEnd(_ item: Pending, at now: Instant) {
    switch item.expectation.demand {
    case .seen(let pattern, _): fail(item, at: now, seen: description(of: pattern, from: item.from, to: item.until ?? now))
    // A count that is known stayed below the limit, or it would have been settled.
    case .wakeups: if wakeups == nil || item.wakeupsBefore == nil { fail(item, at: now, seen: "no count of wakeups") }
    // What must not be seen was not seen.
    case .unseen, .turns: break
    }
  }

  // MARK: Failures

  private mutating func fail(_ item: Pending, at now: Instant, seen: String) {
    fail(line: item.expectation.line, at: now, expected: item.expectation.phrase, seen: seen)
  }

  private mutating func fail(line: Int, at now: Instant, expected: String, seen: String) {
    failures.append(
      ScenarioFailure(line: line, seconds: Double((now - origin).nanoseconds) / 1e9, expected: expected, seen: seen))
  }

  private func seconds(_ instant: Instant) -> String { DurationText.text(of: instant - origin) }

  /// What was seen instead of `pattern`, in words.
  private func description(of pattern: Pattern, from start: Instant, to end: Instant) -> String {
    let window = sightings.seen(from: start).filter { $0.event.phase != .counter && $0.event.time <= end }
    let kin = window.filter { pattern.isKin(to: $0) }
    if case .state = pattern {
      let entered = kin.map { "\($0.event.name) at \(seconds($0.event.time))" }
      guard entered.isEmpty else { return "states " + entered.suffix(6).joined(separator: ", ") }
      return sightings.state(at: end).map { "state \($0.name) since \(seconds($0.since))" } ?? "no state at all"
    }
    guard kin.isEmpty else {
      return kin.suffix(3).map { "\(Self.words(for: $0)) at \(seconds($0.event.time))" }.joined(separator: "; ")
    }
    guard !window.isEmpty else { return "nothing" }
    return "none of it; last "
      + window.suffix(5).map { "\(Self.words(for: $0)) at \(seconds($0.event.time))" }.joined(separator: ", ")
  }

  private static func words(for sighting: Sightings.Sighting) -> String {
    let event = sighting.event
    let details = ["text", "title", "body", "outcome", "reason"].compactMap { event.arguments[$0]?.text }.filter { !$0.isEmpty }
    let prefix = event.track == TraceEvent.Track.state ? (event.phase == .end ? "end of state " : "state ") : ""
    let suffix = event.isTurnEnd ? " end" : ""
    return prefix + event.name + suffix + (details.isEmpty ? "" : " \"\(details.joined(separator: " · "))\"")
  }
}

extension Pattern {
  /// Whether the sighting is of the kind that the pattern looks at, whatever it says.
  func isKin(to sighting: Sightings.Sighting) -> Bool {
    let event = sighting.event
    switch self {
    case .state: return event.track == TraceEvent.Track.state && event.phase == .begin
    case .transcript: return event.isMark("transcript")
    case .answer: return sighting.answer != nil
    case .card: return event.isMark("card")
    case .log: return event.isMark("log")
    case .refused: return event.refusal != nil
    case .outcome, .turnEnded: return event.isTurnEnd
    case .link: return event.isMark("link_up") || event.isMark("link_down")
    case .capture, .spoken, .event: return false
    }
  }
}
