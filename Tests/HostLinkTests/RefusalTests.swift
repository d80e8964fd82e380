import Assistant
import NIOCore
import NIOSSL
import Synchronization
import Testing
import Units
import Wire

@testable import HostLink

/// What the host does with peers that are not, or do not behave as, paired glasses.
@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
  @Test func unpairedGlassesAreRefused() async throws {
    let host = try await TestHost(pairs: false)
    let glasses = try await host.glassesSession()
    #expect(await glasses.end() == .rejectedByPeer)
    #expect(await host.log.refusal().hasPrefix("an unpaired device (\(host.glasses.fingerprint))"))
    await host.server.shutDown()
  }

  @Test func glassesRefuseAnotherHost() async throws {
    let host = try await TestHost()
    let stranger = try #require(Identity.create())
    let glasses = try await TestGlasses.connect(
      port: host.server.address.port, identity: host.glasses, expecting: .paired(stranger.fingerprint))
    #expect(await glasses.end() == .wrongKey)
    await host.server.shutDown()
  }

  @Test func aPeerWithoutCertificateIsRefused() async throws {
    let host = try await TestHost()
    let peer = try await RawClient.connect(port: host.server.address.port, tls: .init(identity: nil))
    #expect(await peer.refusal() == nil)
    #expect(await host.log.refusal() == "the peer showed no certificate")
    await host.server.shutDown()
  }

  @Test func plaintextIsRefused() async throws {
    let host = try await TestHost()
    let peer = try await RawClient.connect(port: host.server.address.port, tls: nil)
    try await peer.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
    #expect(await peer.refusal() == nil)
    #expect(await host.log.refusal() == "the peer speaks plain HTTP, not TLS")
    await host.server.shutDown()
  }

  @Test func framesWithoutTLSAreRefused() async throws {
    let host = try await TestHost()
    let peer = try await RawClient.connect(port: host.server.address.port, tls: nil)
    try await peer.send(.hello(Hello(deviceName: "test glasses")))
    #expect(await peer.refusal() == nil)
    #expect(await host.log.refusal() == "the peer does not speak TLS")
    await host.server.shutDown()
  }

  @Test func olderTLSIsRefused() async throws {
    let host = try await TestHost()
    let peer = try await RawClient.connect(
      port: host.server.address.port, tls: .init(identity: host.glasses, maximum: .tlsv12))
    #expect(await peer.refusal() == nil)
    #expect(await host.log.refusal() == "the peer does not speak TLS 1.3")
    await host.server.shutDown()
  }

  @Test(arguments: ["h2", "sotto-pair/1"])
  func otherProtocolsAreRefused(_ alpn: String) async throws {
    let host = try await TestHost()
    let peer = try await RawClient.connect(port: host.server.address.port, tls: .init(identity: host.glasses, alpn: alpn))
    #expect(await peer.refusal() == nil)
    #expect(await host.log.refusal() == "the peer speaks neither sotto/1 nor an open pairing")
    await host.server.shutDown()
  }

  @Test func aSilentStrangerIsDropped() async throws {
    var limits = TestHost.patient
    limits.handshake = .milliseconds(20)
    let host = try await TestHost(limits: limits)
    let peer = try await RawClient.connect(port: host.server.address.port, tls: nil)
    #expect(await peer.refusal() == nil)
    #expect(await host.log.refusal() == "no TLS handshake within 0.02 seconds")
    await host.server.shutDown()
  }

  @Test func glassesThatSayNothingAreDropped() async throws {
    var limits = TestHost.patient
    limits.firstMessage = .milliseconds(20)
    let host = try await TestHost(limits: limits)
    let peer = try await RawClient.connect(port: host.server.address.port, tls: .init(identity: host.glasses))
    #expect(await peer.refusal() == "no hello within 0.02 seconds")
    await host.server.shutDown()
  }

  /// The one that waits longest gives way, so that nobody keeps the paired glasses out by holding every place.
  @Test func strangersGiveWay() async throws {
    var limits = TestHost.patient
    limits.strangers = 2
    let host = try await TestHost(limits: limits)
    let first = try await RawClient.connect(port: host.server.address.port, tls: nil)
    let second = try await RawClient.connect(port: host.server.address.port, tls: nil)
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    #expect(await first.refusal() == nil)
    #expect(await host.log.refusal() == "2 connections wait for their handshake already")
    try await second.close()
    await host.server.shutDown()
  }

  @Test func theCrowdedAddressGivesWay() {
    let registry = SessionRegistry()
    let stopped = Mutex<[String]>([])
    func admit(_ address: String, _ name: String) {
      #expect(registry.admit(limit: 3, address: address) { _ in stopped.withLock { $0.append(name) } } != nil)
    }
    admit("glasses", "glasses")
    for number in 1...5 { admit("attacker", "attacker \(number)") }
    #expect(stopped.withLock { $0 } == ["attacker 1", "attacker 2", "attacker 3"])
  }

  /// The frames cost eight bytes each; the turns they begin and end cost tasks, codecs and writes to the memory.
  @Test func turnsThatBeginFasterThanTheyEndCloseTheSession() async throws {
    var limits = TestHost.patient
    limits.turnTasks = 8
    let host = try await TestHost(assistant: try EndlessThinker.assistant(EndlessThinker()), limits: limits)
    let (_, peer) = try await greeted(host)
    var flood: [UInt8] = []
    for turn in 1...4000 { try Frame.append(.turnBegan(TurnBegan(turn: UInt32(turn), trigger: .button)), to: &flood) }
    try await peer.send(flood)
    #expect(await host.log.sessionEnd() == "turns begin faster than they can be ended")
    let glasses = try await host.glassesSession()
    try await glasses.greet()
    await host.server.shutDown()
  }

  @Test func anOversizedFrameEndsTheSession() async throws {
    let (host, peer) = try await greeted()
    try await peer.send([0x7f, 0xff, 0xff, 0xff])
    #expect(await peer.refusal() == "a frame over the size limit")
    #expect(await host.log.sessionEnd() == "a frame over the size limit")
    await host.server.shutDown()
  }

  @Test func aTruncatedFrameEndsTheSession() async throws {
    let (host, peer) = try await greeted()
    try await peer.send([0, 0, 0, 9, 1, 2])
    try await peer.close()
    #expect(await host.log.sessionEnd() == "the connection ended inside a message")
    await host.server.shutDown()
  }

  @Test func aBrokenMessageEndsTheSession() async throws {
    let (host, peer) = try await greeted()
    try await peer.send([0, 0, 0, 2, 0x0a, 0x7f])
    #expect(await peer.refusal() == "a message ends too early")
    await host.server.shutDown()
  }

  @Test func anUnknownMessageIsSurvived() async throws {
    let (host, peer) = try await greeted()
    // Field 100 with an empty message: a kind of a later version.
    try await peer.send([0, 0, 0, 3, 0xa2, 0x06, 0x00])
    #expect(await host.log.warning() == "test glasses: a message of unknown kind was ignored")
    try await peer.send(.typed(TypedQuestion(turn: 1, text: "still there")))
    guard case .message(.transcript(let transcript)) = await peer.next() else { return #expect(Bool(false), "no answer") }
    #expect(transcript.text == "still there")
    await host.server.shutDown()
  }

  @Test func aPeerThatDoesNotReadIsDropped() async throws {
    var limits = TestHost.patient
    limits.outboundBytes = 64 * 1024
    let card = AnswerPiece.card(title: "long", body: String(repeating: "x", count: 60_000))
    let host = try await TestHost(
      assistant: try TestHost.assistant(answers: Array(repeating: card, count: 200)), limits: limits, socketSendBuffer: 16 * 1024)
    let (_, peer) = try await greeted(host)
    try await peer.channel.setOption(ChannelOptions.autoRead, value: false).get()
    try await peer.send(.typed(TypedQuestion(turn: 1, text: "say a lot")))
    #expect(await host.log.sessionEnd().hasPrefix("the glasses did not read"))
    await host.server.shutDown()
  }

  /// A peer past its hello and the welcome.
  private func greeted(_ served: TestHost? = nil) async throws -> (TestHost, RawClient) {
    let host = if let served { served } else { try await TestHost() }
    let peer = try await RawClient.connect(port: host.server.address.port, tls: .init(identity: host.glasses))
    #expect(await peer.handshake() == "sotto/1")
    try await peer.send(.hello(Hello(deviceName: "test glasses")))
    guard case .message(.welcome) = await peer.next() else {
      Issue.record("no welcome")
      return (host, peer)
    }
    return (host, peer)
  }
}
