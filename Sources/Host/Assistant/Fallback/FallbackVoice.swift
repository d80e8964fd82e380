/// Voices in order: a sentence that one cannot begin is spoken by the next. One that breaks off in the middle of a sentence is not
/// repeated; the next sentences are spoken by another.
struct FallbackVoice: TextToSpeech {
  let voices: [Named<any TextToSpeech>]
  let health: BackEndHealth

  func warmUp() async throws {
    for voice in voices { try await voice.backEnd.warmUp() }
  }

  func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
    .producing { yield in
      let order = health.order(voices.count)
      for (place, index) in order.enumerated() {
        var hasBegun = false
        do {
          for try await sound in voices[index].backEnd.speak(sentence) {
            hasBegun = true
            yield(sound)
          }
          try Task.checkCancellation()
          return health.worked(index)
        } catch let error as CancellationError {
          throw error
        } catch {
          let next = place + 1 < order.count ? voices[order[place + 1]].name : nil
          health.failed(index, error, next: next)
          if hasBegun { return }
          if next == nil { throw error }
        }
      }
    }
  }
}
