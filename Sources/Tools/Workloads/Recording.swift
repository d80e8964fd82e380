import Power
import Units

/// A recording of the timers that real programs set: one line for each, `set due end` in microseconds; `end` is when something else
/// ended the wait, or `-` when the timer went off. Lines that begin with `#` are comments.
public struct Recording: Sendable {
  public struct LineError: Error, Sendable {
    public var line: Int
  }

  public struct Timer: Sendable, Hashable {
    public var set: Instant
    public var due: Instant
    public var ended: Instant?
  }

  public private(set) var timers: [Timer] = []

  public init(parsing text: String) throws(LineError) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.isEmpty || line.hasPrefix("#") { continue }
      let fields = line.split(separator: " ")
      guard fields.count == 3, let set = Int64(fields[0]), let due = Int64(fields[1]), set >= 0, due >= set,
        due < Int64.max / 1_000_000
      else { throw LineError(line: index + 1) }
      var ended: Int64?
      if fields[2] != "-" {
        guard let end = Int64(fields[2]), end >= set else { throw LineError(line: index + 1) }
        ended = end
      }
      timers.append(
        Timer(
          set: Instant(nanoseconds: set * 1000), due: Instant(nanoseconds: due * 1000),
          ended: ended.map { Instant(nanoseconds: $0 * 1000) }))
    }
  }

  /// The timers as work that tolerates being late by `tolerance` of the timer's own length. An ended wait is a cancelled item, and
  /// a window: something else had woken the processor.
  public func workload(_ name: String, tolerance: (Timer) -> Duration) -> Workload {
    var requests: [Workload.Request] = []
    var windows: [Workload.Window] = []
    for (index, timer) in timers.enumerated() {
      let late = tolerance(timer)
      let item = WorkItem(
        WorkIdentifier(UInt64(index)), .opportunistic, earliest: timer.due, tolerance: late, deadline: timer.due + late)
      requests.append(.init(at: timer.set, item: item, cancelled: timer.ended))
      if let ended = timer.ended { windows.append(.init(at: ended)) }
    }
    let end = timers.map { $0.ended ?? $0.due }.max() ?? .zero
    return Workload(name: name, length: end - .zero, requests: requests, windows: windows)
  }

  /// The recording with a tenth of each timer's length as its tolerance (what Apple's energy guide advises at least), and with the
  /// windows that Android would give.
  public func workloads() -> [Workload] {
    [
      workload("recorded") { ($0.due - $0.set) / 10 },
      workload("recorded-75") {
        let ahead = $0.due - $0.set
        return ahead < ThreeQuarterWindows.shortest ? .zero : ahead * 3 / 4
      },
    ]
  }
}
