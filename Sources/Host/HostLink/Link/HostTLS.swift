import NIOCore
import NIOSSL
import Wire

/// Whose certificate a peer showed, and why it will not be served, if so.
struct Admission: Sendable {
  var fingerprint: Fingerprint
  var refusal: String?
}

/// The host's side of TLS: 1.3 only, both sides show a certificate, and only the certificates' keys count. There is no chain, no
/// name and no date to check: a key was compared by a person when it was paired.
struct HostTLS: Sendable {
  /// ALPN names of the two things a link can carry.
  static let sessionProtocol = "sotto/1"
  static let pairingProtocol = "sotto-pair/1"
  /// How long a closing connection waits for the peer's goodbye.
  private static let farewell = TimeAmount.seconds(1)

  private let sessions: NIOSSLContext
  private let sessionsAndPairing: NIOSSLContext
  private let pairing: NIOSSLContext

  init(identity: Identity) throws {
    func context(_ protocols: [String]) throws -> NIOSSLContext {
      let certificates = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8))
      let key = try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
      configuration.minimumTLSVersion = .tlsv13
      configuration.maximumTLSVersion = .tlsv13
      configuration.curves = [.x25519, .secp256r1]
      // Keys of other kinds are nobody's here, and some are dear to verify.
      configuration.verifySignatureAlgorithms = [.ecdsaSecp256R1Sha256]
      configuration.signingSignatureAlgorithms = [.ecdsaSecp256R1Sha256]
      // Asks for a certificate and refuses a peer without one; the callback below replaces the rest of the verification.
      configuration.certificateVerification = .noHostnameVerification
      configuration.applicationProtocols = protocols
      configuration.shutdownTimeout = Self.farewell
      return try NIOSSLContext(configuration: configuration)
    }
    sessions = try context([Self.sessionProtocol])
    sessionsAndPairing = try context([Self.sessionProtocol, Self.pairingProtocol])
    pairing = try context([Self.pairingProtocol])
  }

  /// Adds the handlers of one connection. Call on its event loop, before it becomes active. Nil, after closing it, when the host is
  /// shutting down.
  @discardableResult
  func install(on channel: any Channel, core: HostCore, peer: String) throws -> LinkHandler? {
    let loop = channel.eventLoop
    let admitted = NIOLoopBoundBox<LinkHandler?>(nil, eventLoop: loop)
    let address = channel.remoteAddress?.ipAddress ?? peer
    let seat = core.registry.admit(limit: core.limits.strangers, address: address) { reason in
      loop.execute { admitted.value?.stop(reason) }
    }
    guard let seat else {
      channel.close(promise: nil)
      return nil
    }
    let admission = NIOLoopBoundBox<Admission?>(nil, eventLoop: channel.eventLoop)
    let context = core.desk.isOpen ? (core.offersSessions ? sessionsAndPairing : pairing) : sessions
    let server = NIOSSLServerHandler(context: context) { certificates, promise in
      let found = Self.examine(certificates, core)
      admission.value = found
      if found != nil, found?.refusal == nil { promise.succeed(.certificateVerified) } else { promise.succeed(.failed) }
    }
    let link = LinkHandler(core: core, peer: peer, admission: admission, seat: seat)
    admitted.value = link
    try channel.pipeline.syncOperations.addHandlers([server, link])
    return link
  }

  /// The peer's key, and whether it may go on. While pairing is open any key may: the application protocol, known after the
  /// handshake, then decides what for.
  private static func examine(_ certificates: [NIOSSLCertificate], _ core: HostCore) -> Admission? {
    guard let bytes = try? certificates.first?.toDERBytes(), let fingerprint = Fingerprint(certificateDER: bytes.span) else {
      return nil
    }
    let isPaired = core.offersSessions && core.store.device(fingerprint) != nil
    if isPaired || core.desk.isOpen { return Admission(fingerprint: fingerprint, refusal: nil) }
    return Admission(fingerprint: fingerprint, refusal: "an unpaired device (\(fingerprint)): run sotto-host pair to pair it")
  }
}
