import Foundation

/// Brings the traces of the glasses and of the host together on one time axis, as one file for a trace viewer.
public enum TraceMerge {
  /// What brings the traces on the clock of the glasses, in microseconds: what is added to each, by the exchanges that the glasses' trace holds.
  /// Zero for all when it holds none, or when the clocks may be one.
  public static func offsets(_ traces: [String]) throws(TraceError) -> (offsets: [Double], clock: ClockComparisons.Comparison?) {
    var parsed: [[TraceEvent]] = []
    for trace in traces { parsed.append(try TraceEvent.parse(trace: trace)) }
    guard let clock = ClockComparisons(parsed.flatMap { $0 }).offset else { return (traces.map { _ in 0 }, nil) }
    let microseconds = Double(clock.difference.nanoseconds) / 1000
    return (parsed.map { $0.contains { $0.process == 2 } ? -microseconds : 0 }, clock)
  }

  /// The lines of all traces in order of time, with names (metadata) first. Both programs stamp by the same kind of clock; `offsets` are
  /// microseconds added to each trace for clocks of different machines.
  public static func merge(_ traces: [String], offsets: [Double] = []) throws(TraceError) -> String {
    var names: [String] = []
    var lines: [(time: Double, text: String)] = []
    for (index, trace) in traces.enumerated() {
      let offset = index < offsets.count ? offsets[index] : 0
      var number = 0
      for line in trace.split(separator: "\n", omittingEmptySubsequences: false) {
        number += 1
        guard let event = try? TraceEvent.parse(line: String(line), number: number) else { continue }
        var text = String(line).trimmingCharacters(in: .whitespaces)
        if text.hasSuffix(",") { text.removeLast() }
        if event.phase == .metadata {
          if !names.contains(text) { names.append(text) }
          continue
        }
        let time = Double(event.time.nanoseconds) / 1000 + offset
        if offset != 0 { text = try shifted(text, to: time, line: number) }
        lines.append((time, text))
      }
    }
    // Stable: events of one instant keep the order in which they were written.
    let ordered = lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map {
      $0.element.text
    }
    return "[\n" + (names + ordered).joined(separator: ",\n") + "\n]\n"
  }

  private static func shifted(_ text: String, to time: Double, line: Int) throws(TraceError) -> String {
    guard var object = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] else {
      throw TraceError(line: line, message: "is not one JSON object")
    }
    object["ts"] = (time * 1000).rounded() / 1000
    guard let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes]) else {
      throw TraceError(line: line, message: "cannot be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
