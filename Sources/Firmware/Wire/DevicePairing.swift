import Units

/// The glasses' side of pairing.
///
///     closed ─1▶ dialling ─2▶ awaitingCommitment ─3▶ awaitingNonce ─4▶ comparing ─5▶ closed
///                 ▲    └──────────────┴──────────6─────────┴───────────────┘
///                 └─7── waiting ◀─────┘
///
/// 1 opened by the button: call · 2 connected: request · 3 commitment came: reveal our nonce · 4 the host's nonce fits its commitment: show the digits ·
/// 5 both people have confirmed: paired · 6 the connection or the attempt failed while attempts are left · 7 the retry interval is over: call again.
/// From every state to closed: the window is over, the person declines, no attempt is left.
public struct DevicePairing: Sendable {
  private enum State: Sendable, Equatable {
    case closed
    case waiting(until: Instant)
    case dialling
    case awaitingCommitment(Attempt)
    case awaitingNonce(Attempt, PairingCommitment)
    case comparing(Comparison)
  }

  private struct Attempt: Sendable, Equatable {
    var peer: Fingerprint
    var nonce: Nonce
  }

  private struct Comparison: Sendable, Equatable {
    var peer: Fingerprint
    var name: String
    var digits: PairingDigits
    var isConfirmedHere = false
    var isConfirmedThere = false
  }

  private let own: Fingerprint
  private let name: String
  private let address: String
  private var state = State.closed
  private var window = PairingWindow(openedAt: .zero)

  /// `name` as for `PairingName.isAcceptable`; `address` is where the host is called, kept in the pairing.
  public init(own: Fingerprint, name: String, address: String) {
    self.own = own
    self.name = name
    self.address = address
  }

  public var isOpen: Bool { state != .closed }

  /// The digits while they wait for confirmation by anyone.
  public var digits: PairingDigits? {
    if case .comparing(let comparison) = state { return comparison.digits }
    return nil
  }

  /// When `deadline` is to be handed in; nil while closed.
  public var deadline: Instant? {
    switch state {
    case .closed: nil
    case .waiting(let until): min(until, window.end)
    case .dialling, .awaitingCommitment, .awaitingNonce, .comparing: window.end
    }
  }

  public mutating func handle(_ event: PairingEvent, at now: Instant) -> PairingActions {
    if isOpen, now >= window.end { return close(.windowOver) }
    switch (state, event) {
    case (.closed, .open):
      window = PairingWindow(openedAt: now)
      return dial()
    case (.closed, .connected), (.closed, .message): return refuseWhileClosed()
    case (.closed, .confirmed), (.closed, .declined), (.closed, .disconnected), (.closed, .deadline): return PairingActions()

    case (.waiting(let until), .deadline): return now >= until ? dial() : PairingActions()
    case (.waiting, .disconnected): return PairingActions()
    case (.waiting, .connected), (.waiting, .message): return refuseBetweenAttempts()

    case (.dialling, .connected(let peer, let nonce)): return begin(with: peer, nonce, at: now)
    case (.dialling, .disconnected):
      // Nobody was there: no attempt is used up.
      state = .waiting(until: now + PairingLimits.retryInterval)
      return PairingActions()
    case (.dialling, .message): return fail(.outOfOrder, at: now)

    case (.awaitingCommitment, .message(let message)), (.awaitingNonce, .message(let message)),
      (.comparing, .message(let message)):
      return receive(message, at: now)
    case (.awaitingCommitment, .connected), (.awaitingNonce, .connected), (.comparing, .connected):
      return fail(.outOfOrder, at: now)
    case (.awaitingCommitment, .disconnected), (.awaitingNonce, .disconnected), (.comparing, .disconnected):
      return fail(.disconnected, at: now)

    case (.comparing(var comparison), .confirmed):
      guard !comparison.isConfirmedHere else { return PairingActions() }
      comparison.isConfirmedHere = true
      var actions = conclude(comparison)
      actions.send.insert(.confirmed(PairingConfirmed()), at: 0)
      return actions

    // Nothing is shown yet, so there is nothing to agree to.
    case (.waiting, .confirmed), (.dialling, .confirmed), (.awaitingCommitment, .confirmed), (.awaitingNonce, .confirmed):
      return PairingActions()
    case (.waiting, .declined), (.dialling, .declined), (.awaitingCommitment, .declined), (.awaitingNonce, .declined),
      (.comparing, .declined):
      return close(.declined)
    // Already open; the window does not grow.
    case (.waiting, .open), (.dialling, .open), (.awaitingCommitment, .open), (.awaitingNonce, .open), (.comparing, .open):
      return PairingActions()
    // Too early: `deadline` says when.
    case (.dialling, .deadline), (.awaitingCommitment, .deadline), (.awaitingNonce, .deadline), (.comparing, .deadline):
      return PairingActions()
    }
  }

  private mutating func dial() -> PairingActions {
    state = .dialling
    var actions = PairingActions()
    actions.connect = true
    return actions
  }

  private mutating func begin(with peer: Fingerprint, _ nonce: Nonce, at now: Instant) -> PairingActions {
    window.beginAttempt(with: nonce)
    state = .awaitingCommitment(Attempt(peer: peer, nonce: nonce))
    guard peer != own else { return fail(.reflected, at: now) }
    var actions = PairingActions()
    actions.send = [.request(PairingRequest(version: PairingLimits.version, deviceName: name))]
    return actions
  }

  private mutating func receive(_ message: PairingMessage, at now: Instant) -> PairingActions {
    switch (state, message) {
    case (.awaitingCommitment(let attempt), .commitment(let commitment)):
      guard commitment.commitment.count == Fingerprint.size, PairingName.isAcceptable(commitment.hostName) else {
        return fail(.malformed, at: now)
      }
      state = .awaitingNonce(attempt, commitment)
      var actions = PairingActions()
      actions.send = [.nonce(PairingNonce(nonce: attempt.nonce.bytes))]
      return actions
    case (.awaitingNonce(let attempt, let commitment), .nonce(let revealed)):
      return check(revealed, against: commitment, in: attempt, at: now)
    case (.comparing(var comparison), .confirmed):
      guard !comparison.isConfirmedThere else { return fail(.outOfOrder, at: now) }
      comparison.isConfirmedThere = true
      return conclude(comparison)
    case (.awaitingCommitment, .refused), (.awaitingNonce, .refused), (.comparing, .refused): return fail(.refusedByPeer, at: now)
    case (.awaitingCommitment, .request), (.awaitingCommitment, .nonce), (.awaitingCommitment, .confirmed),
      (.awaitingNonce, .request), (.awaitingNonce, .commitment), (.awaitingNonce, .confirmed),
      (.comparing, .request), (.comparing, .commitment), (.comparing, .nonce):
      return fail(.outOfOrder, at: now)
    case (.closed, _), (.waiting, _), (.dialling, _): preconditionFailure("messages outside an attempt are handled before")
    }
  }

  private mutating func check(
    _ revealed: PairingNonce, against promised: PairingCommitment, in attempt: Attempt, at now: Instant
  ) -> PairingActions {
    guard let hostNonce = Nonce(revealed.nonce.span) else { return fail(.malformed, at: now) }
    guard hostNonce != attempt.nonce else { return fail(.reflected, at: now) }
    guard commitment(host: attempt.peer, glasses: own, hostNonce: hostNonce) == promised.commitment else {
      return fail(.wrongReveal, at: now)
    }
    let digits = PairingDigits(glasses: own, host: attempt.peer, glassesNonce: attempt.nonce, hostNonce: hostNonce)
    state = .comparing(Comparison(peer: attempt.peer, name: promised.hostName, digits: digits))
    var actions = PairingActions()
    actions.show = digits
    return actions
  }

  /// Paired if both have confirmed, otherwise still comparing.
  private mutating func conclude(_ comparison: Comparison) -> PairingActions {
    state = .comparing(comparison)
    var actions = PairingActions()
    guard comparison.isConfirmedHere, comparison.isConfirmedThere else { return actions }
    state = .closed
    actions.paired = Pairing(peer: comparison.peer, name: comparison.name, address: address)
    actions.disconnect = true
    actions.isOver = true
    return actions
  }

  /// Ends the attempt; the window goes on while attempts are left.
  private mutating func fail(_ failure: PairingFailure, at now: Instant) -> PairingActions {
    guard window.attemptsLeft > 0 else { return close(failure) }
    let actions = farewell(failure)
    state = .waiting(until: now + PairingLimits.retryInterval)
    return actions
  }

  private mutating func close(_ failure: PairingFailure) -> PairingActions {
    var actions = farewell(failure)
    state = .closed
    actions.isOver = true
    return actions
  }

  /// What the peer is told, if there is one that can be told.
  private func farewell(_ failure: PairingFailure) -> PairingActions {
    var actions = PairingActions()
    actions.failure = failure
    switch state {
    case .closed, .waiting: break
    case .dialling: actions.disconnect = true
    case .awaitingCommitment, .awaitingNonce, .comparing:
      switch failure {
      case .disconnected: break
      case .refusedByPeer: actions.disconnect = true
      case .windowOver, .notOpen, .outOfOrder, .malformed, .wrongReveal, .reflected, .declined, .unknownVersion:
        actions.send = [failure.message]
        actions.disconnect = true
      }
    }
    return actions
  }

  private func refuseWhileClosed() -> PairingActions {
    var actions = PairingActions()
    actions.send = [PairingFailure.notOpen.message]
    actions.failure = .notOpen
    actions.disconnect = true
    return actions
  }

  /// What comes after an attempt has failed: a message that was under way, or a connection that nobody asked for.
  private func refuseBetweenAttempts() -> PairingActions {
    var actions = PairingActions()
    actions.failure = .outOfOrder
    actions.disconnect = true
    return actions
  }
}
