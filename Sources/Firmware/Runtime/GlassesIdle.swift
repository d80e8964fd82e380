import Engagement
import HAL
import Power
import Units
import Wake

extension Glasses {
  /// Waits for the next event, as deep down as what is under way allows, and books how the system was down meanwhile.
  func waitForEvent() -> BoardEvent {
    rest()
    // A board that only waits needs no choice.
    guard governor.levels.count > 1 else { return board.next(before: deadline, idling: .wait) }
    let before = board.now()
    let decision = chooseIdle(at: before)
    ledger.rest(decision.kind, at: before)
    let event = board.next(before: decision.wakeAt, idling: decision.kind)
    if decision.kind != .wait { rested(board.lastIdle, at: board.now()) }
    return event
  }

  /// The first wait at rest after anything else, starting included: nothing of it is needed any more.
  private func rest() {
    let isAtRest =
      switch engagement.state {
      case .notWorn, .dormant, .armed: linkDeadline == nil
      case .engaged, .thinking, .presenting, .pairing: false
      }
    guard isAtRest != hasRested else { return }
    hasRested = isAtRest
    if isAtRest { board.giveBackMemory() }
  }

  private func chooseIdle(at now: Instant) -> IdleGovernor.Decision {
    // A part on its way may need the processor whatever it needs when it has arrived.
    guard let parts = conductor.broker.settledLevels else { return governor.wait(until: deadline) }
    return governor.choose(at: now, nextWake: deadline, parts: parts, claims: latencyClaims)
  }

  /// Who wants the processor to answer soon, by the state of the glasses and the leases that are held.
  var latencyClaims: LatencyClaims {
    var claims = LatencyClaims()
    switch conductor.broker.level(of: .microphone) {
    // Who waits for a sound has to hear it from its beginning: with 25 ms less of a word one of seven is missed (`tools/bench wake-gate`).
    case Level.off: if sound.isQuiet { claims.set(description.listening.engagedPeriod, for: .sound) }
    default: claims.set(microphonePeriod, for: .sound)
    }
    switch engagement.state {
    case .engaged, .thinking: claims.set(IdlePolicy.noticeable, for: .turn)
    case .pairing: claims.set(IdlePolicy.noticeable, for: .pairing)
    // What is presented stands by itself; sound that plays leases the processor.
    case .notWorn, .dormant, .armed, .presenting: break
    }
    // A finger that is down shall not wait for more than it has waited for already.
    if button.deadline != nil { claims.set(IdlePolicy.noticeable, for: .turn) }
    if linkDeadline != nil { claims.set(IdlePolicy.noticeable, for: .link) }
    return claims
  }

  private func rested(_ spell: IdleSpell?, at now: Instant) {
    // The ledger still takes the processor to be down: as the trace has it from where that began.
    if let spell, description.power.idle(spell.kind) != nil {
      tracer.power(of: .processor, ledger.power(of: .processor), at: spell.began)
      traceLevel(of: .processor, at: spell.began)
    }
    ledger.rested(spell, at: now)
    guard let spell, description.power.idle(spell.kind) != nil else { return }
    tracer.instant("idled", .power, at: spell.ended) {
      $0.add("kind", spell.kind.name)
      $0.add("time_us", (spell.ended - spell.began).microseconds)
      $0.add("aborted", spell.aborted > 0)
    }
    tracer.power(of: .processor, ledger.power(of: .processor), at: spell.ended)
    traceLevel(of: .processor, at: spell.ended)
  }
}

enum IdlePolicy {
  /// What a person takes for at once: R. B. Miller, Response time in man-computer conversational transactions (1968), as confirmed since.
  static var noticeable: Duration { .milliseconds(100) }
}
