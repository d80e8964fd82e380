extension AsyncThrowingStream where Element: Sendable, Failure == any Error {
  /// A stream that a task fills. The task is cancelled when nobody consumes the stream any more.
  static func producing(_ work: @escaping @Sendable (@escaping @Sendable (Element) -> Void) async throws -> Void) -> Self {
    AsyncThrowingStream { continuation in
      let task = Task {
        do {
          try await work { continuation.yield($0) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }
}
