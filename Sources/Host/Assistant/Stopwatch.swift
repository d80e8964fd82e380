/// Measures how long an engine took; one that does not run always reads zero, for rigs where time is modelled.
struct Stopwatch: Sendable {
  private let start: ContinuousClock.Instant?

  init(running: Bool) { start = running ? ContinuousClock.now : nil }

  var elapsed: Duration { start.map { ContinuousClock.now - $0 } ?? .zero }
}
