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
    let superseded: @Sendable () -> Void
  }
  private struct Stranger {
    /// Where it calls from, without the port.
    let address: String
    let stop: @Sendable (String) -> Void
  }
  private struct State {
    var next = 0
    var strangers: [Seat: Stranger] = [:]
    var sessions: [Seat: Session] = [:]
    var isClosed = false

    /// The seats of the address that has the most.
    var crowd: [Seat]? {
      Dictionary(grouping: strangers.keys) { strangers[$0]?.address ?? "" }.values.max { $0.count < $1.count }
    }
  }
  private let state = Mutex(State())

  /// A place for a connection that has not proved who it is; nil when the host is closed. When there are `limit` strangers already,
  /// the oldest from the address with the most of them gives way: an honest handshake takes a fraction of a second, so whoever
  /// fills the places by holding them cannot keep others out.
  func admit(limit: Int, address: String, stop: @escaping @Sendable (String) -> Void) -> Seat? {
    let (seat, evicted) = state.withLock { state -> (Seat?, Stranger?) in
      guard !state.isClosed else { return (nil, nil) }
      var evicted: Stranger?
      if state.strangers.count >= limit, let crowd = state.crowd, let oldest = crowd.min(by: { $0.number < $1.number }) {
        evicted = state.strangers.removeValue(forKey: oldest)
      }
      let seat = Seat(number: state.next)
      state.next += 1
      state.strangers[seat] = Stranger(address: address, stop: stop)
      return (seat, evicted)
    }
    evicted?.stop("\(limit) connections wait for their handshake already")
    return seat
  }

  /// The connection pairs: the desk takes one at a time, so it needs no place among the strangers.
  func pairs(_ seat: Seat) { state.withLock { $0.strangers[seat] = nil } }

  /// Turns a stranger into the device's session, which takes the place of the device's earlier one. False when there are `limit` sessions of
  /// other devices.
  func begin(
    _ seat: Seat, _ device: Fingerprint, limit: Int, stop: @escaping @Sendable (String) -> Void,
    superseded: @escaping @Sendable () -> Void
  ) -> Bool {
    let (isSeated, earlier) = state.withLock { state -> (Bool, [Session]) in
      let old = state.sessions.filter { $0.value.device == device }
      guard !state.isClosed, state.sessions.count - old.count < limit else { return (false, []) }
      for seat in old.keys { state.sessions[seat] = nil }
      state.strangers[seat] = nil
      state.sessions[seat] = Session(device: device, stop: stop, superseded: superseded)
      return (true, Array(old.values))
    }
    for session in earlier { session.superseded() }
    return isSeated
  }

  func leave(_ seat: Seat) {
    state.withLock { state in
      state.strangers[seat] = nil
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
