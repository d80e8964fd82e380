import Power
import Units

/// The fewest wakeups with which a workload can be served when its whole future is known.
///
/// Interval stabbing: windows in which the processor is awake anyway, with the required parts up, serve for nothing; of what is left the
/// item that must begin first is served at its last instant, together with all that may run then, and so on. No choice of instants
/// serves with fewer (Gavril 1972). That parts must be raised is not counted, so this bounds every scheduler from below.
public enum Optimum {
  /// The instants. `isCounted` restricts the workload, to bound the raises of parts for example.
  public static func wakeups(_ workload: Workload, where isCounted: (WorkItem) -> Bool = { _ in true }) -> [Instant] {
    let windows = workload.windows.sorted { $0.at < $1.at }
    var open: [(from: Instant, to: Instant)] = []
    for request in workload.requests where isCounted(request.item) {
      // What is asked for after its latest begin is due at once.
      let latest = max(request.at, request.item.latest(under: .none))
      // Whoever knows the future does not wake for what will be cancelled.
      if let cancelled = request.cancelled, cancelled <= latest { continue }
      let from = max(request.at, request.item.earliest)
      var index = firstIndex(in: windows, notBefore: from)
      var isServed = false
      while index < windows.count, windows[index].at <= latest, !isServed {
        isServed = windows[index].levels.meets(request.item.parts)
        index += 1
      }
      if !isServed { open.append((from, latest)) }
    }
    open.sort { $0.to < $1.to }
    var instants: [Instant] = []
    for interval in open where instants.last.map({ $0 < interval.from }) ?? true { instants.append(interval.to) }
    return instants
  }

  private static func firstIndex(in windows: [Workload.Window], notBefore time: Instant) -> Int {
    var low = 0
    var high = windows.count
    while low < high {
      let middle = (low + high) / 2
      if windows[middle].at < time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
