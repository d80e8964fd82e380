import Wyoming

/// A voice behind the Wyoming protocol. The sound is heard while it is made.
struct WyomingVoice: TextToSpeech {
  private let settings: WyomingSettings
  private let voice: BackEndVoice

  init(_ settings: WyomingSettings, name: String) {
    self.settings = settings
    voice = BackEndVoice(name: name, part: .voice)
  }

  /// What is wrong is said when it is asked.
  func warmUp() async throws {}

  func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
    .producing { yield in
      do {
        // The connection has its own deadline, which counts before the service can have begun.
        try await Watchdog.guarding(settings.deadlines.connect + settings.deadlines.firstOutput) { dog in
          try await WyomingConnection.with(settings.address, timeout: settings.deadlines.connect) { connection in
            dog.feed(settings.deadlines.firstOutput)
            try await connection.send(.synthesize(sentence, voice: settings.model))
            try await read(connection, dog, yield)
          }
        }
      } catch {
        throw voice.failure(of: error)
      }
    }
  }

  private func read(
    _ connection: WyomingConnection, _ dog: Watchdog, _ yield: @escaping @Sendable ([Int16]) -> Void
  ) async throws {
    var sound: (format: SoundFormat, feed: ServiceSound)?
    var isHeard = false
    for try await message in connection.incoming {
      switch message {
      case .audioStart(let format): sound = (format, ServiceSound(rate: format.rate))
      case .audioChunk(let format, let bytes):
        dog.feed(settings.deadlines.idle)
        if sound?.format != format { sound = (format, ServiceSound(rate: format.rate)) }
        guard let feed = sound?.feed else { continue }
        let samples = try feed.take(format.mono(bytes))
        if !samples.isEmpty { yield(samples) }
        isHeard = isHeard || !samples.isEmpty
      case .audioStop:
        if isHeard { return }
        throw HTTPFailure("made no sound")
      case .error(let words, _): throw WyomingFailure.refused(words)
      default: break
      }
    }
    try Task.checkCancellation()
    throw WyomingFailure.connection("it closed the connection before the end of the sound")
  }
}
