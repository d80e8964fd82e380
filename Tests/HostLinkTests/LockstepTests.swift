import Assistant
import Foundation
import Testing
import Units
import Wire

@testable import HostLink

/// The whole host in virtual time, with the glasses' own `HostConnection`.
@Suite(.timeLimit(.minutes(1))) struct LockstepTests {
  @Test func aTurnPlaysWithTheModelledDelays() async throws {
    let seen = try await onOwnThread { try Self.turn() }
    let times = Dictionary(grouping: seen, by: { Self.kind($0.message) }).mapValues { $0.map(\.at.nanoseconds) }
    // The question ends at 1 s.
    #expect(times["final"] == [1_200_000_000])
    #expect(times["answer"] == [1_250_000_000])
    #expect(times["speech"]?.first == 1_400_000_000)
    // 5 s of speech at four times real time are made in 1.25 s, but are not sent more than 2 s ahead of being heard.
    #expect(times["speech"]?.count == 250)
    #expect(times["speech"]?.last == 4_400_000_000)
    guard case .turnEnded(let end) = seen.last?.message else { return #expect(Bool(false), "no end") }
    #expect(end.outcome == .answered)
    #expect(end.recogniserMicroseconds == 200_000)
    #expect(end.languageMicroseconds == 50_000)
    #expect(end.speechMicroseconds == 150_000)
  }

  @Test func theSameTurnTwiceIsTheSame() async throws {
    let first = try await onOwnThread { try Self.turn() }
    let second = try await onOwnThread { try Self.turn() }
    #expect(first == second)
    #expect(first.count > 250)
  }

  @Test func aCancelDropsWhatWasNotDelivered() async throws {
    try await onOwnThread {
      let rig = try Rig(tone: .seconds(5))
      try rig.greet()
      rig.send(.typed(TypedQuestion(turn: 1, text: "what time is it")))
      rig.run(until: .seconds(1))
      let before = rig.seen.count
      rig.send(.cancel(CancelTurn(turn: 1, heardMilliseconds: 500)))
      rig.run(until: .seconds(20))
      #expect(rig.seen.dropFirst(before).map(\.message) == [.turnEnded(TurnEnded(turn: 1, outcome: .cancelled))])
    }
  }

  @Test func aParkedLinkIsSilent() async throws {
    try await onOwnThread {
      let rig = try Rig()
      try rig.greet()
      #expect(rig.host.nextDue == nil)
      rig.run(until: .seconds(86_400))
      #expect(rig.end == nil)
      rig.send(.typed(TypedQuestion(turn: 1, text: "still there")))
      rig.run(until: .seconds(86_410))
      #expect(rig.seen.contains { $0.message == .transcript(Transcript(turn: 1, text: "still there", isFinal: true)) })
    }
  }

  @Test func silenceBeforeTheHelloEndsTheSession() async throws {
    try await onOwnThread {
      let rig = try Rig()
      rig.connect()
      rig.run(until: .seconds(60))
      #expect(rig.seen.map(\.message) == [.refused(Refused(reason: "no hello within 10.0 seconds"))])
      #expect(rig.seen.first?.at.nanoseconds == 10_000_000_000)
      #expect(rig.end != nil)
    }
  }

  @Test func theGlassesComeBackAfterALostLink() async throws {
    try await onOwnThread {
      let rig = try Rig()
      try rig.greet()
      rig.send(.typed(TypedQuestion(turn: 1, text: "what time is it")))
      rig.run(until: .milliseconds(300))
      rig.host.disconnected(at: rig.now)
      #expect(rig.host.nextDue == nil)
      try rig.greet()
      rig.send(.typed(TypedQuestion(turn: 1, text: "and now")))
      rig.run(until: .seconds(10))
      #expect(rig.seen.contains { $0.message == .transcript(Transcript(turn: 1, text: "and now", isFinal: true)) })
    }
  }

  @Test func unpairedGlassesAreRefused() async throws {
    try await onOwnThread {
      let rig = try Rig(pairs: false)
      rig.connect()
      rig.run(until: .seconds(1))
      #expect(rig.end == .rejectedByPeer)
    }
  }

  @Test(arguments: [true, false])
  func pairingComparesDigits(_ confirmsItself: Bool) async throws {
    try await onOwnThread {
      let rig = try Rig(pairs: false)
      #expect(rig.host.openPairing(at: rig.now, confirmsItself: confirmsItself))
      let pairing = try rig.pair { digits in
        if confirmsItself { return }
        #expect(rig.host.digits == digits)
        rig.host.confirm(at: rig.now)
      }
      #expect(pairing?.peer == rig.store.identity.fingerprint)
      try rig.greet()
    }
  }

  /// What was seen of one question and its answer of five seconds.
  private static func turn() throws -> [Seen] {
    let rig = try Rig(tone: .seconds(5))
    try rig.greet()
    let question = try Sound.question(packets: 50)
    rig.send(.turnBegan(TurnBegan(turn: 1)))
    for (index, packet) in question.enumerated() {
      rig.run(until: .milliseconds(Int64(index) * 20))
      rig.send(.audio(AudioPacket(turn: 1, sequence: UInt32(index), opus: packet)))
    }
    rig.run(until: .seconds(1))
    rig.send(.endOfSpeech(EndOfSpeech(turn: 1)))
    rig.run(until: .seconds(10))
    return rig.seen
  }

  private static func kind(_ message: HostMessage) -> String {
    switch message {
    case .transcript(let transcript): transcript.isFinal ? "final" : "partial"
    case .answerText: "answer"
    case .speech: "speech"
    case .turnEnded: "ended"
    case .card: "card"
    case .welcome, .soundsFinished, .wantPicture, .reminder, .refused, .clockEcho, .received: "other"
    }
  }
}

struct Seen: Sendable, Equatable {
  var at: Instant
  var message: HostMessage
}

/// `LockstepHost` and glasses on one virtual clock.
private final class Rig {
  let store: HostStore
  let host: LockstepHost
  private(set) var now = Instant.zero
  private(set) var seen: [Seen] = []
  private(set) var end: SessionFailure?
  private let directory: TemporaryDirectory
  private let glasses: Identity
  private var link: HostConnection?
  private var pairingEvents: [SessionEvent] = []

  init(pairs: Bool = true, tone: Duration = .seconds(2)) throws {
    directory = try TemporaryDirectory()
    store = try HostStore(directory: directory.path)
    glasses = try #require(Identity.create())
    if pairs { try store.add(PairedDevice(name: "test glasses", fingerprint: glasses.fingerprint, paired: Date())) }
    host = try LockstepHost(
      store: store, assistant: try TestHost.assistant(tone: tone, lockstep: true), hostName: "test host")
  }

  func connect(_ expectation: PeerExpectation? = nil) {
    link = try? HostConnection(identity: glasses, expecting: expectation ?? .paired(store.identity.fingerprint))
    host.connected(at: now)
    pump()
  }

  func greet() throws {
    connect()
    send(.hello(Hello(deviceName: "test glasses", captureRate: 16_000, playbackRate: 24_000)))
    guard case .welcome(let welcome)? = seen.last?.message else {
      Issue.record("the host did not welcome the glasses")
      return
    }
    #expect(welcome.hostName == "test host")
    #expect(
      welcome.localTime?.minutes == LocalTime(Date(timeIntervalSince1970: 1_767_268_800)).minutes, "the lockstep host's epoch")
    seen.removeAll()
  }

  func send(_ message: DeviceMessage) {
    #expect(link?.send(message) == true)
    pump()
  }

  /// Plays everything that is due until `end`, which is counted from the start.
  func run(until end: Duration) {
    let limit = Instant.zero + end
    while let due = host.nextDue, due <= limit {
      now = max(now, due)
      pump()
    }
    now = max(now, limit)
  }

  /// The glasses' side of pairing; `compare` is the moment when both show their digits.
  func pair(_ compare: (String) -> Void) throws -> Pairing? {
    var machine = DevicePairing(own: glasses.fingerprint, name: "new glasses", address: "host:1")
    _ = machine.handle(.open, at: now)
    connect(.pairing)
    var result: Pairing?
    while !pairingEvents.isEmpty {
      var actions = PairingActions()
      switch pairingEvents.removeFirst() {
      case .opened(let peer): actions = machine.handle(.connected(peer: peer, nonce: .random()), at: now)
      case .pairing(let message): actions = machine.handle(.message(message), at: now)
      case .closed, .message, .warning: break
      }
      if let digits = actions.show {
        compare(digits.text)
        actions.send += machine.handle(.confirmed, at: now).send
      }
      for message in actions.send { link?.send(message) }
      result = result ?? actions.paired
      pump()
    }
    return result
  }

  private func pump() {
    var isBusy = true
    while isBusy {
      isBusy = false
      link?.drainOutput { bytes in
        host.receive(bytes.withUnsafeBufferPointer { Array($0) }, at: now)
        isBusy = true
        return bytes.count
      }
      let (bytes, closed) = host.collect(at: now)
      if !bytes.isEmpty { link?.received(bytes.span) }
      if closed { link?.transportEnded() }
      while let event = link?.next() {
        isBusy = true
        switch event {
        case .message(let message): seen.append(Seen(at: now, message: message))
        case .closed(let failure): end = failure
        case .opened, .pairing, .warning: break
        }
        pairingEvents.append(event)
      }
    }
  }
}

/// `LockstepHost` must not block one of Swift's own threads.
func onOwnThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
  }
}
