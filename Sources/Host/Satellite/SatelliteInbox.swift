import Synchronization
import Wyoming

/// What the smart home sends for one run of its pipeline, until the turn takes it. Bounded in bytes: the answer's sound comes faster than
/// it is heard.
final class SatelliteInbox: Sendable {
  /// A minute and a half of 48 kHz sound.
  private static let most = 8 * 1024 * 1024
  /// What a message counts beside its sound.
  private static let overhead = 256

  private let waiting = Mutex(0)
  private let messages: AsyncStream<WyomingMessage>
  private let feed: AsyncStream<WyomingMessage>.Continuation

  init() { (messages, feed) = AsyncStream.makeStream(of: WyomingMessage.self) }

  /// False when the turn does not keep up; the run is of no use then.
  func offer(_ message: WyomingMessage) -> Bool {
    let size = Self.size(message)
    let fits = waiting.withLock { waiting in
      guard waiting + size <= Self.most else { return false }
      waiting += size
      return true
    }
    if fits { feed.yield(message) } else { feed.finish() }
    return fits
  }

  /// No more will come.
  func close() { feed.finish() }

  /// Calls `body` with each message in order, until it returns true or no more come. Returns whether it did.
  func read(
    isolation: isolated (any Actor)? = #isolation, until body: (WyomingMessage) async throws -> Bool
  ) async throws -> Bool {
    for await message in messages {
      waiting.withLock { $0 -= Self.size(message) }
      if try await body(message) { return true }
    }
    try Task.checkCancellation()
    return false
  }

  private static func size(_ message: WyomingMessage) -> Int {
    if case .audioChunk(_, let bytes) = message { return bytes.count + overhead }
    return overhead
  }
}
