import CTLS

/// What came about on a connection to the host.
public enum SessionEvent: Sendable, Equatable {
  /// Both keys are shown, and ours accepts the host's. In TLS 1.3 the host judges the glasses' key after this: `closed(.rejectedByPeer)` may
  /// still follow instead of the first message.
  case opened(peer: Fingerprint)
  /// In a session.
  case message(HostMessage)
  /// In pairing.
  case pairing(PairingMessage)
  /// A message that was not understood. The session goes on if `isSurvivable`, otherwise `closed` follows.
  case warning(WireError)
  /// The end; nothing follows.
  case closed(SessionFailure)
}

/// The glasses' end of a connection to the host, without input or output: the owner carries ciphertext between it and the transport.
///
/// After each `received`, `transportEnded` or `send`: call `next` until it gives nil, then `drainOutput` as long as the transport takes bytes. The
/// first output, the start of the handshake, is there after `init`. What `close` and failures leave in the output is the farewell or the alert for the
/// peer: send it before the transport is closed.
public final class HostConnection {
  private let channel: SecureChannel
  private let isPairing: Bool
  /// Frames on their way into TLS; kept, so that sending does not allocate once it has grown.
  private var outgoing: [UInt8] = []

  /// Throws `unusableIdentity` only.
  public init(identity: Identity, expecting expectation: PeerExpectation) throws(SessionFailure) {
    channel = try SecureChannel(role: .client, identity: identity, expecting: expectation)
    isPairing = expectation == .pairing
  }

  /// Whether messages can be sent.
  public var isOpen: Bool { channel.isOpen }

  // MARK: - In

  /// Hands in what the transport received. It is kept until `next` comes to it.
  public func received(_ ciphertext: Span<UInt8>) { channel.received(ciphertext) }

  /// The transport ended or failed. `next` still delivers what arrived before, then `closed`.
  public func transportEnded() { channel.transportEnded() }

  /// The next event; nil when there is nothing until more is received.
  public func next() -> SessionEvent? {
    switch channel.step() {
    case .idle: return nil
    case .opened(let peer): return .opened(peer: peer)
    case .closed(let failure): return .closed(failure)
    case .broken(let error): return .warning(error)
    case .frame: return decodeFrame()
    }
  }

  private func decodeFrame() -> SessionEvent {
    do throws(WireError) {
      if isPairing { return .pairing(try channel.withFrame(PairingMessage.decode)) }
      return .message(try channel.withFrame(HostMessage.decode))
    } catch {
      if !error.isSurvivable { _ = channel.refuse(error) }
      return .warning(error)
    }
  }

  // MARK: - Out

  /// Each `send` encrypts into the output and returns whether it did: not before `opened`, not after the end, not a message over `Frame.limit`.
  @discardableResult public func send(_ message: DeviceMessage) -> Bool {
    send { (buffer) throws(WireError) in try Frame.append(message, to: &buffer) }
  }

  @discardableResult public func send(_ message: PairingMessage) -> Bool {
    send { (buffer) throws(WireError) in try Frame.append(message, to: &buffer) }
  }

  /// `DeviceMessage.picture` encrypted straight from the camera's buffer, where `bytes` stay: only what stands before them is gathered here.
  /// `piece.bytes` is ignored. 1 byte to `Frame.picturePiece`, so that sound gets through between the pieces.
  @discardableResult public func sendPicture(_ piece: PictureChunk, bytes: Span<UInt8>) -> Bool {
    guard isOpen, !bytes.isEmpty else { return false }
    outgoing.removeAll(keepingCapacity: true)
    do throws(WireError) { try Frame.appendPictureHead(piece, count: bytes.count, to: &outgoing) } catch { return false }
    return sendOutgoing() && channel.send(bytes)
  }

  /// Whole frames of a session, as `FrameJournal` shows them.
  @discardableResult public func sendFrames(_ frames: Span<UInt8>) -> Bool { channel.send(frames) }

  private func send(_ append: (inout [UInt8]) throws(WireError) -> Void) -> Bool {
    guard isOpen else { return false }
    outgoing.removeAll(keepingCapacity: true)
    do throws(WireError) { try append(&outgoing) } catch { return false }
    return sendOutgoing()
  }

  private func sendOutgoing() -> Bool {
    // A second reference for the time of the call, not a copy of the bytes: a span of a class's property cannot be handed out.
    let frame = outgoing
    return channel.send(frame.span)
  }

  /// Ciphertext waits to be sent.
  public var hasOutput: Bool { channel.pendingOutput > 0 }

  /// Bytes of ciphertext that wait, for whoever must not run ahead of a slow transport.
  public var pendingOutput: Int { channel.pendingOutput }

  /// Shows the waiting ciphertext once; `body` returns how many bytes of it, from the start, the transport took.
  public func drainOutput(_ body: (Span<UInt8>) -> Int) { channel.drainOutput(body) }

  /// Says farewell (close_notify in the output). No event follows. Allowed in every state.
  public func close() { channel.close() }
}
