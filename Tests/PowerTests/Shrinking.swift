import Power
import Units
import Workloads

/// A workload with the changes of pressure around it: what property tests vary.
struct SchedulingCase: CustomStringConvertible {
  var workload: Workload
  var pressures: [Replay.PressureChange] = []

  var description: String {
    var lines: [String] = []
    for request in workload.requests {
      let item = request.item
      lines.append(
        "request \(item.identifier.rawValue) at \(request.at.nanoseconds) \(item.workClass) earliest \(item.earliest.nanoseconds)"
          + " tolerance \(item.tolerance.nanoseconds) deadline \(item.deadline.nanoseconds) parts \(item.parts)"
          + " cancelled \(request.cancelled.map { "\($0.nanoseconds)" } ?? "never")")
    }
    for window in workload.windows { lines.append("window at \(window.at.nanoseconds) levels \(window.levels)") }
    for change in pressures { lines.append("pressure \(change.pressure) at \(change.at.nanoseconds)") }
    return lines.joined(separator: "\n")
  }

  /// Smaller cases, the boldest first: halves left out, then quarters … single things; then each thing made plainer.
  fileprivate var simpler: [SchedulingCase] {
    var cases: [SchedulingCase] = []
    for kept in leavingOut(workload.requests) { cases.append(with { $0.workload.requests = kept }) }
    for kept in leavingOut(workload.windows) { cases.append(with { $0.workload.windows = kept }) }
    for kept in leavingOut(pressures) { cases.append(with { $0.pressures = kept }) }
    for index in workload.requests.indices {
      func change(_ body: (inout Workload.Request) -> Void) {
        let changed = with { body(&$0.workload.requests[index]) }
        if changed.workload.requests[index] != workload.requests[index] { cases.append(changed) }
      }
      change { $0.cancelled = nil }
      change { $0.item.parts = .none }
      change { $0.item.tolerance = .zero }
      change { $0.item.deadline = max($0.item.earliest, $0.item.latest(under: .none)) }
      change { $0.at = .zero }
      change { $0.item.energy = .zero }
    }
    return cases
  }

  private func with(_ body: (inout SchedulingCase) -> Void) -> SchedulingCase {
    var copy = self
    body(&copy)
    return copy
  }

  private func leavingOut<Element>(_ elements: [Element]) -> [[Element]] {
    var results: [[Element]] = []
    var size = elements.count
    while size > 0 {
      for start in stride(from: 0, to: elements.count, by: size) {
        results.append(Array(elements[..<start] + elements[min(start + size, elements.count)...]))
      }
      size /= 2
    }
    return results
  }
}

/// The smallest case found that still breaks the property: the first simpler one that breaks it, again and again.
func shrink(_ start: SchedulingCase, while breaks: (SchedulingCase) -> Bool) -> SchedulingCase {
  var smallest = start
  while let simpler = smallest.simpler.first(where: breaks) { smallest = simpler }
  return smallest
}
