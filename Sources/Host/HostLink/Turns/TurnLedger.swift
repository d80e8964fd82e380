import Synchronization

/// Counts the tasks of each device's turns, so that whoever ends sessions can wait until the last turn has written what is to be
/// remembered, and so that no device has more of them than can be ended.
final class TurnLedger: Sendable {
  private struct State {
    var running: [String: Int] = [:]
    var waiting: [(isDrained: @Sendable ([String: Int]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
  }
  private let state = Mutex(State())

  func enter(_ device: String) { state.withLock { $0.running[device, default: 0] += 1 } }

  func leave(_ device: String) {
    let released = state.withLock { state in
      let left = state.running[device, default: 1] - 1
      state.running[device] = left > 0 ? left : nil
      let running = state.running
      defer { state.waiting.removeAll { $0.isDrained(running) } }
      return state.waiting.filter { $0.isDrained(running) }.map { $0.continuation }
    }
    for continuation in released { continuation.resume() }
  }

  func running(_ device: String) -> Int { state.withLock { $0.running[device] ?? 0 } }

  /// Returns when no device that `isMeant` names runs a turn.
  func drained(where isMeant: @escaping @Sendable (String) -> Bool = { _ in true }) async {
    let isDrained: @Sendable ([String: Int]) -> Bool = { running in !running.keys.contains(where: isMeant) }
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if isDrained(state.running) { return true }
        state.waiting.append((isDrained, continuation))
        return false
      }
      if isDone { continuation.resume() }
    }
  }
}
