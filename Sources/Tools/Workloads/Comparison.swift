import Power
import Units

/// One workload under each policy, and the bound.
public struct Comparison: Sendable {
  public struct Lateness: Sendable {
    public var p50: Duration
    public var p99: Duration

    /// Of nothing: zero. The nearest rank.
    public init(_ values: [Duration]) {
      let sorted = values.sorted()
      func rank(_ percent: Int) -> Duration {
        sorted.isEmpty ? .zero : sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
      }
      p50 = rank(50)
      p99 = rank(99)
    }
  }

  public let workload: Workload
  public let wakeups: Int
  public let optimum: Int
  public let missedDeadlines: Int
  public let lateness: Lateness
  public let exact: PolicyResult
  public let windowed: PolicyResult
  /// Times that parts were raised, and the least that each set of parts needs for itself.
  public let raises: Int
  public let leastRaises: Int

  public init(_ workload: Workload) {
    self.workload = workload
    let replay = Replay(workload)
    var items: [WorkIdentifier: WorkItem] = [:]
    for request in workload.requests { items[request.item.identifier] = request.item }
    wakeups = replay.wakeups.count
    optimum = Optimum.wakeups(workload).count
    let done = Set(replay.runs.map(\.identifier))
    missedDeadlines =
      workload.requests.count { request in
        !done.contains(request.item.identifier) && replay.refusals[request.item.identifier] == nil
          && (request.cancelled.map { $0 > request.item.deadline } ?? true)
      } + replay.runs.count { $0.at > items[$0.identifier]!.deadline || !$0.hasParts }
    lateness = Lateness(replay.runs.map { $0.at - items[$0.identifier]!.earliest })
    exact = ExactTimers.play(workload)
    windowed = ThreeQuarterWindows.play(workload)
    raises = replay.raises
    leastRaises = Set(workload.requests.map(\.item.parts)).filter { !$0.isEmpty }
      .reduce(0) { sum, parts in sum + Optimum.wakeups(workload) { $0.parts == parts }.count }
  }

  public var ratio: Double { optimum == 0 ? (wakeups == 0 ? 1 : .infinity) : Double(wakeups) / Double(optimum) }
}
