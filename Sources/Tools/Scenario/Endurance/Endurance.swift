import Assistant
import Foundation
import Units

/// What came of a long conversation; the keys of `sotto endure --json` (docs/scenarios.md).
public struct EnduranceReport: Encodable, Sendable {
  public var passed: Bool
  public var seed: UInt64
  public var virtualSeconds: Double
  public var wallSeconds: Double
  public var turns: Int
  public var outcomes: [String: Int]
  public var reasons: [String: Int]
  public var faults: [String: Int]
  public var marks: [String: Int]
  public var longestTurnSeconds: Double
  /// Of private memory, from the second quarter to the last; both programs together.
  public var memoryGrowthBytes: Int
  public var breaches: [String]

  enum CodingKeys: String, CodingKey {
    case passed, seed, turns, outcomes, reasons, faults, marks, breaches
    case virtualSeconds = "virtual_seconds"
    case wallSeconds = "wall_seconds"
    case longestTurnSeconds = "longest_turn_seconds"
    case memoryGrowthBytes = "memory_growth_bytes"
  }

  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  public var text: String {
    func list(_ counts: [String: Int]) -> String {
      counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
    var lines = [
      "\(turns) turns in \(Int(virtualSeconds)) s (\(Int(wallSeconds)) s of this machine's time), seed \(seed)",
      "  outcomes  \(list(outcomes))", "  faults    \(list(faults))", "  seen      \(list(marks))",
      "  longest turn \(Int(longestTurnSeconds)) s, memory grew by \(memoryGrowthBytes / 1024) kB",
    ]
    lines += breaches.map { "  ✗ \($0)" }
    lines.append(passed ? "every turn ended, and nothing was left behind" : "\(breaches.count) breaches")
    return lines.joined(separator: "\n")
  }
}

/// Hours of conversation with random faults: firmware and host in virtual time, or both programs in real time.
public enum Endurance {
  /// Private memory may grow by so much from the first quarter to the end: caches that were not full by then, and the heap's own unrest.
  static let memoryAllowance = 4 * 1024 * 1024
  private static let samplingPeriod = Duration.seconds(300)

  /// Throws what `VirtualRig` throws. `memory` gives the private bytes of whatever is watched, by default of this process; `progress` is told how far it is, in virtual time.
  public static func playVirtual(
    length: Duration, seed: UInt64, options: RigOptions, memory: (() -> Int)? = nil,
    progress: @escaping (Duration) -> Void = { _ in }
  ) throws -> EnduranceReport {
    let timeline = EnduranceTimeline(length: length, seed: seed)
    let engines = FaultyEngines(seed: seed ^ 0x5EED)
    var options = options
    options.seed = seed
    let notes = Notes(samplingPeriod: samplingPeriod, progress: progress)
    if let memory { notes.memory = memory }
    let rig = try VirtualRig(scenario(timeline), options: options, engines: engines) { notes.take($0) }
    let played = try rig.play()
    return notes.report(played, timeline, engines.faults, growth: notes.growth)
  }

  private static func scenario(_ timeline: EnduranceTimeline) -> Scenario {
    Scenario(
      name: "endurance", folder: FileManager.default.currentDirectoryPath, board: "sim/glasses", seed: 1,
      start: Date(timeIntervalSince1970: 1_767_268_800), host: Scenario.HostSetup(), echo: nil, timeline: timeline.entries,
      tail: .seconds(900))
  }

  /// The real programs in real time, with a host whose engines are stand-ins: `sotto-host` and `sottod` as processes. Their memory is read from
  /// the system.
  public static func playReal(
    length: Duration, seed: UInt64, options: RigOptions, progress: @escaping (Duration) -> Void = { _ in }
  ) throws -> EnduranceReport {
    let timeline = EnduranceTimeline(length: length, seed: seed, isRealTime: true)
    var options = options
    options.seed = seed
    var scenario = scenario(timeline)
    scenario.tail = .seconds(60)
    let notes = Notes(samplingPeriod: .seconds(30), progress: progress)
    let rig = try ProcessRig(scenario, options: options) { notes.take($0) }
    notes.memory = { rig.memoryOfPrograms }
    let played = try rig.play()
    return notes.report(played, timeline, [:], growth: notes.growth)
  }

  /// What is noted while it is played.
  private final class Notes {
    private var watch = EnduranceWatch()
    private var samples: [(at: Instant, bytes: Int)] = []
    private var origin: Instant?
    private var last = Instant.zero
    private let samplingPeriod: Duration
    private let progress: (Duration) -> Void
    var memory: () -> Int = { privateBytes(of: getpid()) }

    init(samplingPeriod: Duration, progress: @escaping (Duration) -> Void) {
      self.samplingPeriod = samplingPeriod
      self.progress = progress
    }

    func take(_ news: RigNews) {
      switch news {
      case .stimulus(.glasses(.kill)), .stimulus(.glasses(.restart)): watch.glassesDied()
      case .event(let event):
        if origin == nil { origin = event.time }
        last = max(last, event.time)
        watch.take(event)
        guard samples.last.map({ last >= $0.at + samplingPeriod }) ?? true else { return }
        samples.append((last, memory()))
        progress(last - (origin ?? last))
      case .stimulus, .words, .display: break
      }
    }

    /// Compares the least of the last quarter with the least of the second: what a turn under way holds comes and goes.
    var growth: Int {
      let quarter = samples.count / 4
      guard quarter > 0 else { return 0 }
      let early = samples[quarter..<(2 * quarter)].map(\.bytes).min() ?? 0
      let late = samples[(samples.count - quarter)...].map(\.bytes).min() ?? 0
      return late - early
    }

    func report(
      _ played: ScenarioReport, _ timeline: EnduranceTimeline, _ engineFaults: [String: Int], growth: Int
    ) -> EnduranceReport {
      watch.finish(at: last)
      var breaches = watch.breaches
      if growth > Endurance.memoryAllowance { breaches.append("private memory grew by \(growth) bytes") }
      breaches += played.failures.map { "\($0)" }
      return EnduranceReport(
        passed: breaches.isEmpty, seed: played.seed, virtualSeconds: played.virtualSeconds, wallSeconds: played.wallSeconds,
        turns: watch.turns, outcomes: watch.outcomes, reasons: watch.reasons,
        faults: timeline.faults.merging(engineFaults) { $0 + $1 }, marks: watch.marks,
        longestTurnSeconds: Double(watch.longestTurn.nanoseconds) / 1e9, memoryGrowthBytes: growth, breaches: breaches)
    }
  }
}
