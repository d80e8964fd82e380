import Foundation
import Power
import Workloads

/// `sotto-bench-scheduler [--json] [--seed N] RECORDING`: the scheduler's wakeups against other policies and the offline optimum, and
/// what its operations cost. `tools/bench scheduler` builds and starts it.
@main struct Main {
  private static let sizes = [10, 1_000, 100_000]

  static func main() {
    var json = false
    var seed: UInt64 = 1
    var recording: String?
    var arguments = CommandLine.arguments.dropFirst()
    while let argument = arguments.popFirst() {
      switch argument {
      case "--json": json = true
      case "--seed":
        guard let value = arguments.popFirst().flatMap({ UInt64($0) }) else { fail("--seed wants a number") }
        seed = value
      default:
        guard !argument.hasPrefix("-"), recording == nil else { fail("unknown argument: \(argument)") }
        recording = argument
      }
    }
    guard let recording else { fail("which recording?") }
    var workloads = SyntheticWorkloads.all(seed: seed)
    do {
      let text = try String(contentsOf: URL(fileURLWithPath: recording), encoding: .utf8)
      workloads += try Recording(parsing: text).workloads()
    } catch {
      fail("\(recording): \(error)")
    }
    let comparisons = workloads.map { Comparison($0) }
    let times = sizes.map { (size: $0, times: OperationTimes(size: $0, seed: seed)) }
    if json { printJSON(comparisons, times) } else { printTable(comparisons, times) }
    if comparisons.contains(where: { $0.missedDeadlines > 0 }) { fail("a deadline was missed") }
  }

  private static func fail(_ text: String) -> Never {
    FileHandle.standardError.write(Data("bench scheduler: \(text)\n".utf8))
    exit(1)
  }

  private static func milliseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
  }

  private static func printTable(_ comparisons: [Comparison], _ times: [(size: Int, times: OperationTimes)]) {
    func line(_ name: String, _ columns: [String], _ width: Int) {
      let cells = columns.map { String(repeating: " ", count: max(0, width - $0.count)) + $0 }
      print(name.padding(toLength: 16, withPad: " ", startingAt: 0) + cells.joined())
    }
    let round = { (value: Double) in String(format: "%.1f", value) }
    line(
      "wakeups", ["hours", "exact", "75% window", "scheduler", "optimum", "ratio", "missed", "raises", "least"], 11)
    for comparison in comparisons {
      line(
        comparison.workload.name,
        [
          round(milliseconds(comparison.workload.length) / 3.6e6), "\(comparison.exact.wakeups)",
          "\(comparison.windowed.wakeups)", "\(comparison.wakeups)", "\(comparison.optimum)",
          String(format: "%.3f", comparison.ratio), "\(comparison.missedDeadlines)", "\(comparison.raises)",
          "\(comparison.leastRaises)",
        ], 11)
    }
    print("\nlateness in ms   75% window p50, p99; scheduler p50, p99")
    for comparison in comparisons {
      let windowed = Comparison.Lateness(comparison.windowed.lateness)
      line(
        comparison.workload.name,
        [windowed.p50, windowed.p99, comparison.lateness.p50, comparison.lateness.p99].map { round(milliseconds($0)) }, 13)
    }
    print("\nns per operation schedule, cancel, next deadline, run")
    for (size, times) in times {
      line("\(size) items", [times.schedule, times.cancel, times.nextDeadline, times.run].map(round), 13)
    }
  }

  private static func printJSON(_ comparisons: [Comparison], _ times: [(size: Int, times: OperationTimes)]) {
    func lateness(_ value: Comparison.Lateness) -> [String: Double] {
      ["p50": milliseconds(value.p50), "p99": milliseconds(value.p99)]
    }
    var workloads: [String: Any] = [:]
    for comparison in comparisons {
      let hours = milliseconds(comparison.workload.length) / 3.6e6
      workloads[comparison.workload.name] = [
        "hours": hours, "items": comparison.workload.requests.count,
        "wakeups": comparison.wakeups, "wakeups_per_hour": Double(comparison.wakeups) / hours,
        "optimum": comparison.optimum, "ratio": comparison.ratio, "missed_deadlines": comparison.missedDeadlines,
        "lateness_ms": lateness(comparison.lateness), "raises": comparison.raises, "least_raises": comparison.leastRaises,
        "exact": ["wakeups": comparison.exact.wakeups, "wakeups_per_hour": Double(comparison.exact.wakeups) / hours],
        "window_75": [
          "wakeups": comparison.windowed.wakeups, "wakeups_per_hour": Double(comparison.windowed.wakeups) / hours,
          "lateness_ms": lateness(Comparison.Lateness(comparison.windowed.lateness)),
        ],
      ]
    }
    var operations: [String: Any] = [:]
    for (size, times) in times {
      operations["\(size)"] = [
        "schedule": times.schedule, "cancel": times.cancel, "next_deadline": times.nextDeadline, "run": times.run,
      ]
    }
    let report: [String: Any] = ["workloads": workloads, "ns_per_operation": operations]
    guard let data = try? JSONSerialization.data(withJSONObject: report, options: [.sortedKeys]) else { fail("no JSON") }
    print(String(decoding: data, as: UTF8.self))
  }
}
