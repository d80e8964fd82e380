import Synchronization

/// The sound of sentences that were spoken lately. An assistant says many things often (“Okay.”, “I can't answer that offline.”), and
/// those need not wait for the engine again.
final class SpokenSentences: Sendable {
  /// Two minutes of speech: 6 MB.
  private static let capacity = 120 * SampleRate.spoken

  private struct State {
    var sounds: [String: [[Int16]]] = [:]
    /// From the least to the most lately used.
    var order: [String] = []
    var samples = 0
  }

  private let state = Mutex(State())

  subscript(sentence: String) -> [[Int16]]? {
    get {
      state.withLock { state in
        guard let sound = state.sounds[sentence] else { return nil }
        state.order.removeAll { $0 == sentence }
        state.order.append(sentence)
        return sound
      }
    }
    set {
      guard let newValue else { return }
      state.withLock { state in
        guard state.sounds.updateValue(newValue, forKey: sentence) == nil else { return }
        state.order.append(sentence)
        state.samples += Self.length(newValue)
        while state.samples > Self.capacity, state.order.count > 1 {
          state.samples -= Self.length(state.sounds.removeValue(forKey: state.order.removeFirst()) ?? [])
        }
      }
    }
  }

  private static func length(_ pieces: [[Int16]]) -> Int { pieces.reduce(0) { $0 + $1.count } }
}
