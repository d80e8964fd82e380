import CLinux
import Drivers
import HAL
import Units

/// `sotto-drivers sleep`: puts the whole system to sleep as the board does, and lets an alarm wake it.
struct SleepCommand {
  private var kind = IdleKind.standby
  private var alarm: Duration? = .seconds(5)
  private var sources: [String] = []

  init(_ words: inout Words) throws(ArgumentError) {
    while let word = words.next() {
      if word.matches("--kind") {
        let text = try words.value(of: word)
        if text.matches("standby") {
          kind = .standby
        } else if text.matches("suspend") {
          kind = .suspend
        } else {
          throw ArgumentError(text: "--kind takes standby or suspend, not " + text)
        }
      } else if word.matches("--alarm") {
        // The kernel's alarm does not let the system go down for less than two seconds (kernel/time/alarmtimer.c).
        alarm = .seconds(try words.number(of: word, 3...86_400))
      } else if word.matches("--no-alarm") {
        alarm = nil
      } else if word.matches("--wake-by") {
        sources.append(try words.value(of: word))
      } else {
        throw ArgumentError(text: "unknown option " + word)
      }
    }
    if alarm == nil, sources.isEmpty {
      throw ArgumentError(text: "--no-alarm needs a --wake-by, or nothing would wake the system")
    }
  }

  /// Whether it slept.
  func run() -> Bool {
    var slept: Duration?
    var outcome: StaticString = "refused"
    var failure: DeviceError?
    do throws(DeviceError) {
      let loop = try DeviceLoop { complain($0) }
      let sleep = SystemSleep(wakeSources: sources, note: { failure = $1 })
      if let failure { throw failure }
      guard let kind = sleep.deepest(within: kind), let count = sleep.prepare() else {
        throw DeviceError(.processor, "sleep", .unsupported)
      }
      if let alarm {
        let result = loop.host.reactor.setAlarm(loop.now() + alarm)
        if result < 0 { throw DeviceError(system: .processor, "set alarm", result) }
      }
      let began = loop.now()
      switch sleep.enter(kind, after: count) {
      case .slept:
        slept = loop.now() - began
        outcome = "slept"
      case .turnedBack: outcome = "turned back"
      case .refused(let error): failure = error
      }
      _ = loop.host.reactor.setAlarm(nil)
    } catch {
      failure = error
    }
    report(outcome, slept, failure)
    return slept != nil
  }

  private func report(_ outcome: StaticString, _ slept: Duration?, _ failure: DeviceError?) {
    var report = Report("sleep")
    report.add("kind", kind == .suspend ? "suspend" : "standby")
    report.add("outcome", outcome)
    report.add("alarm_ms", milliseconds: alarm)
    report.add("slept_ms", milliseconds: slept)
    report.add("failure", failure)
    report.print()
  }
}
