import Foundation
import Units

/// What the kernel counts of a process.
enum KernelCount {
  /// How often the threads of a process went to sleep of their own accord: `voluntary_ctxt_switches` of `/proc/PID/task/*/status`
  /// (proc_pid_status(5)), added up. Between two moments of sleep it grows by the number of wakeups. Nil when the process is gone.
  static func sleeps(of process: Int32) -> Int? {
    let folder = "/proc/\(process)/task"
    guard let threads = try? FileManager.default.contentsOfDirectory(atPath: folder), !threads.isEmpty else { return nil }
    var sum = 0
    for thread in threads {
      // A thread may end while the folder is being read.
      guard let status = try? String(contentsOfFile: "\(folder)/\(thread)/status", encoding: .utf8) else { continue }
      guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("voluntary_ctxt_switches:") }),
        let count = line.split(whereSeparator: { $0 == ":" || $0.isWhitespace }).last.flatMap({ Int($0) })
      else { return nil }
      sum += count
    }
    return sum
  }
}

extension TraceEvent {
  /// The rig's count of wakeups, for the player.
  static func wakeups(_ count: Int, at time: Instant) -> TraceEvent {
    TraceEvent(
      phase: .counter, name: "wakeups", time: time, track: Track.log, arguments: ["count": .number(Double(count))])
  }
}
