import Units

/// What a link carries once its handshake is done: a session or a pairing. All calls come from the link's event loop.
protocol Conversation: AnyObject {
  /// One frame's body.
  func receive(_ body: Span<UInt8>, at now: Instant)
  /// The stream can no longer be divided into frames.
  func broken(_ reason: String, at now: Instant)
  func writable(_ isWritable: Bool, at now: Instant)
  func tick(at now: Instant)
  /// The host ends it. The reason is sent to the peer.
  func stop(_ reason: String, at now: Instant)
  /// The connection is gone; nothing can be sent any more.
  func lost(_ reason: String, at now: Instant)
  /// Whether it could go on over another connection after `lost`.
  var outlivesItsConnection: Bool { get }
  /// When `tick` is due.
  func deadline(at now: Instant) -> Instant?
}

/// What a conversation may do to its link.
protocol LinkOutlet: AnyObject {
  /// What comes from now on is for another conversation.
  func adopt(_ conversation: any Conversation)
  /// Queues whole frames.
  func send(_ bytes: [UInt8])
  /// Sends what is queued and closes.
  func close(_ reason: String)
  /// After something that did not begin at the link (a turn's report, a person's answer): flushes and sets the timer.
  func settle()
}
