import Units

/// A session that outlives its connection: what is needed to go on with it on another one, and when that is tried.
///
/// ```
///         1 welcome               2 lost in a turn               3 attempt fails, while there is time
///  none ────────────▶ connected ───────────────────▶ reconnecting ──────────────────────▶ reconnecting
///   ▲                  ▲  │                            │  │
///   │                  └──┼──────── 4 welcome back ────┘  │
///   └── forget ───────────┴───────── time is up ──────────┘
/// ```
///
/// A pure value. It has a deadline while it reconnects, and while a turn waits for the host; never at rest.
struct SessionResumption: Sendable {
  /// How long a lost connection is tried to be replaced before the wearer is told. A lift or a tunnel of a few seconds is survived; a person
  /// who waits longer without a word takes the glasses for broken.
  static let patience = Duration.seconds(8)
  /// From a failed attempt to the next.
  static let pause = Duration.milliseconds(100)
  /// After this the first attempt is given up; each further one has twice the time. The first are soon repeated, since what they sent was
  /// lost if the line was dead; the later ones leave a slow line the four round trips that it needs.
  static let firstAttempt = Duration.milliseconds(500)
  /// The first attempt doubled so often takes all of `patience`.
  private static let mostDoublings = 4
  /// A host that is silent for so long while something is expected of it is sent a word, so that the transport notices a dead line.
  static let probeInterval = Duration.seconds(1)
  /// The host is told what has arrived after so many messages, half a second of speech.
  static let acknowledgeEvery: UInt32 = 25

  /// The session's number; 0 when there is none that could go on.
  private(set) var session: UInt64 = 0
  /// Counted messages of the host that have arrived in it.
  private(set) var received: UInt32 = 0
  private var told: UInt32 = 0
  private var lastHeard = Instant.zero

  private var until: Instant?
  /// When the next attempt begins; nil while one is under way.
  private(set) var nextAttempt: Instant?
  /// How long the attempt under way may take.
  private(set) var attemptLimit = Self.firstAttempt
  private var attempts = 0

  var isReconnecting: Bool { until != nil }

  /// The host has begun a session: `number` is 0 when it resumes none.
  mutating func began(_ number: UInt64, at now: Instant) {
    self = SessionResumption()
    session = number
    lastHeard = now
  }

  /// The host goes on with the session.
  mutating func resumed(at now: Instant) {
    until = nil
    nextAttempt = nil
    attempts = 0
    told = received
    lastHeard = now
  }

  /// Anything came from the host.
  mutating func heard(at now: Instant) { lastHeard = now }

  /// A counted message has arrived; the count when the host should be told.
  mutating func count() -> UInt32? {
    received &+= 1
    guard session != 0, received &- told >= Self.acknowledgeEvery else { return nil }
    told = received
    return received
  }

  /// The connection, or an attempt at one, is lost in a turn: whether there is another attempt.
  mutating func lost(at now: Instant) -> Bool {
    guard session != 0 else { return false }
    guard let until else {
      until = now + Self.patience
      nextAttempt = now
      return true
    }
    let next = now + Self.pause
    guard next < until else { return false }
    nextAttempt = next
    return true
  }

  /// An attempt begins. None lasts beyond the end of patience.
  mutating func attempting(at now: Instant) {
    nextAttempt = nil
    // Without a network attempts fail at once, dozens of them: twice as long four times is all the time that there is.
    attemptLimit = Self.firstAttempt * (1 << min(attempts, Self.mostDoublings))
    if let until { attemptLimit = min(attemptLimit, until - now) }
    attempts += 1
  }

  /// Nothing is left of it.
  mutating func forget() { self = SessionResumption() }

  /// When the host has been silent for too long, while something is expected of it.
  var probe: Instant? { session != 0 && !isReconnecting ? lastHeard + Self.probeInterval : nil }
}
