import Synchronization

/// Ends work that stays silent for too long. What it guards must end when its task is cancelled.
final class Watchdog: Sendable {
  /// The work was silent for so long.
  struct Expired: Error, Sendable {
    var after: Duration
  }

  private struct State {
    var due: ContinuousClock.Instant
    var allowed: Duration
  }

  private let state: Mutex<State>

  private init(_ allowed: Duration) { state = Mutex(State(due: .now + allowed, allowed: allowed)) }

  /// The work is alive; it may now be silent for this long.
  func feed(_ allowed: Duration) { state.withLock { $0 = State(due: .now + allowed, allowed: allowed) } }

  /// Runs the work. Throws `Expired` when it did not feed the dog in time, `CancellationError` when the calling task was cancelled.
  static func guarding<Result: Sendable>(
    _ allowed: Duration, _ work: @escaping @Sendable (Watchdog) async throws -> Result
  ) async throws -> Result {
    let dog = Watchdog(allowed)
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await work(dog) }
      group.addTask {
        try await dog.watch()
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else { throw CancellationError() }
      try Task.checkCancellation()
      return result
    }
  }

  private func watch() async throws {
    while true {
      let (due, allowed) = state.withLock { ($0.due, $0.allowed) }
      guard ContinuousClock.now < due else { throw Expired(after: allowed) }
      try await Task.sleep(until: due, clock: .continuous)
    }
  }
}
