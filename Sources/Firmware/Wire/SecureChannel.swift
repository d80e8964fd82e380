import CTLS

/// Application protocols (ALPN, RFC 7301). The version counts whole protocols; additions within one need no new number.
public enum ApplicationProtocol {
  public static let session: StaticString = "sotto/1"
  public static let pairing: StaticString = "sotto-pair/1"
}

/// Whom a connection accepts.
public enum PeerExpectation: Sendable, Hashable {
  /// Only the holder of this key, over `ApplicationProtocol.session`.
  case paired(Fingerprint)
  /// Anyone, over `ApplicationProtocol.pairing`: who it is will be settled by `DevicePairing` and `HostPairing`.
  case pairing

  var applicationProtocol: StaticString {
    switch self {
    case .paired: ApplicationProtocol.session
    case .pairing: ApplicationProtocol.pairing
    }
  }
}

/// TLS 1.3 with frames inside, without input or output: ciphertext is handed in and out by the owner. One side's end.
///
///     handshaking ──1──▶ open ──2──▶ closed
///          └───────────3──────────────▲
///
/// 1 both keys shown and accepted, application protocol agreed · 2 close, the peer's close, any failure · 3 any failure
final class SecureChannel {
  enum Step: Equatable {
    /// Nothing more until more ciphertext comes.
    case idle
    case opened(Fingerprint)
    /// `withFrame` shows the next one.
    case frame
    /// The frame cannot be read; `closed` follows.
    case broken(WireError)
    case closed(SessionFailure)
  }

  private enum State {
    case handshaking
    case open
    case closed
  }

  /// Plaintext taken from TLS at a time: one record (RFC 8446 5.1).
  private static let recordSize = 16_384

  private let tls: OpaquePointer
  private var state = State.handshaking
  /// Steps that came about outside `step` and wait to be reported, oldest first.
  private var waiting: [Step] = []
  private var frames = FrameReader()
  private var plaintext: [UInt8]
  private var plaintextCount = 0
  private var plaintextOffset = 0

  init(role: ctls_role, identity: Identity, expecting expectation: PeerExpectation) throws(SessionFailure) {
    let pinned: [UInt8]
    switch expectation {
    case .paired(let fingerprint): pinned = fingerprint.bytes
    case .pairing: pinned = []
    }
    let created = identity.privateKey.withBytes { key in
      Self.connect(role, key: key, certificate: identity.certificateDER, pinned: pinned, expectation.applicationProtocol)
    }
    guard let created else { throw .unusableIdentity }
    tls = created
    plaintext = [UInt8](repeating: 0, count: Self.recordSize)
    shakeHands()
  }

  deinit {
    ctls_connection_free(tls)
  }

  private static func connect(
    _ role: ctls_role, key: Span<UInt8>, certificate: [UInt8], pinned: [UInt8], _ applicationProtocol: StaticString
  ) -> OpaquePointer? {
    key.withUnsafeBufferPointer { key in
      certificate.withUnsafeBufferPointer { certificate in
        pinned.withUnsafeBufferPointer { pinned in
          applicationProtocol.withUTF8Buffer { name in
            ctls_connection_create(
              role, key.baseAddress, key.count, certificate.baseAddress,
              certificate.count, pinned.isEmpty ? nil : pinned.baseAddress,
              // A StaticString ends with a zero.
              UnsafeRawPointer(name.baseAddress!).assumingMemoryBound(to: CChar.self))
          }
        }
      }
    }
  }

  var isOpen: Bool { state == .open }

  /// Shows the frame that `Step.frame` announced; it is there until the next call of `step`.
  func withFrame<Result>(_ body: (Span<UInt8>) throws(WireError) -> Result) throws(WireError) -> Result {
    // A second reference for the time of the call, not a copy of the bytes: a span of a class's property cannot be handed out.
    let reader = frames
    return try body(reader.body)
  }

  // MARK: - In

  func received(_ ciphertext: Span<UInt8>) {
    guard state != .closed else { return }
    let isKept = ciphertext.withUnsafeBufferPointer { ctls_receive(tls, $0.baseAddress, $0.count) }
    precondition(isKept, "a memory BIO takes everything")
    if state == .handshaking { shakeHands() }
  }

  /// The transport has ended: what TLS holds is still delivered, then the end.
  func transportEnded() {
    guard state != .closed, !hasTransportEnded else { return }
    hasTransportEnded = true
  }

  private var hasTransportEnded = false

  /// The next thing that came about. To be called until `idle`.
  func step() -> Step {
    if !waiting.isEmpty { return waiting.removeFirst() }
    switch state {
    case .handshaking: return hasTransportEnded ? fail(.truncated) : .idle
    case .open: return nextFrame()
    case .closed: return .idle
    }
  }

  private func nextFrame() -> Step {
    while true {
      do throws(WireError) {
        if try frames.read(plaintext.span.extracting(first: plaintextCount), from: &plaintextOffset) { return .frame }
      } catch {
        return refuse(error)
      }
      plaintextCount = plaintext.count
      plaintextOffset = 0
      let result = ctls_read(tls, &plaintext, &plaintextCount)
      switch result {
      case .done: continue
      case .wait: return hasTransportEnded ? fail(.truncated) : .idle
      case .closed: return fail(frames.isBetweenFrames ? .peerClosed : .truncated)
      case .failed: return fail(failureOfTLS)
      }
    }
  }

  private func shakeHands() {
    let result = ctls_handshake(tls)
    switch result {
    case .wait: return
    case .done:
      guard ctls_has_protocol(tls) else {
        waiting.append(fail(.wrongApplication))
        return
      }
      var fingerprint = [UInt8](repeating: 0, count: Fingerprint.size)
      ctls_peer_fingerprint(tls, &fingerprint)
      guard let peer = Fingerprint(fingerprint.span) else { preconditionFailure("a fingerprint has its size") }
      state = .open
      waiting.append(.opened(peer))
    case .closed: waiting.append(fail(.peerClosed))
    case .failed: waiting.append(fail(failureOfTLS))
    }
  }

  /// A frame or message that cannot be read: reported, then closed.
  func refuse(_ error: WireError) -> Step {
    waiting.append(fail(error == .oversizedFrame ? .oversizedFrame : .malformedMessage))
    return .broken(error)
  }

  private func fail(_ failure: SessionFailure) -> Step {
    ctls_close(tls)
    state = .closed
    return .closed(failure)
  }

  private var failureOfTLS: SessionFailure {
    switch ctls_failure_of(tls) {
    case .notTLS: .notTLS
    case .version: .tlsVersion
    case .wrongKey: .wrongKey
    case .applicationProtocol: .wrongApplication
    case .rejected: .rejectedByPeer
    case .alert: .alert
    case .none, .protocol: .corrupted
    }
  }

  // MARK: - Out

  /// Encrypts whole frames; false when the channel is not open.
  func send(_ frames: Span<UInt8>) -> Bool {
    guard state == .open else { return false }
    return frames.withUnsafeBufferPointer { ctls_write(tls, $0.baseAddress, $0.count) }
  }

  /// Says farewell. Nothing is reported any more; what waits in the output should still be sent.
  func close() {
    guard state != .closed else { return }
    ctls_close(tls)
    state = .closed
    waiting.removeAll()
  }

  /// Bytes of ciphertext that wait to be sent.
  var pendingOutput: Int {
    var count = 0
    _ = ctls_output(tls, &count)
    return count
  }

  /// Shows the ciphertext that waits; `body` says how many bytes of it the transport took.
  func drainOutput(_ body: (Span<UInt8>) -> Int) {
    var count = 0
    let start = ctls_output(tls, &count)
    guard count > 0 else { return }
    let taken = body(UnsafeBufferPointer(start: start, count: count).span)
    precondition((0...count).contains(taken), "a transport takes at most what it was offered")
    ctls_output_taken(tls, taken)
  }
}
