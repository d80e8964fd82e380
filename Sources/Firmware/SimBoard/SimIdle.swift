import Drivers
import HAL
import Units

/// The system on its way down, down, and on its way out, in virtual time.
///
/// ```
///   began        down                      wake       ended
///     │── entry ──┬──────── resting ─────────┬── exit ──│   An event, or the caller's deadline, ends the rest.
///     │── entry ✗ event ── the way back ─────│              One that comes on the way in turns it back: unwinding takes as
///                                                           much of the exit as there was of the entry.
/// ```
///
/// The world goes on meanwhile: whatever happens waits in the order in which it happened, with its own time, until the program runs again. The
/// microphone's samples are lost: nobody takes them. Lines, link and gauge are wake sources.
extension SimBoard {
  func goDown(_ level: IdleLevel, before deadline: Instant?) -> BoardEvent {
    let began = hub.now()
    microphone?.goDeaf()
    let isAborted = live(until: began + level.entryLatency, orEvent: true)
    var isOver = false
    if isAborted {
      live(until: hub.now() + unwinding(level, after: hub.now() - began), orEvent: false)
    } else {
      isOver = !live(until: deadline, orEvent: true) && deadline == nil
      live(until: hub.now() + level.exitLatency, orEvent: false)
    }
    microphone?.hearAgain()
    lastIdle = IdleSpell(level.kind, began: began, ended: hub.now(), aborted: isAborted ? 1 : 0)
    if isOver { return .shutdown }
    guard let event = hub.takeEvent() else { return .deadline }
    if let deadline { owesDeadline = deadline <= hub.now() }
    return event
  }

  private func unwinding(_ level: IdleLevel, after gone: Duration) -> Duration {
    guard level.entryLatency > .zero else { return .zero }
    let share = gone.nanoseconds.multipliedFullWidth(by: level.exitLatency.nanoseconds)
    return .nanoseconds(level.entryLatency.nanoseconds.dividingFullWidth(share).quotient)
  }

  /// Lets everything happen that is due until an instant (nil: for ever); with `orEvent` no longer than until there is an event, which gives true.
  @discardableResult
  private func live(until end: Instant?, orEvent: Bool) -> Bool {
    while true {
      if hub.hasEvents, orEvent { return true }
      if let due = hub.agenda.takeDue(at: hub.now()) {
        meet(due)
        link.settle()
        continue
      }
      guard let next = hub.agenda.nextDue, end.map({ next <= $0 }) ?? true else { break }
      hub.time.jump(to: next)
    }
    if let end { hub.time.jump(to: end) }
    return false
  }
}
