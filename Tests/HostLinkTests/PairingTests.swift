import HostLink
import Testing
import Units
import Wire

/// Pairing over real sockets, with the glasses' own `DevicePairing`.
@Suite(.timeLimit(.minutes(1))) struct PairingTests {
  @Test func bothConfirmAndTheSessionWorksAtOnce() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open())
    var glasses = try await PairingGlasses.connect(host)
    let digits = try await glasses.digits()
    #expect(await desk.next() == .opened(seconds: 120, attempts: 3))
    #expect(await desk.next() == .digits(digits, device: "new glasses"))
    host.server.answerPairing(true, to: digits)
    let pairing = try #require(try await glasses.confirm())
    #expect(pairing.peer == host.store.identity.fingerprint)
    #expect(pairing.name == "test host")
    #expect(await desk.next() == .paired(device: "new glasses", fingerprint: host.glasses.fingerprint))
    #expect(host.store.device(host.glasses.fingerprint)?.name == "new glasses")

    let session = try await host.glassesSession()
    try await session.greet()
    await host.server.shutDown()
  }

  @Test func aNoAtTheHostEndsTheWindow() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open())
    var glasses = try await PairingGlasses.connect(host)
    let digits = try await glasses.digits()
    host.server.answerPairing(false, to: digits)
    #expect(try await glasses.confirm() == nil)
    #expect(await desk.end() == .digitsDiffer)
    #expect(host.store.devices().isEmpty)
    await host.server.shutDown()
  }

  @Test func aNoAtTheGlassesLeavesTheOtherAttempts() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open())
    var glasses = try await PairingGlasses.connect(host)
    _ = try await glasses.digits()
    try await glasses.decline()
    #expect(await desk.failure() == "the other side refused")
    #expect(host.store.devices().isEmpty)

    var again = try await PairingGlasses.connect(host)
    let digits = try await again.digits()
    host.server.answerPairing(true, to: digits)
    #expect(try await again.confirm() != nil)
    await host.server.shutDown()
  }

  /// Someone breaks the wearer's attempt off and calls at once: the yes that was meant for the wearer's digits must not let them in.
  @Test func aYesToOlderDigitsLetsNobodyIn() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open())
    var glasses = try await PairingGlasses.connect(host)
    let seen = try await glasses.digits()
    try await glasses.decline()
    #expect(await desk.failure() == "the other side refused")
    host.server.answerPairing(true, to: seen)
    var other = try await PairingGlasses.connect(host)
    let shown = try await other.digits()
    try #require(shown != seen, "one in a million")
    host.server.answerPairing(true, to: seen)
    try await other.confirmAndLeave()
    #expect(await desk.digits() == shown)
    let end = await desk.next()
    if case .failed = end {} else { Issue.record("\(String(describing: end))") }
    #expect(host.store.devices().isEmpty)
    await host.server.shutDown()
  }

  @Test func theThirdFailureEndsTheWindow() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open())
    for _ in 0..<3 {
      var glasses = try await PairingGlasses.connect(host)
      _ = try await glasses.digits()
      try await glasses.decline()
      #expect(await desk.failure() == "the other side refused")
    }
    #expect(await desk.end() == .noAttemptsLeft)
    let late = try await TestGlasses.connect(port: host.server.address.port, identity: host.glasses, expecting: .pairing)
    #expect(await late.end() == .wrongApplication)
    await host.server.shutDown()
  }

  @Test func withoutAWindowNobodyIsLetIn() async throws {
    let host = try await TestHost(pairs: false)
    let glasses = try await TestGlasses.connect(port: host.server.address.port, identity: host.glasses, expecting: .pairing)
    #expect(await glasses.end() == .wrongApplication)
    await host.server.shutDown()
  }

  @Test func theWindowClosesByItself() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open(for: .milliseconds(20)))
    #expect(await desk.end() == .timeOver)
    await host.server.shutDown()
  }

  @Test func onlyOneWindowAndOneAttemptAtATime() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open())
    #expect(!Desk(host).open())
    var first = try await PairingGlasses.connect(host)
    _ = try await first.digits()
    let second = try await TestGlasses.connect(port: host.server.address.port, identity: host.glasses, expecting: .pairing)
    let refusal = PairingMessage.refused(Refused(reason: "another pairing is under way at the host"))
    #expect(await second.next { $0 == .pairing(refusal) } != nil)
    await host.server.shutDown()
  }

  @Test func anOpenWindowIsNoSession() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open())
    let glasses = try await host.glassesSession()
    #expect(await glasses.end() == .peerClosed)
    #expect(await host.log.refusal().hasPrefix("an unpaired device"))
    await host.server.shutDown()
  }

  /// Someone who has the glasses' key and replays what they once sent gets other digits, because the host's nonce is new, and a
  /// confirmation sent before the digits exist is out of order.
  @Test func aReplayedPairingGetsOtherDigits() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open())
    let nonce = PairingMessage.nonce(PairingNonce(nonce: [UInt8](1...16)))
    var seen: [String] = []
    for _ in 0..<2 {
      let glasses = try await TestGlasses.connect(port: host.server.address.port, identity: host.glasses, expecting: .pairing)
      #expect(await glasses.next { if case .opened = $0 { true } else { false } } != nil)
      try await glasses.send(.request(PairingRequest(deviceName: "new glasses")))
      try await glasses.send(nonce)
      seen.append(await desk.digits())
      try await glasses.vanish()
      #expect(await desk.failure() == "the connection ended before pairing was done")
    }
    #expect(seen[0] != seen[1])

    let hasty = try await TestGlasses.connect(port: host.server.address.port, identity: host.glasses, expecting: .pairing)
    #expect(await hasty.next { if case .opened = $0 { true } else { false } } != nil)
    try await hasty.send(.request(PairingRequest(deviceName: "new glasses")))
    try await hasty.send(.confirmed(PairingConfirmed()))
    #expect(await desk.failure() == "a message of pairing came out of order")
    #expect(await desk.end() == .noAttemptsLeft)
    #expect(host.store.devices().isEmpty)
    await host.server.shutDown()
  }

  @Test func theControlSocketOpensTheWindowAndForgets() async throws {
    let host = try await TestHost(pairs: false)
    let control = try await ControlServer.start(host.server, store: host.store)
    let client = try #require(await ControlClient.connect(host.store))
    var events = client.events.makeAsyncIterator()
    client.openPairing(seconds: 60)
    #expect(await events.next()?.pairing == .opened(seconds: 60, attempts: 3))
    var glasses = try await PairingGlasses.connect(host)
    let digits = try await glasses.digits()
    #expect(await events.next()?.pairing == .digits(digits, device: "new glasses"))
    client.answer(true, to: digits)
    #expect(try await glasses.confirm() != nil)
    #expect(await events.next()?.pairing == .paired(device: "new glasses", fingerprint: host.glasses.fingerprint))

    let session = try await host.glassesSession()
    try await session.greet()
    #expect(try host.store.remove(host.glasses.fingerprint))
    let other = try #require(await ControlClient.connect(host.store))
    await other.devicesChanged()
    #expect(await session.end() == .peerClosed)
    await #expect(throws: HostFailure.self) { try await ControlServer.start(host.server, store: host.store) }
    await control.shutDown()
    await host.server.shutDown()
  }

  /// Someone in between lets the glasses and the host come to digits, cuts the line, and comes to other digits itself. The yes of the
  /// person who compared the first ones must not let it in.
  @Test func aYesToOlderDigitsLetsNoIntruderIn() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open())
    let first = try await TestGlasses.connect(port: host.server.address.port, identity: host.glasses, expecting: .pairing)
    #expect(await first.next { if case .opened = $0 { true } else { false } } != nil)
    try await first.send(.request(PairingRequest(deviceName: "new glasses")))
    try await first.send(.nonce(PairingNonce(nonce: [UInt8](1...16))))
    let compared = await desk.digits()
    try await first.vanish()
    #expect(await desk.failure() == "the connection ended before pairing was done")

    let intruder = try #require(Identity.create())
    let second = try await TestGlasses.connect(port: host.server.address.port, identity: intruder, expecting: .pairing)
    #expect(await second.next { if case .opened = $0 { true } else { false } } != nil)
    try await second.send(.request(PairingRequest(deviceName: "new glasses")))
    try await second.send(.nonce(PairingNonce(nonce: [UInt8](2...17))))
    try await second.send(.confirmed(PairingConfirmed()))
    let shown = await desk.digits()
    try #require(shown != compared)
    host.server.answerPairing(true, to: compared)
    #expect(host.store.devices().isEmpty)
    // The same person, shown what is under way now, may still say no.
    host.server.answerPairing(false, to: shown)
    #expect(await desk.end() == .digitsDiffer)
    #expect(host.store.devices().isEmpty)
    await host.server.shutDown()
  }

  @Test func whoeverOpenedAnEarlierWindowCannotCloseThis() async throws {
    let host = try await TestHost(pairs: false)
    let control = try await ControlServer.start(host.server, store: host.store)
    let first = try #require(await ControlClient.connect(host.store))
    first.openPairing(seconds: 60)
    var events = first.events.makeAsyncIterator()
    #expect(await events.next()?.event == "pairing_open")
    first.answer(false, to: "")
    #expect(await events.next()?.event == "pairing_closed")

    let desk = Desk(host)
    #expect(desk.open())
    await first.close()
    // A request that is served after the close: the close has been dealt with by then.
    let other = try #require(await ControlClient.connect(host.store))
    await other.devicesChanged()
    var glasses = try await PairingGlasses.connect(host)
    host.server.answerPairing(true, to: try await glasses.digits())
    #expect(try await glasses.confirm() != nil)
    await control.shutDown()
    await host.server.shutDown()
  }

  /// Nobody has proved anything yet, so a flood of what a session would survive must not fill the log.
  @Test func nothingUnknownIsSurvivedInPairing() async throws {
    let host = try await TestHost(pairs: false)
    let desk = Desk(host)
    #expect(desk.open())
    let peer = try await RawClient.connect(
      port: host.server.address.port, tls: .init(identity: host.glasses, alpn: "sotto-pair/1"))
    #expect(await peer.handshake() == "sotto-pair/1")
    try await peer.send([0, 0, 0, 3, 0xa2, 0x06, 0x00])
    #expect(await host.log.refusal() == "a message of an unknown kind")
    #expect(await desk.failure() == "the connection ended before pairing was done")
    await host.server.shutDown()
  }

  @Test func leavingTheControlSocketClosesTheWindow() async throws {
    let host = try await TestHost(pairs: false)
    let control = try await ControlServer.start(host.server, store: host.store)
    let client = try #require(await ControlClient.connect(host.store))
    client.openPairing(seconds: 60)
    var events = client.events.makeAsyncIterator()
    #expect(await events.next()?.event == "pairing_open")
    await client.close()
    await host.log.first { $0 == .pairing(.closed(.closed("the person at the host left"))) }
    await control.shutDown()
    await host.server.shutDown()
  }
}
