import Synchronization

/// Where an answer that is made ahead waits until it is wanted for certain, so that nothing of it reaches the wearer before.
///
/// ```
/// holding ──open──▶ flushing ──all is out──▶ open
///    └──────discard (from each)──▶ discarded
/// ```
///
/// While it holds, whoever makes more than fits waits; what is passed to a discarded one is gone.
final class HeldOutputs: Sendable {
  typealias Emit = @Sendable (TurnOutput) async -> Void

  /// 5 s: a long first sentence.
  private static let mostSamples = 5 * SampleRate.spoken
  private static let mostOutputs = 64

  private enum Stage {
    case holding, flushing
    case open(Emit)
    case discarded
  }

  private struct State {
    var stage = Stage.holding
    var outputs: [TurnOutput] = []
    var samples = 0
    var waiting: [CheckedContinuation<Void, Never>] = []

    var isFull: Bool { outputs.count >= mostOutputs || samples >= mostSamples }

    mutating func release() -> [CheckedContinuation<Void, Never>] {
      defer { waiting = [] }
      return waiting
    }
  }

  private enum Step {
    case done, wait
    case emit(Emit)
  }

  private let state = Mutex(State())

  /// Keeps an output, or lets it through; waits while there is no room.
  func pass(_ output: TurnOutput) async {
    while true {
      switch state.withLock({ Self.take(output, &$0) }) {
      case .done: return
      case .emit(let emit): return await emit(output)
      case .wait: await room()
      }
    }
  }

  /// What was held goes out, in order; what comes from now on goes through.
  func open(_ emit: @escaping Emit) async {
    while true {
      let (batch, released) = state.withLock { state -> ([TurnOutput]?, [CheckedContinuation<Void, Never>]) in
        if case .discarded = state.stage { return (nil, []) }
        if state.outputs.isEmpty {
          state.stage = .open(emit)
          return (nil, state.release())
        }
        state.stage = .flushing
        defer {
          state.outputs = []
          state.samples = 0
        }
        return (state.outputs, state.release())
      }
      for waiter in released { waiter.resume() }
      guard let batch else { return }
      for output in batch { await emit(output) }
    }
  }

  func discard() {
    let released = state.withLock { state in
      state.stage = .discarded
      state.outputs = []
      return state.release()
    }
    for waiter in released { waiter.resume() }
  }

  private static func take(_ output: TurnOutput, _ state: inout State) -> Step {
    switch state.stage {
    case .open(let emit): return .emit(emit)
    case .discarded: return .done
    case .holding, .flushing:
      guard !state.isFull else { return .wait }
      state.outputs.append(output)
      if case .speech(let samples) = output { state.samples += samples.count }
      return .done
    }
  }

  private func room() async {
    await withCheckedContinuation { continuation in
      let mustWait = state.withLock { state in
        switch state.stage {
        case .open, .discarded: return false
        case .holding, .flushing:
          guard state.isFull else { return false }
          state.waiting.append(continuation)
          return true
        }
      }
      if !mustWait { continuation.resume() }
    }
  }
}
