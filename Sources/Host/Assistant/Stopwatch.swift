/// Measures how long an engine took; one that does not run always reads zero, for rigs where time is modelled.
struct Stopwatch: Sendable {
  private let start: ContinuousClock.Instant?

  init(running: Bool) { start = running ? ContinuousClock.now : nil }

  var elapsed: Duration { start.map { ContinuousClock.now - $0 } ?? .zero }

  /// From the start to now; nil when it does not run.
  var span: WorkSpan? { start.map { WorkSpan(began: $0, ended: .now) } }
}

/// When an engine worked on something.
struct WorkSpan: Sendable {
  var began: ContinuousClock.Instant
  var ended: ContinuousClock.Instant

  /// The part of it that lies after an instant: what the wearer waited for.
  func waited(since instant: ContinuousClock.Instant?) -> Duration {
    max(.zero, ended - max(began, instant ?? began))
  }
}
