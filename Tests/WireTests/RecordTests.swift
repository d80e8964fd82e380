import Testing

@testable import Wire

@Suite struct RecordTests {
  static let identity = Identity.create()!

  @Test func identityRoundTrip() throws {
    let record = Self.identity.serialised()
    let parsed = try Identity(parsing: record.span)
    #expect(parsed.fingerprint == Self.identity.fingerprint)
    #expect(parsed.certificateDER == Self.identity.certificateDER)
    #expect(parsed.privateKeyPEM == Self.identity.privateKeyPEM)
    #expect(parsed.serialised() == record)
  }

  @Test func identitiesDiffer() throws {
    let other = try #require(Identity.create())
    #expect(other.fingerprint != Self.identity.fingerprint)
  }

  @Test func pemForms() {
    let certificate = Self.identity.certificatePEM.split(separator: "\n")
    #expect(certificate.first == "-----BEGIN CERTIFICATE-----")
    #expect(certificate.last == "-----END CERTIFICATE-----")
    let key = Self.identity.privateKeyPEM.split(separator: "\n")
    #expect(key.first == "-----BEGIN PRIVATE KEY-----")
    #expect(key.last == "-----END PRIVATE KEY-----")
  }

  @Test func descriptionsHoldNoKey() {
    struct Holder {
      var identity: Identity
    }
    var dumped = ""
    dump(Holder(identity: Self.identity), to: &dumped)
    let texts = ["\(Self.identity)", String(reflecting: Self.identity), "\(Holder(identity: Self.identity))", dumped]
    let hex = Self.identity.privateKey.withBytes { bytes in bytes.indices.map { String(bytes[$0], radix: 16) }.joined() }
    for text in texts {
      #expect(text.contains(Self.identity.fingerprint.hex))
      #expect(!text.contains("privateKey"))
      #expect(!text.contains(hex))
    }
  }

  /// Each single byte of a record, damaged: refused, never a crash, never another identity.
  @Test func everyDamagedByteIsRefused() {
    let record = Self.identity.serialised()
    for index in record.indices {
      var damaged = record
      damaged[index] ^= 0x01
      #expect(throws: index < 4 ? RecordError.wrongKind : .corrupted) { try Identity(parsing: damaged.span) }
    }
    for length in record.indices {
      let cut = Array(record[..<length])
      #expect(throws: RecordError.self) { try Identity(parsing: cut.span) }
    }
    let longer = record + [0]
    #expect(throws: RecordError.corrupted) { try Identity(parsing: longer.span) }
  }

  @Test func keyOfAnotherCertificateIsRefused() throws {
    let other = try #require(Identity.create())
    var writer = RecordWriter(kind: 0x536f_4964, version: 1)
    other.privateKey.withBytes { writer.append($0) }
    let certificate = Self.identity.certificateDER
    writer.append(certificate.span)
    let record = writer.finish()
    #expect(throws: RecordError.unusable) { try Identity(parsing: record.span) }
  }

  @Test func laterVersionIsRefused() {
    var writer = RecordWriter(kind: 0x536f_5072, version: 2)
    let field: [UInt8] = [1, 2, 3]
    writer.append(field.span)
    let record = writer.finish()
    #expect(throws: RecordError.unknownVersion) { try Pairing(parsing: record.span) }
    #expect(throws: RecordError.wrongKind) { try Identity(parsing: record.span) }
  }

  @Test(arguments: ["desk", "", "漢字 🕶️"]) func pairingRoundTrip(_ name: String) throws {
    let pairing = Pairing(peer: Self.identity.fingerprint, name: name, address: "[::1]:7437")
    let record = pairing.serialised()
    #expect(try Pairing(parsing: record.span) == pairing)
    for index in record.indices {
      var damaged = record
      damaged[index] ^= 0x80
      #expect(throws: RecordError.self) { try Pairing(parsing: damaged.span) }
    }
  }

  @Test func pairingWithWrongFieldsIsRefused() {
    func parse(_ fields: [[UInt8]]) throws -> Pairing {
      var writer = RecordWriter(kind: 0x536f_5072, version: 1)
      for field in fields { writer.append(field.span) }
      let record = writer.finish()
      return try Pairing(parsing: record.span)
    }
    let peer = Self.identity.fingerprint.bytes
    #expect(throws: Never.self) { try parse([peer, [0x61], []]) }
    #expect(throws: RecordError.unusable) { try parse([Array(peer.dropLast()), [0x61], []]) }
    #expect(throws: RecordError.unusable) { try parse([peer, [0xff], []]) }
    #expect(throws: RecordError.wrongLength) { try parse([peer, [0x61]]) }
    #expect(throws: RecordError.wrongLength) { try parse([peer, [0x61], [], []]) }
  }

  @Test func fingerprintForms() throws {
    let bytes = [UInt8](0..<32)
    let whole = Fingerprint(bytes.span)
    let short = Fingerprint(bytes.span.extracting(first: 31))
    let notACertificate = Fingerprint(certificateDER: bytes.span)
    #expect(short == nil)
    #expect(notACertificate == nil)
    let fingerprint = try #require(whole)
    #expect(fingerprint.hex == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    #expect(fingerprint.bytes == bytes)
    #expect(Fingerprint(hex: fingerprint.hex.uppercased()) == fingerprint)
    #expect(Fingerprint(hex: String(fingerprint.hex.dropLast())) == nil)
    #expect(Fingerprint(hex: String(fingerprint.hex.dropLast(2))) == nil)
    #expect(Fingerprint(hex: "g" + fingerprint.hex.dropFirst()) == nil)
  }

  @Test(arguments: [
    ("desk", true), ("漢字 🕶️", true), (String(repeating: "x", count: 64), true), (String(repeating: "x", count: 65), false),
    ("", false),
    ("a\u{1b}[2J", false), ("a\nb", false), ("a\u{202e}b", false), ("a\u{7f}", false), ("a\u{9b}2J", false),
    ("a\u{200b}b", false), ("a\u{e0041}b", false), ("a\u{ad}b", false), ("a\u{fe0f}b", true),
  ])
  func names(_ name: String, _ acceptable: Bool) {
    #expect(PairingName.isAcceptable(name) == acceptable)
  }
}
