import Units

/// The host's side of pairing.
///
///     closed ─1▶ listening ─2▶ awaitingRequest ─3▶ awaitingNonce ─4▶ comparing ─5▶ closed
///                    ▲               └──────────6───────┴──────────────┘
///                    └──────────────────────────┘
///
/// 1 opened by the command · 2 glasses connected · 3 request came: commit to our nonce · 4 the glasses' nonce came: reveal ours, show the digits ·
/// 5 both people have confirmed: paired · 6 the connection or the attempt failed while attempts are left.
/// From every state to closed: the window is over, the person declines, no attempt is left.
public struct HostPairing: Sendable {
  private enum State: Sendable, Equatable {
    case closed
    case listening
    case awaitingRequest(Attempt)
    case awaitingNonce(Attempt, name: String)
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
  private var state = State.closed
  private var window = PairingWindow(openedAt: .zero)

  /// `name` as for `PairingName.isAcceptable`.
  public init(own: Fingerprint, name: String) {
    self.own = own
    self.name = name
  }

  public var isOpen: Bool { state != .closed }

  /// The digits while they wait for confirmation by anyone.
  public var digits: PairingDigits? {
    if case .comparing(let comparison) = state { return comparison.digits }
    return nil
  }

  /// When `deadline` is to be handed in; nil while closed.
  public var deadline: Instant? { isOpen ? window.end : nil }

  public mutating func handle(_ event: PairingEvent, at now: Instant) -> PairingActions {
    if isOpen, now >= window.end { return close(.windowOver) }
    switch (state, event) {
    case (.closed, .open):
      window = PairingWindow(openedAt: now)
      state = .listening
      return PairingActions()
    case (.closed, .connected), (.closed, .message): return refuseWhileClosed()
    case (.closed, .confirmed), (.closed, .declined), (.closed, .disconnected), (.closed, .deadline): return PairingActions()

    case (.listening, .connected(let peer, let nonce)):
      window.beginAttempt(with: nonce)
      state = .awaitingRequest(Attempt(peer: peer, nonce: nonce))
      return peer == own ? fail(.reflected) : PairingActions()
    case (.listening, .disconnected): return PairingActions()
    case (.listening, .message):
      // From a connection whose attempt has failed, or from none.
      var actions = PairingActions()
      actions.failure = .outOfOrder
      actions.disconnect = true
      return actions

    case (.awaitingRequest, .message(let message)), (.awaitingNonce, .message(let message)), (.comparing, .message(let message)):
      return receive(message)
    case (.awaitingRequest, .connected), (.awaitingNonce, .connected), (.comparing, .connected): return fail(.outOfOrder)
    case (.awaitingRequest, .disconnected), (.awaitingNonce, .disconnected), (.comparing, .disconnected):
      return fail(.disconnected)

    case (.comparing(var comparison), .confirmed):
      guard !comparison.isConfirmedHere else { return PairingActions() }
      comparison.isConfirmedHere = true
      var actions = conclude(comparison)
      actions.send.insert(.confirmed(PairingConfirmed()), at: 0)
      return actions

    // Nothing is shown yet, so there is nothing to agree to.
    case (.listening, .confirmed), (.awaitingRequest, .confirmed), (.awaitingNonce, .confirmed): return PairingActions()
    case (.listening, .declined), (.awaitingRequest, .declined), (.awaitingNonce, .declined), (.comparing, .declined):
      return close(.declined)
    // Already open; the window does not grow.
    case (.listening, .open), (.awaitingRequest, .open), (.awaitingNonce, .open), (.comparing, .open): return PairingActions()
    // Too early: `deadline` says when.
    case (.listening, .deadline), (.awaitingRequest, .deadline), (.awaitingNonce, .deadline), (.comparing, .deadline):
      return PairingActions()
    }
  }

  private mutating func receive(_ message: PairingMessage) -> PairingActions {
    switch (state, message) {
    case (.awaitingRequest(let attempt), .request(let request)):
      guard request.version == PairingLimits.version else { return fail(.unknownVersion) }
      guard PairingName.isAcceptable(request.deviceName) else { return fail(.malformed) }
      state = .awaitingNonce(attempt, name: request.deviceName)
      let promise = commitment(host: own, glasses: attempt.peer, hostNonce: attempt.nonce)
      var actions = PairingActions()
      actions.send = [.commitment(PairingCommitment(hostName: name, commitment: promise))]
      return actions
    case (.awaitingNonce(let attempt, let name), .nonce(let revealed)):
      guard let glassesNonce = Nonce(revealed.nonce.span) else { return fail(.malformed) }
      guard glassesNonce != attempt.nonce else { return fail(.reflected) }
      let digits = PairingDigits(glasses: attempt.peer, host: own, glassesNonce: glassesNonce, hostNonce: attempt.nonce)
      state = .comparing(Comparison(peer: attempt.peer, name: name, digits: digits))
      var actions = PairingActions()
      actions.send = [.nonce(PairingNonce(nonce: attempt.nonce.bytes))]
      actions.show = digits
      return actions
    case (.comparing(var comparison), .confirmed):
      guard !comparison.isConfirmedThere else { return fail(.outOfOrder) }
      comparison.isConfirmedThere = true
      return conclude(comparison)
    case (.awaitingRequest, .refused), (.awaitingNonce, .refused), (.comparing, .refused): return fail(.refusedByPeer)
    case (.awaitingRequest, .commitment), (.awaitingRequest, .nonce), (.awaitingRequest, .confirmed),
      (.awaitingNonce, .request), (.awaitingNonce, .commitment), (.awaitingNonce, .confirmed),
      (.comparing, .request), (.comparing, .commitment), (.comparing, .nonce):
      return fail(.outOfOrder)
    case (.closed, _), (.listening, _): preconditionFailure("messages outside an attempt are handled before")
    }
  }

  /// Paired if both have confirmed, otherwise still comparing.
  private mutating func conclude(_ comparison: Comparison) -> PairingActions {
    state = .comparing(comparison)
    var actions = PairingActions()
    guard comparison.isConfirmedHere, comparison.isConfirmedThere else { return actions }
    state = .closed
    actions.paired = Pairing(peer: comparison.peer, name: comparison.name, address: "")
    actions.disconnect = true
    actions.isOver = true
    return actions
  }

  /// Ends the attempt; the window goes on while attempts are left.
  private mutating func fail(_ failure: PairingFailure) -> PairingActions {
    guard window.attemptsLeft > 0 else { return close(failure) }
    let actions = farewell(failure)
    state = .listening
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
    case .closed, .listening: break
    case .awaitingRequest, .awaitingNonce, .comparing:
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
}
