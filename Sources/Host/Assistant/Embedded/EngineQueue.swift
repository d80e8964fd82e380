import Dispatch

/// A thread of an engine's own: blocking calls run on it one after another, and no thread of Swift's pool waits for them.
final class EngineQueue: Sendable {
  private let queue: DispatchQueue

  init(_ label: String) { queue = DispatchQueue(label: label, qos: .userInitiated) }

  func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try body() }) }
    }
  }

  func start(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }
}
