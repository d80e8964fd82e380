import Synchronization

/// How long each part of a turn may be silent before the turn fails with its name. All below the 12 s after which glasses give a silent
/// host up by themselves (`answer_deadline_ms` of the board file), so that the wearer hears which part it was.
public struct StageDeadlines: Sendable, Equatable {
  /// From the end of speech to the final transcript.
  public var recogniser: Duration
  /// From the question to the first piece of the answer, and from one piece to the next.
  public var language: Duration
  /// From a sentence to its first sound, and from one piece of sound to the next.
  public var voice: Duration

  public init(recogniser: Duration = .seconds(8), language: Duration = .seconds(10), voice: Duration = .seconds(8)) {
    self.recogniser = recogniser
    self.language = language
    self.voice = voice
  }
}

enum Deadline {
  /// The value of `body`, or the part's failure when it takes longer. A body that does not heed its cancellation is left behind.
  static func within<Value: Sendable>(
    _ limit: Duration, _ part: BackEndFailure.Part, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let (results, race) = AsyncThrowingStream.makeStream(of: Value.self, bufferingPolicy: .bufferingOldest(1))
    let work = Task {
      do {
        race.yield(try await body())
        race.finish()
      } catch {
        race.finish(throwing: error)
      }
    }
    let timer = Task {
      try await Task.sleep(for: limit)
      race.finish(throwing: tooSlow(part, limit))
    }
    defer {
      work.cancel()
      timer.cancel()
    }
    for try await value in results { return value }
    throw CancellationError()
  }

  /// The same stream, which fails in the part's name when nothing comes for so long.
  static func watched<Element: Sendable>(
    _ stream: AsyncThrowingStream<Element, any Error>, _ limit: Duration, _ part: BackEndFailure.Part
  ) -> AsyncThrowingStream<Element, any Error> {
    AsyncThrowingStream { continuation in
      let latest = Seen()
      let work = Task {
        do {
          for try await element in stream {
            latest.note()
            continuation.yield(element)
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      let timer = Task {
        while true {
          let due = latest.at + limit
          try await Task.sleep(until: due, clock: .continuous)
          if latest.at + limit <= ContinuousClock.now { return continuation.finish(throwing: tooSlow(part, limit)) }
        }
      }
      continuation.onTermination = { _ in
        work.cancel()
        timer.cancel()
      }
    }
  }

  private static func tooSlow(_ part: BackEndFailure.Part, _ limit: Duration) -> BackEndFailure {
    let seconds = limit / .seconds(1)
    let text = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    return BackEndFailure(part, "it gave nothing for \(text) seconds")
  }

  private final class Seen: Sendable {
    private let latest = Mutex(ContinuousClock.now)
    var at: ContinuousClock.Instant { latest.withLock { $0 } }
    func note() { latest.withLock { $0 = .now } }
  }
}
