import Synchronization
import Wire

/// Counts who is connected and finds the sessions of a device. Shared by all event loops.
///
/// A device has one session: a new one ends the old, which a device that lost its power never closed.
final class SessionRegistry: Sendable {
  /// A connection's place; given back with `leave`.
  struct Seat: Sendable, Hashable { let number: Int }

  private struct Session {
    let device: Fingerprint
    let stop: @Sendable (String) -> Void
  }
  private struct State {
    var next = 0
    var strangers: Set<Seat> = []
    var sessions: [Seat: Session] = [:]
    var isClosed = false
  }
  private let state = Mutex(State())

  /// A place for a connection that has not proved who it is; nil when there are `limit` already.
  func admit(limit: Int) -> Seat? {
    state.withLock { state in
      guard !state.isClosed, state.strangers.count < limit else { return nil }
      let seat = Seat(number: state.next)
      state.next += 1
      state.strangers.insert(seat)
      return seat
    }
  }

  /// Turns a stranger into the device's session and stops the device's earlier one. False when there are `limit` sessions of
  /// other devices.
  func begin(_ seat: Seat, _ device: Fingerprint, limit: Int, stop: @escaping @Sendable (String) -> Void) -> Bool {
    let (isSeated, earlier) = state.withLock { state -> (Bool, [Session]) in
      let old = state.sessions.filter { $0.value.device == device }
      guard !state.isClosed, state.sessions.count - old.count < limit else { return (false, []) }
      for seat in old.keys { state.sessions[seat] = nil }
      state.strangers.remove(seat)
      state.sessions[seat] = Session(device: device, stop: stop)
      return (true, Array(old.values))
    }
    for session in earlier { session.stop("the glasses began another session") }
    return isSeated
  }

  func leave(_ seat: Seat) {
    state.withLock { state in
      state.strangers.remove(seat)
      state.sessions[seat] = nil
    }
  }

  /// Ends all sessions; no more begin.
  func close(_ reason: String) {
    state.withLock { $0.isClosed = true }
    stop(reason) { _ in true }
  }

  /// Ends the sessions of the devices that `isOver` names.
  func stop(_ reason: String, where isOver: (Fingerprint) -> Bool) {
    let stopped = state.withLock { state in state.sessions.values.filter { isOver($0.device) } }
    for session in stopped { session.stop(reason) }
  }
}
