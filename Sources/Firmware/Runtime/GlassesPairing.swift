import Engagement
import HAL
import Overlay
import Units
import Voice
import Wire

extension Glasses {
  /// The button was held: calls the host in pairing mode, until the window is over.
  func beginPairing(at now: Instant) {
    // What was asked of this host is not for another.
    forgetKept()
    guard board.display != nil else {
      tracer.log("Pairing needs a display: the digits could not be compared.", at: now)
      play(.failure, at: now)
      conductor.post(.pairingEnded)
      return
    }
    guard engagement.permissions.display else {
      tracer.log("Too little power for the display, which pairing needs: charge the glasses first.", at: now)
      play(.failure, at: now)
      conductor.post(.pairingEnded)
      return
    }
    resetLink(at: now)
    handle(.watched(true), at: now)
    show(
      Card(.notice, title: "Pairing", body: "Start pairing on your host, then compare the digits. Press to stop.", isAsked: true),
      at: now)
    pairing = DevicePairing(own: identity.fingerprint, name: description.name, address: description.link.address)
    advancePairing(.open, at: now)
  }

  /// The wearer pressed: the digits that are to be seen are the same. When none are, nobody agrees to any: the press means stop.
  func confirmPairing(at now: Instant) { advancePairing(overlay.card?.kind == .digits ? .confirmed : .declined, at: now) }

  func endPairing(at now: Instant) { advancePairing(.declined, at: now) }

  func pairingTick(at now: Instant) { advancePairing(.deadline, at: now) }

  func pairingOpened(with peer: Fingerprint, at now: Instant) {
    advancePairing(.connected(peer: peer, nonce: .random()), at: now)
  }

  func pairingLost(at now: Instant) {
    pairingWantsLink = false
    advancePairing(.disconnected, at: now)
  }

  func handle(_ message: PairingMessage, at now: Instant) { advancePairing(.message(message), at: now) }

  private func advancePairing(_ event: PairingEvent, at now: Instant) {
    guard var machine = pairing else { return }
    let actions = machine.handle(event, at: now)
    pairing = machine
    for message in actions.send { connection?.send(message) }
    pushOutput(at: now)
    if let digits = actions.show {
      tracer.instant("pairing_digits", .link, at: now) { $0.add("digits", digits.text) }
      show(Card(.digits, title: "Same digits on your host? Press.", body: digits.text), at: now)
    }
    if let host = actions.paired { keep(host, at: now) }
    if let failure = actions.failure { tellPairingFailure(failure, at: now) }
    if actions.disconnect || actions.isOver {
      pairingWantsLink = false
      resetLink(at: now)
    }
    if actions.connect { pairingWantsLink = true }
    if actions.isOver {
      pairing = nil
      handle(.dismiss(.digits), at: now)
      conductor.post(.pairingEnded)
    }
  }

  private func keep(_ host: Pairing, at now: Instant) {
    do throws(DeviceError) {
      try board.storage.save(Pairing.recordName, host.serialised().span)
    } catch {
      report(error, at: now)
      handle(.dismiss(.digits), at: now)
      show(Card(.notice, title: "Not paired", body: "The pairing could not be stored. Is the disk full?", isAsked: true), at: now)
      return
    }
    pairedHost = host
    hasHost = true
    tracer.instant("paired", .link, at: now) { $0.add("host", host.name) }
    handle(.dismiss(.digits), at: now)
    show(Card(.notice, title: "Paired", body: host.name, isAsked: true), at: now)
  }

  private func tellPairingFailure(_ failure: PairingFailure, at now: Instant) {
    tracer.instant("pairing_failed", .link, at: now) { $0.add("reason", failure.phrase) }
    handle(.dismiss(.digits), at: now)
    show(Card(.notice, title: "Not paired", body: failure.phrase.description, isAsked: true), at: now)
  }
}
