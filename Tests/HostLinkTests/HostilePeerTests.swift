import Foundation
import NIOCore
import Synchronization
import Testing
import Units
import Wire

@testable import HostLink

/// Peers that send what no encoder made, inside real TLS, at a real server: it survives, its memory stays bounded, and honest glasses are
/// served meanwhile. A run is fixed by its seed as far as the peers decide. `SOTTO_HOSTILE_SESSIONS` says how many; with it the memory is
/// judged too, which has a meaning only when no other test runs in the process (`tools/test --full` runs it so).
@Suite(.timeLimit(.minutes(30)), .serialized) struct HostilePeerTests {
  @Test func theHostOutlivesThemAndServesOthers() async throws {
    let asked = ProcessInfo.processInfo.environment["SOTTO_HOSTILE_SESSIONS"].flatMap { Int($0) }
    let sessions = asked ?? 120
    let host = try await TestHost(assistant: try PictureEcho.assistant())
    let hostile = try host.pairMore("hostile glasses")
    let honest = try await host.glassesSession()
    try await honest.greet()

    var random = HostileGenerator(seed: 20_260_801)
    var answered: UInt32 = 0
    var warm = 0
    for number in 0..<sessions {
      // A window is open most of the time; the person never says yes.
      if number % 8 == 0 { host.server.openPairing { _ in } }
      try await Self.attack(host, as: hostile, &random)
      if number % 10 == 9 {
        answered += 1
        try await honest.send(.typed(TypedQuestion(turn: answered, text: "look")))
        #expect(await honest.next { $0 == .message(.wantPicture(WantPicture(turn: answered))) } != nil)
        try await honest.send(.pictureFailed(PictureFailed(turn: answered, cause: 1)))
        guard case .turnEnded(let end) = await honest.messages(through: answered).last else {
          return #expect(Bool(false), "no end")
        }
        #expect(end.outcome == .answered)
      }
      if number == sessions / 3 { warm = Self.residentKilobytes }
    }
    let grown = Self.residentKilobytes - warm
    if asked != nil { #expect(grown < 48 * 1024, "\(sessions) hostile sessions left \(grown) kB more in memory") }
    #expect(host.store.devices().count == 2, "nobody paired")
    try await honest.leave()
    await host.server.shutDown()
    if sessions > 1000 { print("hostile sessions: \(sessions), questions answered meanwhile: \(answered), grown by \(grown) kB") }
  }

  /// One connection of a hostile peer: plaintext, a paired device, or a stranger that pairs; then frames, then a rude end.
  private static func attack(_ host: TestHost, as hostile: Identity, _ random: inout HostileGenerator) async throws {
    let port = host.server.address.port
    switch UInt8.random(in: 0..<10, using: &random) {
    case 0:
      let peer = try await RawClient.connect(port: port, tls: nil)
      // The host may have closed it first, here as below.
      try? await peer.send(random.bytes(upTo: 600))
      try? await peer.close()
    case 1, 2:
      let peer = try await RawClient.connect(port: port, tls: .init(identity: hostile, alpn: "sotto-pair/1"))
      guard case .some(.some) = await peer.handshake() else { return try await peer.closeIfOpen() }
      for _ in 0..<Int.random(in: 1...6, using: &random) { try? await peer.send(random.frame(of: random.pairingMessage())) }
      try await peer.closeIfOpen()
    default:
      let peer = try await RawClient.connect(port: port, tls: .init(identity: hostile))
      guard case .some(.some) = await peer.handshake() else { return try await peer.closeIfOpen() }
      if Bool.random(using: &random) { try? await peer.send(.hello(Hello(deviceName: "hostile"))) }
      for _ in 0..<Int.random(in: 1...60, using: &random) {
        guard peer.channel.isActive else { break }
        try? await peer.send(random.frame(of: random.deviceMessage()))
      }
      try await peer.closeIfOpen()
    }
  }

  /// Of this process, in which the server runs.
  private static var residentKilobytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }
}

extension RawClient {
  fileprivate func closeIfOpen() async throws { try? await close() }
}

/// Messages with the values at which programs break, and frames that are not quite theirs.
struct HostileGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64 (Steele, Lea, Flood 2014).
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func bytes(upTo most: Int) -> [UInt8] {
    (0..<Int.random(in: 0...most, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  private mutating func number() -> UInt32 {
    let edges: [UInt32] = [0, 1, 2, 3, 319, 5999, 6000, 65_535, 65_536, 1 << 31 - 1, 1 << 31, .max - 1, .max]
    return Bool.random(using: &self) ? UInt32.random(in: 0..<6, using: &self) : edges.randomElement(using: &self)!
  }

  private mutating func text() -> String {
    switch UInt8.random(in: 0..<4, using: &self) {
    case 0: ""
    case 1: String(repeating: "\u{1B}[2J\u{202E}", count: Int.random(in: 1...900, using: &self))
    case 2: "set a timer for \(next()) hours and 1e308 minutes"
    default: "look"
    }
  }

  mutating func deviceMessage() -> [UInt8] {
    let turn = number()
    let message: DeviceMessage =
      switch UInt8.random(in: 0..<10, using: &self) {
      case 0: .hello(Hello(version: number(), deviceName: text(), captureRate: number(), playbackRate: number()))
      case 1, 2: .turnBegan(TurnBegan(turn: turn, trigger: .button, preRollMilliseconds: number()))
      case 3, 4: .audio(AudioPacket(turn: turn, sequence: number(), opus: bytes(upTo: 1400)))
      case 5: .endOfSpeech(EndOfSpeech(turn: turn, silenceMilliseconds: number()))
      case 6:
        .picture(
          PictureChunk(
            turn: turn, format: number() % 4, width: number(), height: number(), rotation: 90, offset: number(),
            totalBytes: number(),
            bytes: bytes(upTo: 2000)))
      case 7: .pictureFailed(PictureFailed(turn: turn, cause: number()))
      case 8: .typed(TypedQuestion(turn: turn, text: text()))
      default:
        .status(DeviceStatus(hasBattery: true, batteryPercent: number(), isCharging: false, millivolts: number()))
      }
    var body: [UInt8] = []
    message.append(to: &body)
    return body
  }

  mutating func pairingMessage() -> [UInt8] {
    let message: PairingMessage =
      switch UInt8.random(in: 0..<5, using: &self) {
      case 0, 1: .request(PairingRequest(version: Bool.random(using: &self) ? 1 : number(), deviceName: text()))
      case 2: .nonce(PairingNonce(nonce: bytes(upTo: 20)))
      case 3: .confirmed(PairingConfirmed())
      default: .refused(Refused(reason: text()))
      }
    var body: [UInt8] = []
    message.append(to: &body)
    return body
  }

  /// The body as a frame: as it is, damaged, or under a length that lies.
  mutating func frame(of body: [UInt8]) -> [UInt8] {
    var body = body
    var length = UInt32(body.count)
    switch UInt8.random(in: 0..<12, using: &self) {
    case 0:
      for _ in 0..<3 where !body.isEmpty {
        body[Int.random(in: 0..<body.count, using: &self)] = UInt8.random(in: 0...255, using: &self)
      }
    case 1:
      body.removeLast(Int.random(in: 0...body.count, using: &self))
      length = UInt32(body.count)
    case 2: length = [0, 65_537, .max, length &+ 7].randomElement(using: &self)!
    case 3:
      body += body
      length = UInt32(body.count)
    case 4:
      body = bytes(upTo: 300)
      length = UInt32(body.count)
    default: break
    }
    return (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32($0))) } + body
  }
}
