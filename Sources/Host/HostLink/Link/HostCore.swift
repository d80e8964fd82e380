import Foundation
import Units
import Wire

/// What all connections of one host share. Nothing here changes except behind its own lock.
struct HostCore: Sendable {
  let hostName: String
  let limits: HostLimits
  let store: HostStore
  let desk: PairingDesk
  /// False for a host that only pairs.
  let offersSessions: Bool
  let registry = SessionRegistry()
  let suspended = SuspendedSessions()
  let turns: any TurnSource
  let events: @Sendable (HostEvent) -> Void
  let trace: HostTrace?
  /// The monotonic clock.
  let now: @Sendable () -> Instant
  /// The wall clock that skills read.
  let wallClock: @Sendable () -> Date
  /// False in lockstep, where the rig asks for the next deadline instead.
  let armsTimers: Bool
}
