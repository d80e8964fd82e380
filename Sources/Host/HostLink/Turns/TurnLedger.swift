import Synchronization

/// Counts the tasks of turns, so that a server that shuts down can wait until the last has written what is to be remembered.
final class TurnLedger: Sendable {
  private struct State {
    var running = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Mutex(State())

  func enter() { state.withLock { $0.running += 1 } }

  func leave() {
    let released = state.withLock { state in
      state.running -= 1
      guard state.running == 0 else { return [CheckedContinuation<Void, Never>]() }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in released { continuation.resume() }
  }

  /// Returns when none is running.
  func drained() async {
    await withCheckedContinuation { continuation in
      let isDrained = state.withLock { state in
        if state.running > 0 { state.waiting.append(continuation) }
        return state.running == 0
      }
      if isDrained { continuation.resume() }
    }
  }
}
