/// Why a connection ended or never came about. Raw values are fixed: they stand in traces and in docs/wire.md.
public enum SessionFailure: UInt8, Error, Sendable, Hashable, CaseIterable {
  /// The peer's key is not the one that we are paired with, or it showed none.
  case wrongKey = 1
  /// The peer does not accept our key: it has forgotten the pairing, or never knew it.
  case rejectedByPeer = 2
  /// What answers speaks something else than TLS.
  case notTLS = 3
  /// The peer does not speak TLS 1.3.
  case tlsVersion = 4
  /// The peer does not speak the application protocol (ALPN): another program, or another version of this one.
  case wrongApplication = 5
  /// The peer ended the connection with a TLS alert.
  case alert = 6
  /// A record was changed on its way, or the peer broke the rules of TLS.
  case corrupted = 7
  /// A frame over `Frame.limit`.
  case oversizedFrame = 8
  /// A message that cannot be read; the `WireError` was reported before.
  case malformedMessage = 9
  /// The connection broke off without the peer's farewell, or inside a frame.
  case truncated = 10
  /// The peer said farewell (close_notify) between two frames.
  case peerClosed = 11
  /// Our own identity cannot be used, or memory is short.
  case unusableIdentity = 12

  /// What a person is told.
  public var phrase: StaticString {
    switch self {
    case .wrongKey: "the other side is not the one that was paired"
    case .rejectedByPeer: "the other side does not know this pairing: pair again"
    case .notTLS: "what answers there does not speak TLS"
    case .tlsVersion: "the other side does not speak TLS 1.3"
    case .wrongApplication: "the other side does not speak this protocol: is it in pairing mode, or of another version?"
    case .alert: "the other side broke off with an alert"
    case .corrupted: "the encrypted connection was damaged"
    case .oversizedFrame: "the other side sent a frame over the size limit"
    case .malformedMessage: "the other side sent a message that cannot be read"
    case .truncated: "the connection broke off"
    case .peerClosed: "the other side closed the connection"
    case .unusableIdentity: "the own key cannot be used"
    }
  }
}
