import Synchronization
import Units
import Wire

/// Where the person at the host and the glasses that want to pair meet: `Wire.HostPairing` decides, this shares it between the event loops
/// and the commands. One window at a time, one connection in it at a time.
///
/// Observers run outside the lock, on the thread of whoever called.
final class PairingDesk: Sendable {
  /// A connection in pairing mode.
  struct Caller: Sendable {
    var fingerprint: Fingerprint
    /// Has the link send and disconnect as the actions say, later: it is called with the lock held, so that the actions of several
    /// threads keep their order.
    var enqueue: @Sendable (PairingActions) -> Void
  }

  private struct Window {
    var pairing: HostPairing
    /// A person may want it shorter than `HostPairing` does.
    var until: Instant
    var observer: @Sendable (PairingProgress) -> Void
    /// Number and connection of the attempt under way.
    var caller: (number: Int, caller: Caller)?
    var name = ""
    /// What the attempt under way shows.
    var digits: String?
    var callers = 0
  }

  /// What is to be told once the lock is free.
  private struct Outcome {
    var progress: [PairingProgress] = []
    var observer: (@Sendable (PairingProgress) -> Void)?
  }

  private let own: Fingerprint
  private let name: String
  /// Writes the pairing down; what it throws ends the window without one.
  private let keep: @Sendable (Pairing) throws -> Void
  private let window = Mutex<Window?>(nil)

  init(own: Fingerprint, name: String, keep: @escaping @Sendable (Pairing) throws -> Void) {
    self.own = own
    self.name = name
    self.keep = keep
  }

  var isOpen: Bool { window.withLock { $0 != nil } }

  /// When `expire` closes the window; nil when none is open.
  var deadline: Instant? {
    window.withLock { window in window.map { min($0.until, $0.pairing.deadline ?? $0.until) } }
  }

  // MARK: The person's side

  /// Opens the window for at most `PairingLimits.window`. False when one is open already.
  func open(
    for time: Duration = PairingLimits.window, at now: Instant, observer: @escaping @Sendable (PairingProgress) -> Void
  ) -> Bool {
    let time = min(time, PairingLimits.window)
    let isOpened = window.withLock { window in
      guard window == nil else { return false }
      var pairing = HostPairing(own: own, name: name)
      _ = pairing.handle(.open, at: now)
      window = Window(pairing: pairing, until: now + time, observer: observer)
      return true
    }
    if isOpened { observer(.opened(seconds: Int(time.milliseconds / 1000), attempts: PairingLimits.attempts)) }
    return isOpened
  }

  /// Whether the digits are the same. A yes counts only while the digits that the person saw are still those shown: whoever calls
  /// after that attempt broke off is not let in by an answer that was meant for it. A no ends the window.
  func answer(_ same: Bool, to digits: String, at now: Instant) {
    guard !same || window.withLock({ $0?.digits == digits }) else { return }
    handle(same ? .confirmed : .declined, at: now, end: same ? nil : .digitsDiffer)
  }

  /// Ends the window and the attempt in it.
  func close(_ reason: String, at now: Instant) { handle(.declined, at: now, end: .closed(reason)) }

  /// To be called when `deadline` has come.
  func expire(at now: Instant) {
    guard let deadline, deadline <= now else { return }
    handle(.declined, at: now, end: .timeOver)
  }

  // MARK: The glasses' side

  /// A connection; its number for what follows, or why it is refused.
  func connected(_ caller: Caller, at now: Instant) -> Result<Int, HostFailure> {
    let result = window.withLock { window -> Result<Int, HostFailure> in
      guard window != nil else { return .failure(HostFailure("pairing is not open at the host")) }
      guard window?.caller == nil else { return .failure(HostFailure("another pairing is under way at the host")) }
      let number = (window?.callers ?? 0) + 1
      window?.callers = number
      window?.caller = (number, caller)
      window?.name = ""
      window?.digits = nil
      return .success(number)
    }
    if case .success = result { handle(.connected(peer: caller.fingerprint, nonce: .random()), at: now) }
    return result
  }

  func message(_ message: PairingMessage, from number: Int, at now: Instant) {
    if case .request(let request) = message {
      window.withLock { window in
        if window?.caller?.number == number { window?.name = request.deviceName }
      }
    }
    handle(.message(message), from: number, at: now)
  }

  func disconnected(_ number: Int, at now: Instant) { handle(.disconnected, from: number, at: now) }

  // MARK: The machine

  private func handle(
    _ event: PairingEvent, from number: Int? = nil, at now: Instant, end: PairingEnd? = nil
  ) {
    let outcome = window.withLock { window -> Outcome in
      guard var current = window, number == nil || number == current.caller?.number else { return Outcome() }
      var actions = current.pairing.handle(event, at: now)
      if let digits = actions.show { current.digits = digits.text }
      let steps = progress(&actions, name: current.name, end: end)
      current.caller?.caller.enqueue(actions)
      if actions.disconnect || event == .disconnected {
        current.caller = nil
        current.digits = nil
      }
      window = actions.isOver ? nil : current
      return Outcome(progress: steps, observer: current.observer)
    }
    for step in outcome.progress { outcome.observer?(step) }
  }

  private func progress(_ actions: inout PairingActions, name: String, end: PairingEnd?) -> [PairingProgress] {
    var steps: [PairingProgress] = []
    if let digits = actions.show { steps.append(.digits(digits.text, device: name)) }
    if let pairing = actions.paired {
      do {
        try keep(pairing)
        return steps + [.paired(device: pairing.name, fingerprint: pairing.peer)]
      } catch {
        actions.send = [.refused(Refused(reason: "the host could not keep the pairing"))]
        return steps + [.closed(.closed("the pairing could not be kept: \(error)"))]
      }
    }
    if let failure = actions.failure, end == nil { steps.append(.failed("\(failure.phrase)")) }
    if actions.isOver { steps.append(.closed(end ?? (actions.failure == .windowOver ? .timeOver : .noAttemptsLeft))) }
    return steps
  }
}
