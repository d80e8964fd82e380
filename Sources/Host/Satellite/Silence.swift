import Synchronization

/// Calls back once when nothing was noted for so long.
final class Silence: Sendable {
  private let latest = Mutex(ContinuousClock.now)
  private let timer = Mutex<Task<Void, any Error>?>(nil)

  init(_ limit: Duration, _ over: @escaping @Sendable () -> Void) {
    let task = Task { [weak self] in
      while let latest = self?.latest.withLock({ $0 }) {
        guard ContinuousClock.now < latest + limit else { return over() }
        try await Task.sleep(until: latest + limit, clock: .continuous)
      }
    }
    timer.withLock { $0 = task }
  }

  func note() { latest.withLock { $0 = .now } }

  func stop() { timer.withLock { $0?.cancel() } }

  deinit { timer.withLock { $0?.cancel() } }
}
