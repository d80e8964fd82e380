import Foundation
import Testing
import Units

@testable import Scenario

@Suite struct EnduranceTests {
  /// The long ones are `sotto endure --minutes 600` and `--real-time` (docs/scenarios.md).
  @Test func twentyMinutesOfFaultsLeaveNothingOpen() async throws {
    let out = NSTemporaryDirectory() + "endurance-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: out) }
    let report = try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let options = RigOptions(boards: tests.deletingLastPathComponent().appendingPathComponent("boards").path, out: out)
        continuation.resume(
          with: Result {
            // Other tests run in this process: its memory is watched by `sotto endure` (tools/test).
            try Endurance.playVirtual(length: .seconds(1_200), seed: 11, options: options, memory: { 0 })
          })
      }
    }
    #expect(report.breaches == [])
    #expect(report.turns > 40)
    #expect(report.outcomes["answered", default: 0] > 10)
    #expect(report.faults.count > 5)
  }

  @Test func theSameSeedIsTheSameConversation() {
    let (one, same, other) = (
      EnduranceTimeline(length: .seconds(3_600), seed: 3), EnduranceTimeline(length: .seconds(3_600), seed: 3),
      EnduranceTimeline(length: .seconds(3_600), seed: 4)
    )
    #expect(one.entries == same.entries)
    #expect(one.entries != other.entries)
  }

  private func events(_ lines: [(TraceEvent.Phase, String, Int, Double, [String: TraceValue])]) -> EnduranceWatch {
    var watch = EnduranceWatch()
    for (phase, name, track, seconds, arguments) in lines {
      watch.take(TraceEvent(phase: phase, name: name, time: .zero + .seconds(seconds), track: track, arguments: arguments))
    }
    return watch
  }

  @Test func aTurnThatFailsWithoutAWordIsFound() {
    let watch = events([
      (.begin, "turn", 2, 1, ["turn": .number(1)]),
      (.end, "turn", 2, 2, ["turn": .number(1), "outcome": .text("failed")]),
      (.begin, "dormant", 1, 4, [:]),
    ])
    #expect(watch.breaches.count == 1)
  }

  @Test func aLeaseThatIsKeptAtRestIsFound() {
    let watch = events([
      (.instant, "lease_taken", 3, 1, ["part": .text("camera"), "holder": .text("turn 1")]),
      (.instant, "lease_taken", 3, 1, ["part": .text("link"), "holder": .text("parked link")]),
      (.begin, "dormant", 1, 2, [:]), (.instant, "anything", 5, 60, [:]),
    ])
    #expect(watch.breaches.count == 1)
  }

  @Test func aWordInTheMiddleOfARestIsNoBreach() {
    let watch = events([
      (.begin, "dormant", 1, 1, [:]),
      (.instant, "lease_taken", 3, 600, ["part": .text("speaker"), "holder": .text("cue")]),
      (.instant, "anything", 5, 601, [:]),
      (.instant, "lease_released", 3, 602, ["part": .text("speaker"), "holder": .text("cue")]),
      (.instant, "anything", 5, 700, [:]),
    ])
    #expect(watch.breaches == [])
  }

  @Test func aTurnThatNeverEndsIsFound() {
    var watch = events([
      (.begin, "turn", 2, 1, ["turn": .number(1)]), (.begin, "thinking", 1, 1, [:]), (.instant, "anything", 5, 200, [:]),
    ])
    watch.finish(at: .zero + .seconds(201))
    #expect(watch.breaches.count == 3)
  }
}
