import Units
import Wire

/// What a session needs to outlive its connection: which counted messages have arrived on either side, and until when it waits.
///
/// ```
///            1 lost                        2 resumed
/// connected ─────────▶ waiting until … ───────────────▶ connected, and what the glasses have not got is sent again
///                            │ 3 time is over
///                            └──────────────▶ the session is over
/// ```
struct SessionContinuity: Sendable {
  /// By which the glasses name this session when they come back; not 0.
  let number: UInt64
  private let patience: Duration
  private let acknowledgeEvery: UInt32

  /// The glasses' counted messages that have arrived, and how many of them they were told of.
  private(set) var received: UInt32 = 0
  private var told: UInt32 = 0
  private var kept = MessageJournal()
  /// Without a connection, until then.
  private(set) var waitsUntil: Instant?

  init(number: UInt64, limits: HostLimits) {
    self.number = number
    patience = limits.resumption
    acknowledgeEvery = limits.acknowledgeEvery
  }

  /// Whether the glasses can come back at all; nothing is kept otherwise.
  var isPossible: Bool {
    get { kept.isNeeded }
    set { kept.isNeeded = newValue }
  }

  var isWaiting: Bool { waitsUntil != nil }

  mutating func count(_ message: DeviceMessage) {
    if message.isCounted { received &+= 1 }
  }

  /// The glasses have so many of the host's messages. False when they cannot.
  mutating func acknowledge(_ count: UInt32) -> Bool { kept.acknowledge(count) }

  mutating func lost(at now: Instant) { waitsUntil = now + patience }

  mutating func giveUp() { waitsUntil = nil }

  /// The glasses are back and have so many of the host's messages: those to be sent again, or nil when they claim what was never sent.
  mutating func resumed(_ count: UInt32) -> [HostMessage]? {
    waitsUntil = nil
    guard kept.acknowledge(count) else { return nil }
    told = received
    let again = kept.messages
    kept.rewind()
    return again
  }

  /// Counted messages among the actions are kept until the glasses have them; all wait while there is no connection. The glasses are told what
  /// has arrived, unless the session is closed.
  mutating func keep(_ actions: inout [HostSession.Action], isClosed: Bool) {
    let isWaiting = isWaiting
    actions.removeAll { action in
      guard case .send(let message) = action else { return false }
      if message.isCounted { kept.append(message) }
      return isWaiting
    }
    guard isPossible, !isClosed, !isWaiting, received &- told >= acknowledgeEvery else { return }
    told = received
    actions.append(.send(.received(Received(count: received))))
  }
}
