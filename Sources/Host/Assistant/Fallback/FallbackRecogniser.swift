import Synchronization

/// Recognisers in order. The sound is kept until the transcript is there, so that the next recogniser hears the whole utterance when
/// one fails, also in the middle of it.
struct FallbackRecogniser: SpeechToText {
  let recognisers: [Named<any SpeechToText>]
  let health: BackEndHealth

  func warmUp() async throws {
    for recogniser in recognisers { try await recogniser.backEnd.warmUp() }
  }

  func transcription() -> any Transcription { FallbackTranscription(self) }
}

final class FallbackTranscription: Transcription {
  private struct State {
    var samples: [Int16] = []
    /// Those that are still to be asked, the current one first; never empty.
    var order: [Int]
    var current: any Transcription
  }

  private let chain: FallbackRecogniser
  private let state: Mutex<State>

  init(_ chain: FallbackRecogniser) {
    self.chain = chain
    let order = chain.health.order(chain.recognisers.count)
    state = Mutex(State(order: order, current: chain.recognisers[order[0]].backEnd.transcription()))
  }

  func append(_ samples: [Int16]) async throws -> Partial? {
    let current = state.withLock { state in
      state.samples += samples
      return state.current
    }
    do {
      return try await current.append(samples)
    } catch let error as CancellationError {
      throw error
    } catch {
      return try await replace(after: error)
    }
  }

  func finish() async throws -> String {
    while true {
      let (current, index) = state.withLock { ($0.current, $0.order[0]) }
      do {
        let text = try await current.finish()
        chain.health.worked(index)
        return text
      } catch let error as CancellationError {
        throw error
      } catch {
        _ = try await replace(after: error)
      }
    }
  }

  func cancel() async {
    let current = state.withLock { $0.current }
    await current.cancel()
  }

  /// Goes on with the next recogniser that takes what was said so far. Throws the last failure when there is none.
  private func replace(after failure: any Error) async throws -> Partial? {
    var failure = failure
    while true {
      let (failed, index) = state.withLock { ($0.current, $0.order[0]) }
      await failed.cancel()
      let next = advance()
      chain.health.failed(index, failure, next: next?.name)
      guard let next else { throw failure }
      do {
        return try await next.transcription.append(next.samples)
      } catch let error as CancellationError {
        throw error
      } catch {
        failure = error
      }
    }
  }

  private func advance() -> (name: String, transcription: any Transcription, samples: [Int16])? {
    state.withLock { state in
      guard state.order.count > 1 else { return nil }
      state.order.removeFirst()
      let recogniser = chain.recognisers[state.order[0]]
      state.current = recogniser.backEnd.transcription()
      return (recogniser.name, state.current, state.samples)
    }
  }
}
