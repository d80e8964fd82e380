import Units

/// Looks at a long conversation as it is traced: whether each turn ends once, in an answer or with a reason, whether the glasses come back to rest, and
/// whether anything is left leased there. A pure value.
struct EnduranceWatch {
  /// The longest that the glasses may be away from rest without a new turn: the longest question, every deadline after it, and a long answer.
  static let longestTurn = Duration.seconds(120)
  /// After so long at rest nothing that belongs to a turn, a card or a cue may be held.
  static let settledAfter = Duration.seconds(45)

  private(set) var turns = 0
  private(set) var outcomes: [String: Int] = [:]
  /// Turns that ended otherwise than with an answer, by the words that the wearer was told.
  private(set) var reasons: [String: Int] = [:]
  private(set) var breaches: [String] = []
  private(set) var longestTurn = Duration.zero
  private(set) var marks: [String: Int] = [:]

  private var openTurn: Int?
  private var openSince = Instant.zero
  private var lastWords: String?
  /// Ended without an answer, and the wearer has not been told why yet.
  private var owed: (turn: Int, outcome: String, at: Instant)?
  private var state = "notWorn"
  private var stateSince = Instant.zero
  /// Leases by holder, as they were told to be taken and released, and since when any has been held.
  private var leases: [String: (count: Int, since: Instant)] = [:]

  private static let restingHolders = ["arming", "parked link", "kept questions"]
  private static let counted = [
    "question_kept", "question_asked", "question_given_up", "link_resumed", "uplink_rate", "barge_in", "link_down",
  ]

  /// The glasses lost their power: nothing that was open can end.
  mutating func glassesDied() {
    openTurn = nil
    owed = nil
    leases = [:]
    state = "notWorn"
  }

  mutating func take(_ event: TraceEvent) {
    checkRest(at: event.time)
    if let owed, event.time > owed.at + .seconds(1) {
      breach("turn \(owed.turn) ended as \(owed.outcome), and the wearer was not told why", at: event.time)
      self.owed = nil
    }
    switch (event.track, event.phase, event.name) {
    case (TraceEvent.Track.turn, .begin, "turn"): begin(event)
    case (TraceEvent.Track.turn, .end, "turn"): end(event)
    case (TraceEvent.Track.state, .begin, let name):
      state = name
      stateSince = event.time
    case (_, .instant, "lease_taken"): if let holder = holder(event) { hold(holder, at: event.time) }
    case (_, .instant, "lease_released"): if let holder = holder(event) { release(holder) }
    case (TraceEvent.Track.log, .instant, "log"):
      lastWords = event.arguments["text"]?.text
      told(lastWords)
    case (TraceEvent.Track.turn, .instant, "card"): told(event.arguments["title"]?.text)
    case (_, .instant, let name) where Self.counted.contains(name): marks[name, default: 0] += 1
    default: break
    }
  }

  /// At the end of the play nothing may be open.
  mutating func finish(at now: Instant) {
    checkRest(at: now)
    if let openTurn { breach("turn \(openTurn) is still open at the end", at: now) }
    if !isAtRest { breach("the glasses are \(state) at the end", at: now) }
  }

  private var isAtRest: Bool { ["dormant", "armed", "notWorn"].contains(state) }

  private mutating func begin(_ event: TraceEvent) {
    if let openTurn { breach("turn \(event.turn ?? 0) began within turn \(openTurn)", at: event.time) }
    turns += 1
    openTurn = event.turn
    openSince = event.time
    lastWords = nil
  }

  private mutating func end(_ event: TraceEvent) {
    guard let turn = event.turn, turn == openTurn else {
      return breach("turn \(event.turn ?? 0) ended, which was not open", at: event.time)
    }
    openTurn = nil
    longestTurn = max(longestTurn, event.time - openSince)
    let outcome = event.arguments["outcome"]?.text ?? "none"
    outcomes[outcome, default: 0] += 1
    switch outcome {
    case "answered", "cancelled", "nothingSaid", "kept": break
    case "failed", "timedOut", "nothingHeard": owed = (turn, outcome, event.time)
    default: breach("turn \(turn) ended as \"\(outcome)\"", at: event.time)
    }
  }

  private mutating func told(_ words: String?) {
    guard owed != nil, let words else { return }
    reasons[words, default: 0] += 1
    owed = nil
  }

  /// `turn 7` → `turn`.
  private func holder(_ event: TraceEvent) -> String? {
    guard let text = event.arguments["holder"]?.text, let part = event.arguments["part"]?.text else { return nil }
    let kind = text.hasPrefix("turn") ? "turn" : text.hasPrefix("control") ? "control client" : text
    return "\(kind): \(part)"
  }

  private mutating func hold(_ holder: String, at now: Instant) {
    let held = leases[holder]
    leases[holder] = ((held?.count ?? 0) + 1, held?.since ?? now)
  }

  private mutating func release(_ holder: String) {
    guard let held = leases[holder] else { return }
    leases[holder] = held.count == 1 ? nil : (held.count - 1, held.since)
  }

  private mutating func checkRest(at now: Instant) {
    if isAtRest {
      for (holder, held) in leases where !Self.restingHolders.contains(where: holder.hasPrefix) {
        // A word to the wearer may come in the middle of a rest.
        let since = max(held.since, stateSince)
        guard now > since + Self.settledAfter else { continue }
        breach("at rest for \((now - since).milliseconds) ms a lease is held: \(holder)", at: now)
        leases[holder] = nil
      }
    } else if now > stateSince + Self.longestTurn {
      breach("\(state) for \((now - stateSince).milliseconds) ms", at: now)
      stateSince = now
    }
  }

  private mutating func breach(_ words: String, at now: Instant) {
    breaches.append("\(now.nanoseconds / 1_000_000) ms: \(words)")
  }
}
