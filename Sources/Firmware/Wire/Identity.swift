import CTLS

/// The private key of a pair of glasses or of a host, with the self-signed certificate that shows its public key in TLS.
///
/// Made once, then kept by `Storage` (glasses) or in a file of mode 0600 (host) as `serialised`. The key is ECDSA on P-256, the curve that every TLS 1.3
/// implementation has. The certificate says nothing about its owner and never expires: peers pin the key (`fingerprint`).
///
/// The private key never appears in a description; its memory is overwritten when the last copy of the identity goes.
public struct Identity: Sendable {
  /// Name of the record in `Storage`.
  public static let recordName: StaticString = "identity"
  /// `SoId`.
  private static let kind: UInt32 = 0x536f_4964
  private static let version: UInt8 = 1

  public let fingerprint: Fingerprint
  public let certificateDER: [UInt8]
  /// PKCS#8 DER.
  let privateKey: SecretBytes

  /// A new identity; nil only when the system's random generator or memory fails.
  public static func create() -> Identity? {
    var key = [UInt8](repeating: 0, count: Int(CTLS_KEY_LIMIT))
    var certificate = [UInt8](repeating: 0, count: Int(CTLS_CERTIFICATE_LIMIT))
    var keyCount = 0
    var certificateCount = 0
    let isMade = ctls_identity_create(&key, &keyCount, &certificate, &certificateCount)
    defer { ctls_wipe(&key, key.count) }
    guard isMade, keyCount <= key.count, certificateCount <= certificate.count else { return nil }
    certificate.removeLast(certificate.count - certificateCount)
    return Identity(privateKeyDER: key.span.extracting(first: keyCount), certificateDER: certificate)
  }

  /// Reads what `serialised` gave. Checks that the key and the certificate parse, are on P-256 and belong together.
  public init(parsing record: Span<UInt8>) throws(RecordError) {
    var reader = try RecordReader(record, kind: Self.kind, version: Self.version)
    var key = try reader.field()
    defer { ctls_wipe(&key, key.count) }
    let certificate = try reader.field()
    try reader.end()
    guard let identity = Identity(privateKeyDER: key.span, certificateDER: certificate) else { throw .unusable }
    self = identity
  }

  private init?(privateKeyDER key: Span<UInt8>, certificateDER: [UInt8]) {
    let isUsable = key.withUnsafeBufferPointer { key in
      certificateDER.withUnsafeBufferPointer { ctls_identity_is_usable(key.baseAddress, key.count, $0.baseAddress, $0.count) }
    }
    guard isUsable, let fingerprint = Fingerprint(certificateDER: certificateDER.span) else { return nil }
    self.fingerprint = fingerprint
    self.certificateDER = certificateDER
    privateKey = SecretBytes(copying: key)
  }

  /// One record with the private key and the certificate. Secret: to be written with mode 0600 and shown to nobody.
  public func serialised() -> [UInt8] {
    var writer = RecordWriter(kind: Self.kind, version: Self.version)
    privateKey.withBytes { writer.append($0) }
    writer.append(certificateDER.span)
    return writer.finish()
  }

  /// `CERTIFICATE` in PEM.
  public var certificatePEM: String { pem("CERTIFICATE", certificateDER.span) }

  /// `PRIVATE KEY` (PKCS#8, not encrypted) in PEM. Secret.
  public var privateKeyPEM: String { privateKey.withBytes { pem("PRIVATE KEY", $0) } }
}

extension Identity: CustomStringConvertible, CustomDebugStringConvertible {
  /// The fingerprint only.
  public var description: String { fingerprint.hex }
  public var debugDescription: String { fingerprint.hex }
}

#if !hasFeature(Embedded)
  extension Identity: CustomReflectable {
    /// So that a dump of something that holds an identity does not show the key either.
    public var customMirror: Mirror { Mirror(self, children: ["fingerprint": fingerprint.hex]) }
  }
#endif

/// The PEM form: base64 is 4/3 of the bytes, plus a line end for each 64, plus the two lines around.
private func pem(_ label: StaticString, _ bytes: Span<UInt8>) -> String {
  var text = [UInt8](repeating: 0, count: bytes.count * 3 / 2 + 128)
  let capacity = text.count
  defer { ctls_wipe(&text, capacity) }
  let length = text.withUnsafeMutableBytes { text in
    bytes.withUnsafeBufferPointer { bytes in
      label.withUTF8Buffer { label in
        // A StaticString ends with a zero.
        ctls_pem(
          UnsafeRawPointer(label.baseAddress!).assumingMemoryBound(to: CChar.self), bytes.baseAddress, bytes.count,
          text.baseAddress!.assumingMemoryBound(to: CChar.self), capacity)
      }
    }
  }
  precondition(length > 0, "the buffer fits every identity")
  return String(decoding: text[..<length], as: UTF8.self)
}
