import BoardFile
import Foundation

/// One thing that did not come as the scenario says.
public struct ScenarioFailure: Sendable, Equatable, Codable {
  /// Line of the scenario file.
  public var line: Int
  /// Seconds since the scenario's zero.
  public var seconds: Double
  public var expected: String
  public var seen: String

  public init(line: Int, seconds: Double, expected: String, seen: String) {
    self.line = line
    self.seconds = seconds
    self.expected = expected
    self.seen = seen
  }
}

/// What came of playing a scenario. The names of the JSON keys are fixed (docs/scenarios.md).
public struct ScenarioReport: Sendable, Equatable, Codable {
  public var scenario: String
  public var seed: UInt64
  public var passed: Bool
  /// Why it was not played, when the rig lacks something that it needs.
  public var skipped: String?
  public var failures: [ScenarioFailure]
  /// Of the whole trace file, in hexadecimal.
  public var traceSHA256: String
  /// Length of the play on the glasses' clock, and on the wall's.
  public var virtualSeconds: Double
  public var wallSeconds: Double

  enum CodingKeys: String, CodingKey {
    case scenario, seed, passed, skipped, failures
    case traceSHA256 = "trace_sha256"
    case virtualSeconds = "virtual_seconds"
    case wallSeconds = "wall_seconds"
  }

  public init(
    scenario: String, seed: UInt64, passed: Bool, skipped: String? = nil, failures: [ScenarioFailure] = [],
    traceSHA256: String = "",
    virtualSeconds: Double = 0, wallSeconds: Double = 0
  ) {
    self.scenario = scenario
    self.seed = seed
    self.passed = passed
    self.skipped = skipped
    self.failures = failures
    self.traceSHA256 = traceSHA256
    self.virtualSeconds = virtualSeconds
    self.wallSeconds = wallSeconds
  }

  /// One JSON object on one line, keys sorted.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// For a person, each failure on a line that begins like a compiler's.
  public func text(file: String) -> String {
    if let skipped { return "skipped: \(scenario): \(skipped)" }
    let times = String(format: "%.1f s played in %.1f s", virtualSeconds, wallSeconds)
    let head = "\(passed ? "passed" : "FAILED"): \(scenario) (\(times), seed \(seed))"
    let lines = failures.map { failure in
      String(
        format: "%@:%d: at %.3f s: expected %@; seen: %@", file, failure.line, failure.seconds, failure.expected, failure.seen)
    }
    return ([head] + lines).joined(separator: "\n")
  }
}

extension Expectation {
  public var phrase: String {
    switch demand {
    case .seen(let pattern, let time): "\(pattern.phrase) within \(DurationText.text(of: time))"
    case .unseen(let pattern, let time): "no \(pattern.phrase)" + (time.map { " within \(DurationText.text(of: $0))" } ?? "")
    case .wakeups(let count, let time): "wakeups at most \(count) within \(DurationText.text(of: time))"
    case .turns(let count, let outcome): "\(count) turns \(outcome)"
    }
  }
}
