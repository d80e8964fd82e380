import Engagement
import Foundation
import HAL
import SimBoard
import Testing
import Units
import Wake

@testable import Runtime
@testable import Voice
@testable import Wire

/// The host of these tests: real TLS and framing, answers given by the test. It lives in the board's virtual time.
final class ScriptedHost: SimPeer {
  /// What the host does with a message: called with it and the present instant.
  var onMessage: (ScriptedHost, DeviceMessage, Instant) -> Void = { _, _, _ in }
  private(set) var received: [DeviceMessage] = []
  private(set) var refusals: [SessionFailure] = []
  private let identity: Identity
  private let expectation: PeerExpectation
  private var channel: SecureChannel?
  private var queue: [(at: Instant, messages: [HostMessage], close: Bool)] = []
  private(set) var pairing: HostPairing?

  init(identity: Identity, expecting expectation: PeerExpectation) {
    self.identity = identity
    self.expectation = expectation
    if expectation == .pairing {
      pairing = HostPairing(own: identity.fingerprint, name: "host")
      _ = pairing?.handle(.open, at: .zero)
    }
  }

  /// Sends messages, now or later, and may close after them.
  func send(_ messages: [HostMessage], at instant: Instant, thenClose: Bool = false) {
    queue.append((instant, messages, thenClose))
  }

  func confirmPairing(at now: Instant) { perform(pairing!.handle(.confirmed, at: now)) }

  func connected(at now: Instant) {
    channel = try? SecureChannel(role: .server, identity: identity, expecting: expectation)
  }

  func disconnected(at now: Instant) {
    channel = nil
    queue = []
  }

  func receive(_ bytes: [UInt8], at now: Instant) {
    channel?.received(bytes.span)
    while let channel {
      switch channel.step() {
      case .idle: return
      case .opened(let peer):
        if pairing != nil { perform(pairing!.handle(.connected(peer: peer, nonce: .random()), at: now)) }
      case .broken: break
      case .closed(let failure):
        refusals.append(failure)
        return
      case .frame:
        if pairing != nil {
          guard let message = try? channel.withFrame(PairingMessage.decode) else { continue }
          perform(pairing!.handle(.message(message), at: now))
        } else if let message = try? channel.withFrame(DeviceMessage.decode) {
          received.append(message)
          onMessage(self, message, now)
        }
      }
    }
  }

  private func perform(_ actions: PairingActions) {
    for message in actions.send {
      var frame: [UInt8] = []
      try? Frame.append(message, to: &frame)
      _ = channel?.send(frame.span)
    }
  }

  var nextDue: Instant? {
    if let channel, channel.pendingOutput > 0 { return .zero }
    return queue.map(\.at).min()
  }

  func collect(at now: Instant) -> (bytes: [UInt8], closed: Bool) {
    var closes = false
    while let index = queue.firstIndex(where: { $0.at <= now }) {
      let entry = queue.remove(at: index)
      for message in entry.messages {
        var frame: [UInt8] = []
        try? Frame.append(message, to: &frame)
        _ = channel?.send(frame.span)
      }
      closes = closes || entry.close
    }
    var bytes: [UInt8] = []
    channel?.drainOutput { span in
      for index in span.indices { bytes.append(span[index]) }
      return span.count
    }
    if closes { channel = nil }
    return (bytes, closes)
  }
}

/// Glasses on a simulated board in virtual time, and what they wrote.
final class Rig {
  final class Lines { var all: [String] = [] }

  let glasses: Glasses<SimBoard>
  let board: SimBoard
  let host: ScriptedHost
  private let lines: Lines

  init(
    paired: Bool = true, hostAccepts: Bool = true, pairing: Bool = false, words: [WakeWord] = [], absent: [Part] = [],
    description change: (inout BoardDescription) -> Void = { _ in }
  ) throws {
    var description = BoardDescription()
    description.name = "glasses"
    description.power.parts = [
      PartPower(part: .microphone, levels: [.zero, .milliwatts(1), .milliwatts(2)]),
      PartPower(part: .camera, levels: [.zero, .milliwatts(100)]),
      PartPower(part: .display, levels: [.zero, .milliwatts(50)]),
    ]
    change(&description)
    let own = try #require(Identity.create())
    let other = try #require(Identity.create())
    let stranger = try #require(Identity.create())
    host = ScriptedHost(
      identity: other, expecting: pairing ? .pairing : .paired(hostAccepts ? own.fingerprint : stranger.fingerprint))
    let lines = Lines()
    self.lines = lines
    var options = SimBoard.Options()
    options.isWornAtStart = true
    options.absent = absent
    board = try SimBoard(
      description, options: options, clock: .virtual(start: .zero, peer: host),
      trace: { lines.all.append(String(decoding: $0.withUnsafeBufferPointer { Array($0) }, as: UTF8.self)) }, log: { _ in })
    try board.storage.save(Identity.recordName, own.serialised().span)
    if paired {
      try board.storage.save(Pairing.recordName, Pairing(peer: other.fingerprint, name: "host", address: "").serialised().span)
    }
    glasses = try Glasses(board: board, description: description, words: words)
  }

  func run(until seconds: Double) {
    board.end(at: Instant(nanoseconds: Int64(seconds * 1e9)))
    glasses.run()
  }

  func at(_ seconds: Double, _ stimulus: Stimulus) {
    board.schedule(stimulus, at: Instant(nanoseconds: Int64(seconds * 1e9)))
  }

  func check(at seconds: Double, _ body: @escaping (Glasses<SimBoard>) -> Void) {
    let glasses = glasses
    board.perform(at: Instant(nanoseconds: Int64(seconds * 1e9))) { _ in body(glasses) }
  }

  var trace: [String] { lines.all }

  /// The states in the order in which they were entered.
  var states: [String] { named("\"ph\":\"B\"", track: 1) }
  var outcomes: [String] { lines.all.compactMap { $0.contains("\"outcome\"") ? field("outcome", of: $0) : nil } }
  var cards: [String] { lines.all.compactMap { $0.contains("\"name\":\"card\"") ? field("title", of: $0) : nil } }

  func marks(_ name: String) -> [String] { lines.all.filter { $0.contains("\"name\":\"\(name)\"") } }

  private func named(_ phase: String, track: Int) -> [String] {
    lines.all.compactMap { $0.contains(phase) && $0.contains("\"tid\":\(track),") ? field("name", of: $0) : nil }
  }

  private func field(_ name: String, of line: String) -> String? {
    guard let start = line.range(of: "\"\(name)\":\"")?.upperBound, let end = line[start...].firstIndex(of: "\"") else {
      return nil
    }
    return String(line[start..<end])
  }
}

/// Test sound: words of noise that the endpoint detector takes for speech.
enum Sound {
  static func speech(seconds: Double) throws -> String {
    let path = NSTemporaryDirectory() + "sotto-speech-\(UUID().uuidString).wav"
    var samples: [Int16] = []
    var state: UInt32 = 1
    for index in 0..<Int(seconds * 16_000) {
      state = state &* 1_664_525 &+ 1_013_904_223
      let isWord = index % 4_000 < 3_400
      samples.append(isWord ? Int16(truncatingIfNeeded: Int32(bitPattern: state) >> 18) : 0)
    }
    var data = Data("RIFF".utf8)
    func add<Value: FixedWidthInteger>(_ value: Value) { withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) } }
    add(UInt32(36 + samples.count * 2))
    data.append(Data("WAVEfmt ".utf8))
    add(UInt32(16))
    add(UInt16(1))
    add(UInt16(1))
    add(UInt32(16_000))
    add(UInt32(32_000))
    add(UInt16(2))
    add(UInt16(16))
    data.append(Data("data".utf8))
    add(UInt32(samples.count * 2))
    for sample in samples { add(sample) }
    try data.write(to: URL(fileURLWithPath: path))
    return path
  }

  /// An answer's packets: a loud tone, as the host would send it.
  static func packets(turn: UInt32, seconds: Double) throws -> [HostMessage] {
    let encoder = try UplinkEncoder()
    var messages: [HostMessage] = []
    let samples = (0..<Int(seconds * 16_000)).map { Int16(12_000 * sin(Double($0) * 0.1)) }
    try encoder.encode(samples.span) { sequence, packet in
      messages.append(.speech(AudioPacket(turn: turn, sequence: sequence, opus: packet.withUnsafeBufferPointer { Array($0) })))
    }
    return messages
  }
}

/// Answers every question after 300 ms with `seconds` of tone.
func answering(_ seconds: Double, closing: Bool = false) -> (ScriptedHost, DeviceMessage, Instant) -> Void {
  { host, message, now in
    switch message {
    case .hello: host.send([.welcome(Welcome(hostName: "host"))], at: now)
    case .endOfSpeech(let end):
      let later = now + .milliseconds(300)
      guard let sound = try? Sound.packets(turn: end.turn, seconds: seconds) else { return }
      host.send(
        [
          .transcript(Transcript(turn: end.turn, text: "what time is it", isFinal: true)),
          .answerText(AnswerText(turn: end.turn, text: "It is noon.")),
          .card(CardContent(turn: end.turn, title: "Time", body: "12:00")),
        ] + sound, at: later, thenClose: closing)
      if !closing { host.send([.turnEnded(TurnEnded(turn: end.turn))], at: later + .milliseconds(10)) }
    case .turnBegan, .audio, .picture, .pictureFailed, .typed, .cancel, .status, .received: break
    }
  }
}
