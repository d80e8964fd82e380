import HostLink
import Synchronization

/// Everything a host said, and a way to wait for what it has not said yet.
final class EventLog: Sendable {
  private struct State {
    var seen: [HostEvent] = []
    var waiting: [(matches: @Sendable (HostEvent) -> Bool, found: CheckedContinuation<HostEvent, Never>)] = []
  }
  private let state = Mutex(State())

  var sink: @Sendable (HostEvent) -> Void { { self.note($0) } }
  var all: [HostEvent] { state.withLock { $0.seen } }

  private func note(_ event: HostEvent) {
    let found = state.withLock { state in
      state.seen.append(event)
      let found = state.waiting.filter { $0.matches(event) }.map(\.found)
      state.waiting.removeAll { $0.matches(event) }
      return found
    }
    for continuation in found { continuation.resume(returning: event) }
  }

  /// The first event that matches, past or future.
  @discardableResult
  func first(_ matches: @escaping @Sendable (HostEvent) -> Bool) async -> HostEvent {
    await withCheckedContinuation { continuation in
      let found = state.withLock { state -> HostEvent? in
        if let event = state.seen.first(where: matches) { return event }
        state.waiting.append((matches, continuation))
        return nil
      }
      if let found { continuation.resume(returning: found) }
    }
  }

  /// The reason of the first refusal.
  func refusal() async -> String {
    guard case .refused(_, let reason) = await first({ if case .refused = $0 { true } else { false } }) else { return "" }
    return reason
  }

  /// The reason of the first session's end.
  func sessionEnd() async -> String {
    guard case .sessionEnded(_, _, let reason) = await first({ if case .sessionEnded = $0 { true } else { false } }) else {
      return ""
    }
    return reason
  }

  func warning() async -> String {
    guard case .warning(let text) = await first({ if case .warning = $0 { true } else { false } }) else { return "" }
    return text
  }
}
