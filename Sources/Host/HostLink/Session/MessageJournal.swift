import Wire

/// The host's counted messages that the glasses may not have yet, in order: what a resumed session sends again.
struct MessageJournal: Sendable {
  /// More than this is not kept: three minutes of speech that nobody acknowledged. The oldest give way, and coming back is over.
  static let limit = 10_000

  /// Whether the peer can come back at all; nothing is kept otherwise.
  var isNeeded = false
  private(set) var messages: [HostMessage] = []
  /// How many were acknowledged since the session began.
  private(set) var base: UInt32 = 0
  /// Messages that are being sent again, and not to be kept twice.
  private var again = 0

  mutating func append(_ message: HostMessage) {
    guard isNeeded else { return }
    if again > 0 {
      again -= 1
      return
    }
    if messages.count == Self.limit {
      messages.removeFirst()
      base &+= 1
    }
    messages.append(message)
  }

  /// All that is kept is sent again next.
  mutating func rewind() { again = messages.count }

  /// The peer has so many. False when it cannot: more than there are, or fewer than it had.
  mutating func acknowledge(_ count: UInt32) -> Bool {
    guard count >= base, count - base <= UInt32(messages.count) else { return false }
    messages.removeFirst(Int(count - base))
    base = count
    return true
  }
}
