import Testing

@testable import Wire

@Suite struct SessionTests {
  static let glasses = Identity.create()!
  static let host = Identity.create()!
  static let stranger = Identity.create()!

  static func paired(fragment: Int = .max) throws -> Wires {
    try Wires(
      glasses: glasses, expecting: .paired(host.fingerprint), host: host, expecting: .paired(glasses.fingerprint),
      fragment: fragment)
  }

  static func opened() throws -> Wires {
    var wires = try paired()
    try wires.settle()
    #expect(wires.glassesSaw == [.opened(peer: host.fingerprint)])
    wires.glassesSaw = []
    wires.hostSaw = []
    return wires
  }

  @Test(arguments: [1, 7, Int.max]) func everyMessageBothWays(fragment: Int) throws {
    var wires = try Self.paired(fragment: fragment)
    try wires.settle()
    #expect(wires.glassesSaw == [.opened(peer: Self.host.fingerprint)])
    #expect(wires.hostSaw == [.opened(Self.glasses.fingerprint)])
    for sample in deviceSamples { #expect(wires.glasses.send(sample.message)) }
    for sample in hostSamples { try wires.host.send(sample.message) }
    try wires.settle()
    #expect(wires.glassesSaw.dropFirst().elementsEqual(hostSamples.map { .message($0.message) }))
    #expect(wires.hostSaw.dropFirst().elementsEqual(deviceSamples.map { .message($0.message) }))
  }

  @Test func payloadsFromSpans() throws {
    var wires = try Self.opened()
    let opus = [UInt8](0..<90)
    var journal = FrameJournal()
    journal.appendAudio(turn: 2, sequence: 5, opus: opus.span)
    journal.takeUnsent { [glasses = wires.glasses] in glasses.sendFrames($0) }
    let piece = PictureChunk(turn: 2, format: 1, width: 640, height: 480, totalBytes: 90)
    wires.glasses.sendPicture(piece, bytes: opus.span)
    var whole = piece
    whole.bytes = opus
    try wires.settle()
    #expect(wires.hostSaw == [.message(.audio(AudioPacket(turn: 2, sequence: 5, opus: opus))), .message(.picture(whole))])
  }

  /// A transport that takes what it likes, down to nothing.
  @Test func slowTransport() throws {
    var wires = try Self.opened()
    wires.glasses.send(.typed(TypedQuestion(turn: 1, text: "what time is it?")))
    let waiting = wires.glasses.pendingOutput
    #expect(wires.glasses.hasOutput)
    wires.glasses.drainOutput { _ in 0 }
    #expect(wires.glasses.pendingOutput == waiting)
    var carried: [UInt8] = []
    while wires.glasses.hasOutput {
      wires.glasses.drainOutput { span in
        carried.append(span[0])
        return 1
      }
    }
    #expect(carried.count == waiting)
    wires.host.channel.received(carried.span)
    try wires.settle()
    #expect(wires.hostSaw == [.message(.typed(TypedQuestion(turn: 1, text: "what time is it?")))])
  }

  @Test func glassesRefuseAWrongKey() throws {
    var wires = try Wires(
      glasses: Self.glasses, expecting: .paired(Self.host.fingerprint), host: Self.stranger,
      expecting: .paired(Self.glasses.fingerprint))
    try wires.settle()
    #expect(wires.glassesSaw == [.closed(.wrongKey)])
    // The host learns from the alert.
    #expect(wires.hostSaw == [.closed(.rejectedByPeer)])
    #expect(!wires.glasses.send(.status(DeviceStatus())))
  }

  @Test func hostRefusesUnknownGlasses() throws {
    var wires = try Wires(
      glasses: Self.stranger, expecting: .paired(Self.host.fingerprint), host: Self.host,
      expecting: .paired(Self.glasses.fingerprint))
    try wires.settle()
    #expect(wires.hostSaw == [.closed(.wrongKey)])
    #expect(wires.glassesSaw == [.opened(peer: Self.host.fingerprint), .closed(.rejectedByPeer)])
  }

  @Test func pairingAcceptsAnyKeyButNoSession() throws {
    var wires = try Wires(glasses: Self.stranger, expecting: .pairing, host: Self.host, expecting: .pairing)
    try wires.settle()
    #expect(wires.glassesSaw == [.opened(peer: Self.host.fingerprint)])
    #expect(wires.hostSaw == [.opened(Self.stranger.fingerprint)])
    wires.glasses.send(.request(PairingRequest(deviceName: "left")))
    try wires.host.send(.refused(Refused(reason: "not now")) as PairingMessage)
    try wires.settle()
    #expect(wires.hostSaw.last == .pairing(.request(PairingRequest(deviceName: "left"))))
    #expect(wires.glassesSaw.last == .pairing(.refused(Refused(reason: "not now"))))
  }

  /// Glasses in a session never talk to a host in pairing mode, nor the other way round.
  @Test func applicationProtocolsDoNotMix() throws {
    var wires = try Wires(
      glasses: Self.glasses, expecting: .paired(Self.host.fingerprint), host: Self.host, expecting: .pairing)
    try wires.settle()
    #expect(wires.glassesSaw == [.closed(.wrongApplication)])
    #expect(wires.hostSaw == [.closed(.wrongApplication)])
    wires = try Wires(
      glasses: Self.glasses, expecting: .pairing, host: Self.host, expecting: .paired(Self.glasses.fingerprint))
    try wires.settle()
    #expect(wires.glassesSaw == [.closed(.wrongApplication)])
    #expect(wires.hostSaw == [.closed(.wrongApplication)])
  }

  @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "hello, this is not TLS", "\0\0\0\u{4}\u{a}\u{2}\u{8}\u{1}"])
  func plaintextPeer(_ text: String) throws {
    let glasses = try HostConnection(identity: Self.glasses, expecting: .paired(Self.host.fingerprint))
    glasses.received(all: [UInt8](text.utf8))
    #expect(glasses.events() == [.closed(.notTLS)])
    #expect(!glasses.isOpen)
  }

  /// RFC 5246: a ServerHello without supported_versions means TLS 1.2. And the alert that a TLS 1.2 server sends which looks first.
  @Test func olderTLSIsRefused() throws {
    let body: [UInt8] = [3, 3] + [UInt8](repeating: 0x5a, count: 32) + [0, 0xc0, 0x2b, 0]
    let handshake: [UInt8] = [2, 0, 0, UInt8(body.count)] + body
    let record: [UInt8] = [0x16, 3, 3, 0, UInt8(handshake.count)] + handshake
    let glasses = try HostConnection(identity: Self.glasses, expecting: .paired(Self.host.fingerprint))
    glasses.received(all: record)
    #expect(glasses.events() == [.closed(.tlsVersion)])

    let other = try HostConnection(identity: Self.glasses, expecting: .paired(Self.host.fingerprint))
    other.received(all: [0x15, 3, 3, 0, 2, 2, 70])
    #expect(other.events() == [.closed(.tlsVersion)])
  }

  @Test func unknownMessageIsSurvived() throws {
    var wires = try Self.opened()
    wires.host.send(bytes: [0, 0, 0, 4, 0xa2, 0x06, 0x01, 0x00])
    // turn_ended with an outcome of a later version
    wires.host.send(bytes: [0, 0, 0, 4, 0x3a, 0x02, 0x10, 0x63])
    try wires.host.send(.wantPicture(WantPicture(turn: 1)))
    try wires.settle()
    #expect(
      wires.glassesSaw == [.warning(.unknownMessage), .warning(.unknownValue), .message(.wantPicture(WantPicture(turn: 1)))])
    #expect(wires.glasses.isOpen)
  }

  @Test(
    arguments: [
      ([0, 1, 0, 1], .oversizedFrame, .oversizedFrame),
      ([0xff, 0xff, 0xff, 0xff], .oversizedFrame, .oversizedFrame),
      ([0, 0, 0, 0], .emptyFrame, .malformedMessage),
      ([0, 0, 0, 2, 0x0a, 0x09], .truncated, .malformedMessage),
      ([0, 0, 0, 5, 0x12, 0x03, 0x12, 0x01, 0xff], .invalidText, .malformedMessage),
    ] as [([UInt8], WireError, SessionFailure)])
  func brokenFrameEndsTheSession(_ bytes: [UInt8], _ warning: WireError, _ failure: SessionFailure) throws {
    var wires = try Self.opened()
    wires.host.send(bytes: bytes)
    try wires.host.send(.wantPicture(WantPicture(turn: 1)))
    try wires.settle()
    #expect(wires.glassesSaw == [.warning(warning), .closed(failure)])
    #expect(!wires.glasses.isOpen)
    #expect(wires.hostSaw == [.closed(.peerClosed)])
  }

  @Test func farewell() throws {
    var wires = try Self.opened()
    try wires.host.send(.answerText(AnswerText(turn: 1, text: "bye")))
    wires.host.channel.close()
    try wires.settle()
    #expect(wires.glassesSaw == [.message(.answerText(AnswerText(turn: 1, text: "bye"))), .closed(.peerClosed)])
    #expect(wires.glasses.next() == nil)
  }

  @Test func farewellInsideAFrameIsTruncation() throws {
    var wires = try Self.opened()
    wires.host.send(bytes: [0, 0, 0, 9, 1, 2])
    wires.host.channel.close()
    try wires.settle()
    #expect(wires.glassesSaw == [.closed(.truncated)])
  }

  @Test func endWithoutFarewellIsTruncation() throws {
    let wires = try Self.opened()
    try wires.host.send(.wantPicture(WantPicture(turn: 1)))
    wires.glasses.received(all: wires.host.takeOutput())
    wires.glasses.transportEnded()
    #expect(wires.glasses.events() == [.message(.wantPicture(WantPicture(turn: 1))), .closed(.truncated)])
  }

  @Test func endDuringTheHandshakeIsTruncation() throws {
    let glasses = try HostConnection(identity: Self.glasses, expecting: .paired(Self.host.fingerprint))
    glasses.transportEnded()
    #expect(glasses.events() == [.closed(.truncated)])
  }

  @Test func ownCloseReportsNothing() throws {
    var wires = try Self.opened()
    wires.glasses.send(.cancel(CancelTurn(turn: 1, reason: .shutdown)))
    wires.glasses.close()
    #expect(!wires.glasses.send(.status(DeviceStatus())))
    try wires.settle()
    #expect(wires.glassesSaw == [])
    #expect(wires.hostSaw == [.message(.cancel(CancelTurn(turn: 1, reason: .shutdown))), .closed(.peerClosed)])
  }

  /// One bit of ciphertext, changed on its way, at each place of a record.
  @Test func changedCiphertextEndsTheSession() throws {
    for place in 0..<40 {
      let wires = try Self.opened()
      try wires.host.send(.wantPicture(WantPicture(turn: 1)))
      var bytes = wires.host.takeOutput()
      guard place < bytes.count else { break }
      bytes[place] ^= 0x10
      wires.glasses.received(all: bytes)
      wires.glasses.transportEnded()
      let events = wires.glasses.events()
      // A changed length may wait for bytes that never come.
      #expect(events == [.closed(.corrupted)] || events == [.closed(.truncated)], "byte \(place): \(events)")
    }
  }

  /// A recorded session, played back to fresh glasses.
  @Test func replayedSessionIsRefused() throws {
    let first = try HostConnection(identity: Self.glasses, expecting: .paired(Self.host.fingerprint))
    let host = try HostEnd(identity: Self.host, expecting: .paired(Self.glasses.fingerprint))
    host.channel.received(first.takeOutput().span)
    let recorded = host.takeOutput()
    let second = try HostConnection(identity: Self.glasses, expecting: .paired(Self.host.fingerprint))
    second.received(all: recorded)
    let events = second.events()
    #expect(events.count == 1)
    #expect(events == [.closed(.corrupted)] || events == [.closed(.alert)], "\(events)")
  }

  /// Noise instead of a handshake, from the first byte or from the middle of one.
  @Test(arguments: [1, 2, 3] as [UInt64]) func noise(seed: UInt64) throws {
    var generator = SeededGenerator(state: seed)
    for _ in 0..<200 {
      let glasses = try HostConnection(identity: Self.glasses, expecting: .paired(Self.host.fingerprint))
      let host = try HostEnd(identity: Self.host, expecting: .paired(Self.glasses.fingerprint))
      host.channel.received(glasses.takeOutput().span)
      var bytes = host.takeOutput()
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
      glasses.received(all: bytes)
      glasses.transportEnded()
      let events = glasses.events()
      if case .closed = events.last {} else { Issue.record("open after noise: \(events)") }
      #expect(glasses.next() == nil)
    }
  }

  @Test func phrasesAndNumbersAreDistinct() {
    #expect(Set(SessionFailure.allCases.map { "\($0.phrase)" }).count == SessionFailure.allCases.count)
    #expect(SessionFailure.allCases.map { $0.rawValue } == Array(1...12))
    #expect(WireError.allCases.map { $0.rawValue } == Array(1...12))
  }
}
