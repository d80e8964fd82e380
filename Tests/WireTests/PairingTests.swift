import Testing
import Units

@testable import Wire

private func fingerprint(_ byte: UInt8) -> Fingerprint {
  let bytes = [UInt8](repeating: byte, count: 32)
  return Fingerprint(bytes.span)!
}

private func nonce(_ byte: UInt8) -> Nonce {
  let bytes = [UInt8](repeating: byte, count: 16)
  return Nonce(bytes.span)!
}

private func seconds(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

private let glassesKey = fingerprint(0x61)
private let hostKey = fingerprint(0x62)
private let attackerKey = fingerprint(0x63)
private let glassesNonce = nonce(1)
private let hostNonce = nonce(2)
private let confirmed = PairingMessage.confirmed(PairingConfirmed())

private func reveal(_ nonce: Nonce) -> PairingMessage { .nonce(PairingNonce(nonce: nonce.bytes)) }

private func promise(host: Fingerprint = hostKey, glasses: Fingerprint = glassesKey, _ nonce: Nonce = hostNonce) -> PairingMessage
{
  .commitment(PairingCommitment(hostName: "desk", commitment: commitment(host: host, glasses: glasses, hostNonce: nonce)))
}

/// One message of each kind, as an honest peer would form it.
private let oneOfEach: [PairingMessage] = [
  .request(PairingRequest(deviceName: "left")), promise(), reveal(hostNonce), confirmed, .refused(Refused(reason: "no")),
]

private func isRefusal(_ message: PairingMessage) -> Bool {
  if case .refused = message { return true }
  return false
}

/// The machines at each step of an honest run, with the messages that bring them there.
private enum Step: CaseIterable {
  case first, second, comparing

  func glasses() -> DevicePairing {
    var machine = DevicePairing(own: glassesKey, name: "left", address: "desk:7437")
    _ = machine.handle(.open, at: .zero)
    _ = machine.handle(.connected(peer: hostKey, nonce: glassesNonce), at: .zero)
    if self == .first { return machine }
    _ = machine.handle(.message(promise()), at: .zero)
    if self == .second { return machine }
    _ = machine.handle(.message(reveal(hostNonce)), at: .zero)
    return machine
  }

  func host() -> HostPairing {
    var machine = HostPairing(own: hostKey, name: "desk")
    _ = machine.handle(.open, at: .zero)
    _ = machine.handle(.connected(peer: glassesKey, nonce: hostNonce), at: .zero)
    if self == .first { return machine }
    _ = machine.handle(.message(.request(PairingRequest(deviceName: "left"))), at: .zero)
    if self == .second { return machine }
    _ = machine.handle(.message(reveal(glassesNonce)), at: .zero)
    return machine
  }
}

@Suite struct PairingTests {
  // MARK: - An honest run

  @Test(arguments: [true, false]) func fullRun(glassesConfirmFirst: Bool) throws {
    var glasses = DevicePairing(own: glassesKey, name: "left", address: "desk:7437")
    var host = HostPairing(own: hostKey, name: "desk")
    #expect(host.handle(.open, at: seconds(1)) == PairingActions())
    #expect(glasses.handle(.open, at: seconds(2)).connect)
    #expect(glasses.deadline == seconds(122))
    #expect(host.deadline == seconds(121))

    #expect(host.handle(.connected(peer: glassesKey, nonce: hostNonce), at: seconds(3)) == PairingActions())
    let request = glasses.handle(.connected(peer: hostKey, nonce: glassesNonce), at: seconds(3)).send
    #expect(request == [.request(PairingRequest(version: 1, deviceName: "left"))])
    let committed = host.handle(.message(request[0]), at: seconds(3)).send
    #expect(committed == [promise()])
    let revealed = glasses.handle(.message(committed[0]), at: seconds(3)).send
    #expect(revealed == [reveal(glassesNonce)])
    let shownByHost = host.handle(.message(revealed[0]), at: seconds(3))
    #expect(shownByHost.send == [reveal(hostNonce)])
    let shownByGlasses = glasses.handle(.message(shownByHost.send[0]), at: seconds(3))
    let digits = try #require(shownByGlasses.show)
    #expect(shownByHost.show == digits)
    #expect(glasses.digits == digits && host.digits == digits)

    let glassesResult: PairingActions
    let hostResult: PairingActions
    if glassesConfirmFirst {
      let first = glasses.handle(.confirmed, at: seconds(10))
      #expect(first.send == [confirmed] && first.paired == nil && !first.disconnect)
      #expect(host.handle(.message(confirmed), at: seconds(10)) == PairingActions())
      hostResult = host.handle(.confirmed, at: seconds(12))
      #expect(hostResult.send == [confirmed])
      glassesResult = glasses.handle(.message(confirmed), at: seconds(12))
      #expect(glassesResult.send == [])
    } else {
      let first = host.handle(.confirmed, at: seconds(10))
      #expect(first.send == [confirmed] && first.paired == nil && !first.disconnect)
      #expect(glasses.handle(.message(confirmed), at: seconds(10)) == PairingActions())
      glassesResult = glasses.handle(.confirmed, at: seconds(12))
      #expect(glassesResult.send == [confirmed])
      hostResult = host.handle(.message(confirmed), at: seconds(12))
      #expect(hostResult.send == [])
    }
    #expect(glassesResult.paired == Pairing(peer: hostKey, name: "desk", address: "desk:7437"))
    #expect(hostResult.paired == Pairing(peer: glassesKey, name: "left", address: ""))
    for result in [glassesResult, hostResult] { #expect(result.isOver && result.disconnect && result.failure == nil) }
    #expect(!glasses.isOpen && glasses.deadline == nil && glasses.digits == nil)
    #expect(!host.isOpen && host.deadline == nil && host.digits == nil)
    #expect(glasses.handle(.disconnected, at: seconds(13)) == PairingActions())
    #expect(host.handle(.disconnected, at: seconds(13)) == PairingActions())
  }

  /// Pins the derivation: SHA-256 over the tag, a zero and the parts, computed independently.
  @Test func digitsAndCommitmentAreAsDocumented() {
    let digits = PairingDigits(glasses: glassesKey, host: hostKey, glassesNonce: glassesNonce, hostNonce: hostNonce)
    #expect(digits.text == "861193")
    let promised = commitment(host: hostKey, glasses: glassesKey, hostNonce: hostNonce)
    #expect(promised.prefix(4).elementsEqual([0x6a, 0x78, 0x92, 0xb5]))
  }

  @Test func digitsAreSixAndSpread() {
    var generator = SeededGenerator(state: 9)
    var buckets = [Int](repeating: 0, count: 10)
    for _ in 0..<10_000 {
      let bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let fresh = Nonce(bytes.span)!
      let digits = PairingDigits(glasses: glassesKey, host: hostKey, glassesNonce: fresh, hostNonce: hostNonce)
      #expect(digits.text.count == 6 && UInt32(digits.text) == digits.value)
      buckets[Int(digits.value / 100_000)] += 1
    }
    // Five standard deviations around 1,000.
    for bucket in buckets { #expect((850...1150).contains(bucket)) }
  }

  // MARK: - What is refused

  @Test(arguments: Step.allCases) private func eachIllegalMessage(_ step: Step) {
    let legalForGlasses = [Step.first: 1, .second: 2, .comparing: 3][step]!
    let legalForHost = [Step.first: 0, .second: 2, .comparing: 3][step]!
    for (kind, message) in oneOfEach.enumerated() {
      let expected: PairingFailure = isRefusal(message) ? .refusedByPeer : .outOfOrder
      let answers = isRefusal(message) ? 0 : 1
      if kind != legalForGlasses {
        var glasses = step.glasses()
        let actions = glasses.handle(.message(message), at: seconds(1))
        #expect(actions.failure == expected && actions.disconnect && actions.paired == nil && actions.show == nil)
        #expect(actions.send.count == answers && actions.send.allSatisfy(isRefusal))
        #expect(glasses.digits == nil && glasses.isOpen)
      }
      if kind != legalForHost {
        var host = step.host()
        let actions = host.handle(.message(message), at: seconds(1))
        #expect(actions.failure == expected && actions.disconnect && actions.paired == nil && actions.show == nil)
        #expect(actions.send.count == answers && actions.send.allSatisfy(isRefusal))
        #expect(host.digits == nil && host.isOpen)
      }
    }
  }

  /// The message that was legal a step before, again.
  @Test func replayWithinAnAttempt() {
    var glasses = Step.second.glasses()
    #expect(glasses.handle(.message(promise()), at: seconds(1)).failure == .outOfOrder)
    glasses = Step.comparing.glasses()
    #expect(glasses.handle(.message(reveal(hostNonce)), at: seconds(1)).failure == .outOfOrder)
    glasses = Step.comparing.glasses()
    #expect(glasses.handle(.message(confirmed), at: seconds(1)).failure == nil)
    #expect(glasses.handle(.message(confirmed), at: seconds(1)).failure == .outOfOrder)
    #expect(glasses.handle(.confirmed, at: seconds(1)).paired == nil)
  }

  /// The host's half of a recorded run, played to glasses with a new nonce: the digits are others than those at any host.
  @Test func replayOfAnAttempt() {
    let recorded = Step.comparing.glasses().digits
    var glasses = DevicePairing(own: glassesKey, name: "left", address: "")
    _ = glasses.handle(.open, at: .zero)
    _ = glasses.handle(.connected(peer: hostKey, nonce: nonce(77)), at: .zero)
    _ = glasses.handle(.message(promise()), at: .zero)
    let shown = glasses.handle(.message(reveal(hostNonce)), at: .zero).show
    #expect(shown != nil && shown != recorded)
  }

  /// An attacker with a key of its own between the two. It must choose its nonces before it sees the honest ones; forwarding them is its best.
  @Test func manInTheMiddleShowsDifferentDigits() {
    var glasses = DevicePairing(own: glassesKey, name: "left", address: "")
    var host = HostPairing(own: hostKey, name: "desk")
    _ = glasses.handle(.open, at: .zero)
    _ = host.handle(.open, at: .zero)
    // Each end sees the attacker's key.
    let request = glasses.handle(.connected(peer: attackerKey, nonce: glassesNonce), at: .zero).send[0]
    _ = host.handle(.connected(peer: attackerKey, nonce: hostNonce), at: .zero)
    let honestPromise = host.handle(.message(request), at: .zero).send[0]
    // The honest promise passed on is for other keys: it fails when it is redeemed.
    var forwarding = glasses
    _ = forwarding.handle(.message(honestPromise), at: .zero)
    #expect(forwarding.handle(.message(reveal(hostNonce)), at: .zero).failure == .wrongReveal)
    // A promise of its own holds, but then the keys and nonces differ at the two ends.
    let revealed = glasses.handle(.message(promise(host: attackerKey, nonce(3))), at: .zero).send[0]
    let atHost = host.handle(.message(revealed), at: .zero).show
    let atGlasses = glasses.handle(.message(reveal(nonce(3))), at: .zero).show
    #expect(atHost != nil && atGlasses != nil && atHost != atGlasses)
  }

  /// Even with the same nonces at both ends, the keys alone change the digits.
  @Test func digitsBindTheKeys() {
    let honest = PairingDigits(glasses: glassesKey, host: hostKey, glassesNonce: glassesNonce, hostNonce: hostNonce)
    let others = [
      PairingDigits(glasses: glassesKey, host: attackerKey, glassesNonce: glassesNonce, hostNonce: hostNonce),
      PairingDigits(glasses: attackerKey, host: hostKey, glassesNonce: glassesNonce, hostNonce: hostNonce),
      PairingDigits(glasses: hostKey, host: glassesKey, glassesNonce: glassesNonce, hostNonce: hostNonce),
      PairingDigits(glasses: glassesKey, host: hostKey, glassesNonce: hostNonce, hostNonce: glassesNonce),
    ]
    for other in others { #expect(other != honest) }
  }

  @Test func wrongReveal() {
    var glasses = Step.second.glasses()
    let actions = glasses.handle(.message(reveal(nonce(3))), at: seconds(1))
    #expect(actions.failure == .wrongReveal && actions.disconnect && actions.show == nil)
    #expect(actions.send == [PairingFailure.wrongReveal.message])
  }

  @Test func reflection() {
    var glasses = DevicePairing(own: glassesKey, name: "left", address: "")
    _ = glasses.handle(.open, at: .zero)
    #expect(glasses.handle(.connected(peer: glassesKey, nonce: glassesNonce), at: .zero).failure == .reflected)
    glasses = Step.first.glasses()
    _ = glasses.handle(.message(promise(glassesNonce)), at: .zero)
    #expect(glasses.handle(.message(reveal(glassesNonce)), at: .zero).failure == .reflected)
    var host = HostPairing(own: hostKey, name: "desk")
    _ = host.handle(.open, at: .zero)
    #expect(host.handle(.connected(peer: hostKey, nonce: hostNonce), at: .zero).failure == .reflected)
    host = Step.second.host()
    #expect(host.handle(.message(reveal(hostNonce)), at: .zero).failure == .reflected)
  }

  @Test(arguments: ["", "a\u{1b}[31m", String(repeating: "x", count: 65)]) func badNames(_ name: String) {
    var host = Step.first.host()
    #expect(host.handle(.message(.request(PairingRequest(deviceName: name))), at: .zero).failure == .malformed)
    var glasses = Step.first.glasses()
    let bytes = commitment(host: hostKey, glasses: glassesKey, hostNonce: hostNonce)
    let named = PairingMessage.commitment(PairingCommitment(hostName: name, commitment: bytes))
    #expect(glasses.handle(.message(named), at: .zero).failure == .malformed)
  }

  @Test(arguments: [0, 15, 17, 31, 33]) func badLengths(_ count: Int) {
    let bytes = [UInt8](repeating: 5, count: count)
    var glasses = Step.first.glasses()
    let promised = PairingMessage.commitment(PairingCommitment(hostName: "desk", commitment: bytes))
    #expect(glasses.handle(.message(promised), at: .zero).failure == .malformed)
    glasses = Step.second.glasses()
    #expect(glasses.handle(.message(.nonce(PairingNonce(nonce: bytes))), at: .zero).failure == .malformed)
    var host = Step.second.host()
    #expect(host.handle(.message(.nonce(PairingNonce(nonce: bytes))), at: .zero).failure == .malformed)
  }

  @Test(arguments: [0, 2, .max] as [UInt32]) func unknownVersion(_ version: UInt32) {
    var host = Step.first.host()
    let request = PairingMessage.request(PairingRequest(version: version, deviceName: "left"))
    #expect(host.handle(.message(request), at: .zero).failure == .unknownVersion)
  }

  // MARK: - People

  @Test func earlyConfirmationDoesNotCount() {
    for step in [Step.first, .second] {
      var glasses = step.glasses()
      var host = step.host()
      #expect(glasses.handle(.confirmed, at: .zero) == PairingActions())
      #expect(host.handle(.confirmed, at: .zero) == PairingActions())
    }
    var glasses = Step.first.glasses()
    _ = glasses.handle(.confirmed, at: .zero)
    _ = glasses.handle(.message(promise()), at: .zero)
    _ = glasses.handle(.message(reveal(hostNonce)), at: .zero)
    #expect(glasses.handle(.message(confirmed), at: .zero).paired == nil)
    #expect(glasses.handle(.confirmed, at: .zero).paired != nil)
  }

  @Test func confirmationOfAFailedAttemptDoesNotCount() {
    var glasses = Step.comparing.glasses()
    _ = glasses.handle(.confirmed, at: .zero)
    #expect(glasses.handle(.disconnected, at: .zero).failure == .disconnected)
    #expect(glasses.handle(.deadline, at: seconds(1)).connect)
    _ = glasses.handle(.connected(peer: attackerKey, nonce: nonce(4)), at: seconds(1))
    _ = glasses.handle(.message(promise(host: attackerKey)), at: seconds(1))
    #expect(glasses.handle(.message(reveal(hostNonce)), at: seconds(1)).show != nil)
    #expect(glasses.handle(.message(confirmed), at: seconds(1)).paired == nil)
  }

  @Test(arguments: Step.allCases) private func decliningEndsTheWindow(_ step: Step) {
    var glasses = step.glasses()
    let atGlasses = glasses.handle(.declined, at: seconds(1))
    #expect(atGlasses.failure == .declined && atGlasses.disconnect && atGlasses.isOver)
    #expect(atGlasses.send == [PairingFailure.declined.message])
    #expect(!glasses.isOpen)
    var host = step.host()
    let atHost = host.handle(.declined, at: seconds(1))
    #expect(atHost.failure == .declined && atHost.disconnect && atHost.isOver)
    #expect(!host.isOpen)
    #expect(host.handle(.confirmed, at: seconds(1)) == PairingActions())
  }

  // MARK: - Time and attempts

  @Test(arguments: Step.allCases) private func windowIsTimeBoxed(_ step: Step) {
    let events: [PairingEvent] = oneOfEach.map { .message($0) } + [.confirmed, .deadline, .disconnected]
    for event in events {
      var glasses = step.glasses()
      let atGlasses = glasses.handle(event, at: seconds(120))
      #expect(atGlasses.failure == .windowOver && atGlasses.isOver && atGlasses.paired == nil && atGlasses.show == nil)
      #expect(!glasses.isOpen)
      var host = step.host()
      let atHost = host.handle(event, at: seconds(120))
      #expect(atHost.failure == .windowOver && atHost.isOver && atHost.paired == nil && atHost.show == nil)
      #expect(!host.isOpen)
    }
  }

  @Test func lastMomentCounts() {
    var glasses = Step.comparing.glasses()
    let last = seconds(120) - .nanoseconds(1)
    _ = glasses.handle(.confirmed, at: last)
    #expect(glasses.handle(.message(confirmed), at: last).paired != nil)
  }

  @Test func openingAgainDoesNotGrowTheWindow() {
    var glasses = Step.first.glasses()
    #expect(glasses.handle(.open, at: seconds(60)) == PairingActions())
    #expect(glasses.deadline == seconds(120))
    var host = Step.first.host()
    #expect(host.handle(.open, at: seconds(60)) == PairingActions())
    #expect(host.deadline == seconds(120))
  }

  @Test func threeAttemptsAWindow() {
    var glasses = DevicePairing(own: glassesKey, name: "left", address: "")
    var host = HostPairing(own: hostKey, name: "desk")
    _ = glasses.handle(.open, at: .zero)
    _ = host.handle(.open, at: .zero)
    for attempt in 1...3 {
      let now = seconds(10 * attempt)
      if attempt > 1 { #expect(glasses.handle(.deadline, at: now).connect) }
      _ = glasses.handle(.connected(peer: hostKey, nonce: nonce(UInt8(100 + attempt))), at: now)
      _ = host.handle(.connected(peer: glassesKey, nonce: nonce(UInt8(200 + attempt))), at: now)
      let atGlasses = glasses.handle(.message(confirmed), at: now)
      let atHost = host.handle(.message(confirmed), at: now)
      #expect(atGlasses.failure == .outOfOrder && atGlasses.isOver == (attempt == 3))
      #expect(atHost.failure == .outOfOrder && atHost.isOver == (attempt == 3))
    }
    #expect(!glasses.isOpen && !host.isOpen)
    // A fourth needs a new opening by a person.
    let fourth = host.handle(.connected(peer: glassesKey, nonce: nonce(9)), at: seconds(50))
    #expect(fourth.failure == .notOpen && fourth.disconnect && fourth.send == [PairingFailure.notOpen.message])
    #expect(glasses.handle(.deadline, at: seconds(50)) == PairingActions())
    #expect(glasses.handle(.open, at: seconds(60)).connect)
    #expect(glasses.deadline == seconds(180))
  }

  /// Calls that reach nobody use up no attempt, and come once in the retry interval.
  @Test func unansweredCallsAreRepeated() {
    var glasses = DevicePairing(own: glassesKey, name: "left", address: "")
    _ = glasses.handle(.open, at: .zero)
    for second in 0..<10 {
      #expect(glasses.handle(.disconnected, at: seconds(second)) == PairingActions())
      #expect(glasses.deadline == seconds(second + 1))
      #expect(glasses.handle(.deadline, at: seconds(second + 1) - .nanoseconds(1)) == PairingActions())
      #expect(glasses.handle(.deadline, at: seconds(second + 1)).connect)
    }
    #expect(glasses.handle(.connected(peer: hostKey, nonce: glassesNonce), at: seconds(10)).send.count == 1)
  }

  @Test func nothingHappensWhileClosed() {
    var glasses = DevicePairing(own: glassesKey, name: "left", address: "")
    var host = HostPairing(own: hostKey, name: "desk")
    for event in [PairingEvent.confirmed, .declined, .disconnected, .deadline] {
      #expect(glasses.handle(event, at: .zero) == PairingActions())
      #expect(host.handle(event, at: .zero) == PairingActions())
    }
    for message in oneOfEach {
      #expect(glasses.handle(.message(message), at: .zero).failure == .notOpen)
      #expect(host.handle(.message(message), at: .zero).failure == .notOpen)
    }
    #expect(glasses.deadline == nil && host.deadline == nil)
  }

  // MARK: - Over TLS

  /// Both machines over real connections: the fingerprints are those that TLS proved, and the keys that were paired open a session.
  @Test func pairsOverTLSAndThenOpensASession() throws {
    let glassesIdentity = try #require(Identity.create())
    let hostIdentity = try #require(Identity.create())
    var wires = try Wires(glasses: glassesIdentity, expecting: .pairing, host: hostIdentity, expecting: .pairing, fragment: 3)
    var glasses = DevicePairing(own: glassesIdentity.fingerprint, name: "left", address: "desk:7437")
    var host = HostPairing(own: hostIdentity.fingerprint, name: "desk")
    _ = glasses.handle(.open, at: .zero)
    _ = host.handle(.open, at: .zero)
    var results: (glasses: Pairing?, host: Pairing?)
    var shown: [PairingDigits] = []
    for round in 0..<10 {
      try wires.settle()
      let glassesSaw = wires.glassesSaw
      let hostSaw = wires.hostSaw
      wires.glassesSaw = []
      wires.hostSaw = []
      for event in glassesSaw {
        let actions: PairingActions
        switch event {
        case .opened(let peer): actions = glasses.handle(.connected(peer: peer, nonce: .random()), at: .zero)
        case .pairing(let message): actions = glasses.handle(.message(message), at: .zero)
        case .closed: actions = glasses.handle(.disconnected, at: .zero)
        case .message, .warning: throw Unexpected()
        }
        for message in actions.send { wires.glasses.send(message) }
        if let digits = actions.show { shown.append(digits) }
        if let pairing = actions.paired { results.glasses = pairing }
        if actions.disconnect { wires.glasses.close() }
      }
      for event in hostSaw {
        let actions: PairingActions
        switch event {
        case .opened(let peer): actions = host.handle(.connected(peer: peer, nonce: .random()), at: .zero)
        case .pairing(let message): actions = host.handle(.message(message), at: .zero)
        case .closed: actions = host.handle(.disconnected, at: .zero)
        case .message, .broken: throw Unexpected()
        }
        for message in actions.send { try wires.host.send(message) }
        if let digits = actions.show { shown.append(digits) }
        if let pairing = actions.paired { results.host = pairing }
        if actions.disconnect { wires.host.channel.close() }
      }
      if round == 5 {
        for message in glasses.handle(.confirmed, at: .zero).send { wires.glasses.send(message) }
        for message in host.handle(.confirmed, at: .zero).send { try wires.host.send(message) }
      }
    }
    #expect(shown.count == 2 && shown.first == shown.last)
    let kept = try #require(results.glasses)
    let keptByHost = try #require(results.host)
    #expect(kept == Pairing(peer: hostIdentity.fingerprint, name: "desk", address: "desk:7437"))
    #expect(keptByHost == Pairing(peer: glassesIdentity.fingerprint, name: "left", address: ""))
    var session = try Wires(
      glasses: glassesIdentity, expecting: .paired(kept.peer), host: hostIdentity, expecting: .paired(keptByHost.peer))
    try session.settle()
    #expect(session.glassesSaw == [.opened(peer: hostIdentity.fingerprint)])
  }

  private struct Unexpected: Error {}
}
