import NIOCore
import Synchronization
import Units
import Wire

/// The sessions that have lost their connection in a turn and wait for their glasses to come back. All of them live on the server's one event
/// loop; from elsewhere they can only be ended.
final class SuspendedSessions: Sendable {
  private struct Entry {
    let session: NIOLoopBound<SessionDriver>
    let loop: any EventLoop
  }
  private let entries = Mutex<[Fingerprint: Entry]>([:])

  /// To be called on the session's loop.
  func add(_ session: SessionDriver, of device: Fingerprint) {
    let entry = Entry(session: NIOLoopBound(session, eventLoop: session.loop), loop: session.loop)
    entries.withLock { $0[device] = entry }
  }

  /// The device's session, which waits no longer. To be called on its loop.
  func take(_ device: Fingerprint) -> SessionDriver? {
    entries.withLock { $0.removeValue(forKey: device) }?.session.value
  }

  /// To be called on the session's loop.
  func remove(_ session: SessionDriver, of device: Fingerprint) {
    entries.withLock { entries in
      if entries[device]?.session.value === session { entries[device] = nil }
    }
  }

  /// Ends the sessions of the devices that `isOver` names.
  func abandon(_ reason: String, where isOver: (Fingerprint) -> Bool) {
    let ended = entries.withLock { entries in
      let ended = entries.filter { isOver($0.key) }
      for device in ended.keys { entries[device] = nil }
      return Array(ended.values)
    }
    for entry in ended {
      if entry.loop.inEventLoop {
        entry.session.value.abandon(reason)
      } else {
        entry.loop.execute { entry.session.value.abandon(reason) }
      }
    }
  }

  /// When the first of them gives up. To be called on their loop.
  var deadline: Instant? {
    let sessions = entries.withLock { Array($0.values) }
    return sessions.compactMap { $0.session.value.deadline(at: .zero) }.min()
  }

  /// Those whose time is over give up. To be called on their loop.
  func tick(at now: Instant) {
    let sessions = entries.withLock { Array($0.values) }
    for entry in sessions { entry.session.value.tick(at: now) }
  }
}
