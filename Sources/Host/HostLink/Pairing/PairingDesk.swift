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
    let number: Int
    var pairing: HostPairing
    /// A person may want it shorter than `HostPairing` does.
    var until: Instant
    var observer: @Sendable (PairingProgress) -> Void
    /// Number and connection of the attempt under way.
    var caller: (number: Int, caller: Caller)?
    var name = ""
  }

  private struct State {
    var window: Window?
    /// Windows and connections so far: their numbers are never used twice, so what is late concerns nobody.
    var windows = 0
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
  private let state = Mutex(State())

  init(own: Fingerprint, name: String, keep: @escaping @Sendable (Pairing) throws -> Void) {
    self.own = own
    self.name = name
    self.keep = keep
  }

  var isOpen: Bool { state.withLock { $0.window != nil } }

  /// When `expire` closes the window; nil when none is open.
  var deadline: Instant? {
    state.withLock { state in state.window.map { min($0.until, $0.pairing.deadline ?? $0.until) } }
  }

  // MARK: The person's side

  /// Opens the window for at most `PairingLimits.window`. Its number, for `close`; nil when one is open already.
  func open(
    for time: Duration = PairingLimits.window, at now: Instant, observer: @escaping @Sendable (PairingProgress) -> Void
  ) -> Int? {
    let time = min(time, PairingLimits.window)
    let number = state.withLock { state -> Int? in
      guard state.window == nil else { return nil }
      var pairing = HostPairing(own: own, name: name)
      _ = pairing.handle(.open, at: now)
      state.windows += 1
      state.window = Window(number: state.windows, pairing: pairing, until: now + time, observer: observer)
      return state.windows
    }
    if number != nil { observer(.opened(seconds: Int(time.milliseconds / 1000), attempts: PairingLimits.attempts)) }
    return number
  }

  /// Whether these digits are what the glasses say. A yes counts only for the attempt whose digits they are: the person may have
  /// compared those of an attempt that has ended meanwhile, and someone else's may be under way. A no ends the window.
  func answer(_ same: Bool, to digits: String, at now: Instant) {
    if same { handle(.confirmed, digits: digits, at: now) } else { handle(.declined, at: now, end: .digitsDiffer) }
  }

  /// Ends the window and the attempt in it; with a number only that window.
  func close(_ reason: String, window number: Int? = nil, at now: Instant) {
    handle(.declined, window: number, at: now, end: .closed(reason))
  }

  /// To be called when `deadline` has come.
  func expire(at now: Instant) {
    guard let deadline, deadline <= now else { return }
    handle(.deadline, at: now)
  }

  // MARK: The glasses' side

  /// A connection; its number for what follows, or why it is refused.
  func connected(_ caller: Caller, at now: Instant) -> Result<Int, HostFailure> {
    let result = state.withLock { state -> Result<Int, HostFailure> in
      guard state.window != nil else { return .failure(HostFailure("pairing is not open at the host")) }
      guard state.window?.caller == nil else { return .failure(HostFailure("another pairing is under way at the host")) }
      state.callers += 1
      state.window?.caller = (state.callers, caller)
      state.window?.name = ""
      return .success(state.callers)
    }
    if case .success(let number) = result {
      handle(.connected(peer: caller.fingerprint, nonce: .random()), from: number, at: now)
    }
    return result
  }

  func message(_ message: PairingMessage, from number: Int, at now: Instant) {
    if case .request(let request) = message {
      state.withLock { state in
        if state.window?.caller?.number == number { state.window?.name = request.deviceName }
      }
    }
    handle(.message(message), from: number, at: now)
  }

  func disconnected(_ number: Int, at now: Instant) { handle(.disconnected, from: number, at: now) }

  // MARK: The machine

  /// With a caller, digits or a window given, the event is only for the one under way.
  private func handle(
    _ event: PairingEvent, from caller: Int? = nil, digits: String? = nil, window: Int? = nil, at now: Instant,
    end: PairingEnd? = nil
  ) {
    let outcome = state.withLock { state -> Outcome in
      guard var current = state.window else { return Outcome() }
      guard caller == nil || caller == current.caller?.number, window == nil || window == current.number,
        digits == nil || digits == current.pairing.digits?.text
      else { return Outcome() }
      // The person's window may be shorter than the machine's.
      let isLate = now >= current.until
      let end = isLate ? end ?? .timeOver : end
      var actions = current.pairing.handle(isLate ? .declined : event, at: now)
      if actions.isOver { actions.disconnect = true }
      let steps = progress(&actions, name: current.name, end: end)
      current.caller?.caller.enqueue(actions)
      if actions.disconnect || event == .disconnected { current.caller = nil }
      state.window = actions.isOver ? nil : current
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
