import Drivers
import HAL
import Units

/// The ways down of one `next`: decides whether to go, goes, and keeps account.
struct SleepCycle {
  enum Plan {
    /// Wait in `epoll_wait`.
    case wait
    /// Look once more whether anything happened, then go down with this count of wakeup events.
    case down(IdleKind, [UInt8])
  }

  private let sleep: SystemSleep
  private(set) var spell: IdleSpell?
  /// Times that the system came up again since the start.
  private(set) var resumes: UInt64 = 0
  private var turnedBackInARow = 0
  private var alarmIsMissing = false

  /// The kernel's alarm refuses to let the system go down for less than two seconds (kernel/time/alarmtimer.c); one more for the way.
  private static let shortest = Duration.seconds(3)
  /// A driver that turns the system back each time shall not keep it busy: then it waits until the next event.
  private static let patience = 3
  /// What wakes the system sooner than this, and is no event, is taken for such a driver.
  private static let shortestSleep = Duration.milliseconds(100)

  init(_ sleep: SystemSleep) { self.sleep = sleep }

  /// A new `next`.
  mutating func begin() {
    spell = nil
    turnedBackInARow = 0
  }

  mutating func plan(_ wanted: IdleKind, until instant: Instant?, _ host: DriverHost) -> Plan {
    guard wanted != .wait, turnedBackInARow < SleepCycle.patience, let kind = sleep.deepest(within: wanted) else { return .wait }
    if let instant {
      guard instant - host.now() > SleepCycle.shortest, !alarmIsMissing else { return .wait }
      let result = host.reactor.setAlarm(instant)
      if result < 0 {
        // Who went down now would wake too late.
        alarmIsMissing = true
        host.log("the system does not go down while something is due", DeviceError(system: .processor, "set alarm", result))
        return .wait
      }
    }
    guard let count = sleep.prepare() else { return .wait }
    return .down(kind, count)
  }

  mutating func goDown(_ kind: IdleKind, after count: [UInt8], _ host: DriverHost) {
    let began = host.now()
    let outcome = sleep.enter(kind, after: count)
    let ended = host.now()
    _ = host.reactor.setAlarm(nil)
    switch outcome {
    case .slept:
      resumes += 1
      turnedBackInARow = ended - began < SleepCycle.shortestSleep ? turnedBackInARow + 1 : 0
      note(kind, began, ended, aborted: 0)
    case .turnedBack:
      turnedBackInARow += 1
      note(kind, began, ended, aborted: 1)
    case .refused(let error):
      host.log("the system does not go down", error)
    }
  }

  private mutating func note(_ kind: IdleKind, _ began: Instant, _ ended: Instant, aborted: Int) {
    guard var spell else {
      self.spell = IdleSpell(kind, began: began, ended: ended, entries: 1, aborted: aborted)
      return
    }
    spell.ended = ended
    spell.entries += 1
    spell.aborted += aborted
    self.spell = spell
  }
}
