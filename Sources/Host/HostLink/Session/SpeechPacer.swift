import Units
import Wire

/// Holds back speech that was made faster than it is heard, so that the glasses need only a small playback buffer and a
/// cancelled answer wastes little radio time.
///
/// It models the glasses' buffer: each packet sent adds 20 ms, the clock takes them away. A packet is due as long as the buffer
/// would hold no more than `ahead`. The end of the turn is sent after the last packet.
struct SpeechPacer: Sendable {
  /// Sound in one packet, as fixed by the protocol.
  static let packet: Duration = .milliseconds(20)

  private let ahead: Duration
  private var waiting: [HostMessage] = []
  private var next = 0
  /// When the glasses will have played everything sent.
  private var playedOut: Instant?
  private var sent = 0
  /// The peer takes bytes.
  var isOpen = true

  init(ahead: Duration) { self.ahead = ahead }

  mutating func add(_ message: HostMessage) {
    waiting.append(message)
  }

  /// Speech that waits.
  var backlog: Duration { Self.packet * (waiting.count - next) }
  var isEmpty: Bool { next == waiting.count }

  /// When the next message may go; nil when there is none, or the peer takes none.
  func due(at now: Instant) -> Instant? {
    guard isOpen, !isEmpty else { return nil }
    guard case .speech = waiting[next], let playedOut else { return now }
    return max(now, playedOut + Self.packet - ahead)
  }

  /// Takes what is due.
  mutating func take(at now: Instant) -> [HostMessage] {
    var taken: [HostMessage] = []
    while let due = due(at: now), due <= now {
      if case .speech = waiting[next] {
        playedOut = max(playedOut ?? now, now) + Self.packet
        sent += 1
      }
      taken.append(waiting[next])
      next += 1
    }
    if isEmpty {
      waiting.removeAll(keepingCapacity: true)
      next = 0
    }
    return taken
  }

  /// The best guess of how much the wearer has heard, for when the glasses cannot say.
  func heard(at now: Instant) -> Duration {
    guard let playedOut else { return .zero }
    return Self.packet * sent - max(.zero, playedOut - now)
  }

  mutating func clear() {
    self = SpeechPacer(ahead: ahead, isOpen: isOpen)
  }

  private init(ahead: Duration, isOpen: Bool) {
    self.ahead = ahead
    self.isOpen = isOpen
  }
}
