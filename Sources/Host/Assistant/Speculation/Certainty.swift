import Synchronization

/// Whether an answer is wanted for certain: one that was begun while the wearer might still go on is not, until the end of speech has
/// come. Whoever is about to change something (to remember, to forget, to switch a light) waits for it first.
///
/// ```
/// open ──confirm──▶ certain
///   └────deny─────▶ denied
/// ```
public final class Certainty: Sendable {
  /// For a question that nobody takes back.
  public static let given: Certainty = {
    let certainty = Certainty()
    certainty.confirm()
    return certainty
  }()

  private enum State {
    case open(waiting: [Int: CheckedContinuation<Bool, Never>], next: Int)
    case certain, denied
  }

  private let state = Mutex(State.open(waiting: [:], next: 0))

  public init() {}

  public var isGiven: Bool {
    state.withLock { state in
      switch state {
      case .certain: true
      case .open, .denied: false
      }
    }
  }

  /// Returns once the question is certain. Throws `CancellationError` when it is denied or the calling task is cancelled: then nothing
  /// may be changed.
  public func wait() async throws {
    let ticket = state.withLock { state -> Int in
      guard case .open(let waiting, let next) = state else { return 0 }
      state = .open(waiting: waiting, next: next + 1)
      return next
    }
    let isCertain = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let known = state.withLock { state -> Bool? in
          switch state {
          case .certain: return true
          case .denied: return false
          case .open(var waiting, let next):
            // A task that was cancelled before is not seen by the handler again.
            if Task.isCancelled { return false }
            waiting[ticket] = continuation
            state = .open(waiting: waiting, next: next)
            return nil
          }
        }
        if let known { continuation.resume(returning: known) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
        guard case .open(var waiting, let next) = state else { return nil }
        let waiter = waiting.removeValue(forKey: ticket)
        state = .open(waiting: waiting, next: next)
        return waiter
      }
      waiter?.resume(returning: false)
    }
    try Task.checkCancellation()
    guard isCertain else { throw CancellationError() }
  }

  func confirm() { settle(.certain, true) }

  func deny() { settle(.denied, false) }

  private func settle(_ outcome: State, _ isCertain: Bool) {
    let waiting = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
      guard case .open(let waiting, _) = state else { return [] }
      state = outcome
      return Array(waiting.values)
    }
    for waiter in waiting { waiter.resume(returning: isCertain) }
  }
}
