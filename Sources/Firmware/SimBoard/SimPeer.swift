import Units

/// The other end of the link in virtual time: the host, in the same process. It is called at the instants at which the modelled network
/// delivers; it never calls back.
public protocol SimPeer: AnyObject {
  /// A connection came up.
  func connected(at now: Instant)
  /// The glasses closed the connection, or the network took it. Not called after `collect` said closed.
  func disconnected(at now: Instant)
  /// Bytes arrived.
  func receive(_ bytes: [UInt8], at now: Instant)
  /// When it next has something to collect; asked after each call above and below, and after `SimBoard.peerChanged`.
  var nextDue: Instant? { get }
  /// What it sends, and whether it then closes the connection.
  func collect(at now: Instant) -> (bytes: [UInt8], closed: Bool)
}
