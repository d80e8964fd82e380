import Power
import Units

/// What others would do with the same workload.
public struct PolicyResult: Sendable {
  public var wakeups: Int
  /// Of what ran: how long after its earliest instant.
  public var lateness: [Duration]
}

/// A timer for each item, at its earliest instant.
public enum ExactTimers {
  public static func play(_ workload: Workload) -> PolicyResult {
    var instants: Set<Instant> = []
    var lateness: [Duration] = []
    for request in workload.requests {
      let at = max(request.at, request.item.earliest)
      if let cancelled = request.cancelled, cancelled <= at { continue }
      instants.insert(at)
      lateness.append(.zero)
    }
    for window in workload.windows { instants.remove(window.at) }
    return PolicyResult(wakeups: instants.count, lateness: lateness)
  }
}

/// Inexact alarms as Android batches them: an alarm that lies ten seconds ahead or more gets a window of three quarters of that time, it joins
/// the first batch that its window meets, and a batch goes off when the windows of all its members have opened (AlarmManagerService:
/// `maxTriggerTime`, `MIN_FUZZABLE_INTERVAL`). Its windows are its own; the tolerances of the workload do not count.
public struct ThreeQuarterWindows: Sendable {
  public static let shortest = Duration.seconds(10)

  private struct Alarm {
    var from: Instant
    var to: Instant
    var identifier: WorkIdentifier
  }

  private struct Batch {
    var alarms: [Alarm] = []
    var start: Instant { alarms.reduce(Instant(nanoseconds: .min)) { max($0, $1.from) } }
    var end: Instant { alarms.reduce(Instant(nanoseconds: .max)) { min($0, $1.to) } }
  }

  public static func latest(_ request: Workload.Request) -> Instant {
    let ahead = request.item.earliest - request.at
    return ahead < shortest ? request.item.earliest : request.item.earliest + ahead * 3 / 4
  }

  public static func play(_ workload: Workload) -> PolicyResult {
    var events: [(at: Instant, isRequest: Bool, index: Int)] = []
    for (index, request) in workload.requests.enumerated() {
      events.append((request.at, true, index))
      if let cancelled = request.cancelled { events.append((max(cancelled, request.at), false, index)) }
    }
    events.sort { ($0.at, $0.isRequest ? 0 : 1, $0.index) < ($1.at, $1.isRequest ? 0 : 1, $1.index) }
    var batches: [Batch] = []
    var instants: Set<Instant> = []
    var lateness: [Duration] = []
    func goOff(before time: Instant?) {
      while let index = batches.indices.min(by: { batches[$0].start < batches[$1].start }) {
        let start = batches[index].start
        if let time, start >= time { return }
        for alarm in batches[index].alarms { lateness.append(start - alarm.from) }
        instants.insert(start)
        batches.remove(at: index)
      }
    }
    for event in events {
      goOff(before: event.at)
      let request = workload.requests[event.index]
      if event.isRequest {
        let alarm = Alarm(from: max(request.at, request.item.earliest), to: latest(request), identifier: request.item.identifier)
        let place = batches.firstIndex { max($0.start, alarm.from) <= min($0.end, alarm.to) }
        if let place { batches[place].alarms.append(alarm) } else { batches.append(Batch(alarms: [alarm])) }
      } else {
        for index in batches.indices { batches[index].alarms.removeAll { $0.identifier == request.item.identifier } }
        batches.removeAll { $0.alarms.isEmpty }
      }
    }
    goOff(before: nil)
    for window in workload.windows { instants.remove(window.at) }
    return PolicyResult(wakeups: instants.count, lateness: lateness)
  }
}
