import NIOCore
import Wyoming

/// A voice behind the OpenAI interface: `audio/speech` as raw samples, which can be heard while they are made.
struct OpenAIVoice: TextToSpeech {
  /// What the interface states for `pcm`: 24 kHz, 16 bits, one channel.
  private static let rate = 24_000

  private let settings: OpenAISettings
  private let exchange: HTTPExchange
  private let voice: BackEndVoice

  init(_ settings: OpenAISettings, key: Secret?, name: String) {
    self.settings = settings
    exchange = HTTPExchange(base: settings.url, key: key, connect: settings.deadlines.connect)
    voice = BackEndVoice(name: name, part: .voice)
  }

  /// What is wrong is said when it is asked.
  func warmUp() async throws {}

  func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
    .producing { yield in
      do {
        try await Watchdog.guarding(settings.deadlines.firstOutput) { dog in try await read(sentence, dog, yield) }
      } catch {
        throw voice.failure(of: error)
      }
    }
  }

  private func read(_ sentence: String, _ dog: Watchdog, _ yield: @escaping @Sendable ([Int16]) -> Void) async throws {
    let request: [String: JSON] = [
      "model": .text(settings.model), "input": .text(sentence), "voice": .text(settings.voice), "response_format": .text("pcm"),
    ]
    let body = JSON.object(request.merging(settings.parameters) { _, stated in stated })
    let response = try await exchange.post("/audio/speech", body, accept: "audio/pcm")
    let sound = ServiceSound(rate: Self.rate)
    let format = SoundFormat(rate: Self.rate)
    var odd: [UInt8] = []
    var isFirst = true
    for try await piece in response.body {
      dog.feed(settings.deadlines.idle)
      var bytes = odd + piece.readableBytesView
      if isFirst, bytes.starts(with: Array("RIFF".utf8)) {
        throw HTTPFailure("sends WAV files although raw samples were asked for")
      }
      isFirst = false
      odd = bytes.count % 2 == 0 ? [] : [bytes.removeLast()]
      let samples = try sound.take(format.mono(bytes))
      if !samples.isEmpty { yield(samples) }
    }
    try Task.checkCancellation()
    if isFirst { throw HTTPFailure("made no sound") }
  }
}
