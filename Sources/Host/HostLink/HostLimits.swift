import Units

/// The bounds that keep a hostile or broken peer from costing more than a refusal. Tests and rigs narrow them.
public struct HostLimits: Sendable {
  /// From the accepted connection to the end of the TLS handshake. A handshake takes two round trips; 10 s covers a bad radio.
  public var handshake: Duration = .seconds(10)
  /// From the end of the handshake to the first message. After that a link may be silent for ever: a parked link costs nothing.
  public var firstMessage: Duration = .seconds(10)
  /// How long the turn of a session that lost its connection waits for the glasses to come back. They try for eight seconds.
  public var resumption: Duration = .seconds(12)
  /// The glasses are told what has arrived after so many messages: half a second of speech.
  public var acknowledgeEvery: UInt32 = 25
  /// How long the peer may leave our bytes unread while more wait.
  public var unread: Duration = .seconds(10)
  /// Bytes that may wait for a peer, over what the kernel holds. The largest message the host sends is a card of a few kilobytes.
  public var outboundBytes = 256 * 1024
  /// Sessions of paired devices at once; a person has a few pairs of glasses.
  public var sessions = 8
  /// Connections that have not yet proved who they are.
  public var strangers = 16
  /// Speech sent before it is due to be heard: what the glasses' playback buffer takes with room to spare.
  public var speechAhead: Duration = .seconds(2)
  /// Speech made but not yet sent before the voice engine is made to wait.
  public var speechBacklog: Duration = .seconds(10)
  /// Sound of one question.
  public var longestQuestion: Duration = .seconds(120)
  /// Tasks of one device's turns that have not ended: one of the turn under way, two of each cancelled turn until it has come to rest. A
  /// wearer who interrupts again and again has a few.
  public var turnTasks = 16
  /// A picture: a 12-megapixel JPEG is below 6 MB.
  public var pictureBytes = 8 * 1024 * 1024
  /// A typed question in bytes of UTF-8.
  public var typedBytes = 4096
  /// A device's name in bytes of UTF-8.
  public var nameBytes = 64
  /// Messages of unknown kind that one session may send before it is closed: newer firmware sends a few, noise many.
  public var unknownMessages = 64
  /// One Opus packet of one frame (RFC 6716, section 3.2.1).
  public var opusBytes = 1275

  public init() {}
}
