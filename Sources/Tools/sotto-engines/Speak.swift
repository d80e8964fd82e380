import ArgumentParser
import Assistant

struct Speak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Speak a sentence into a WAV file (24 kHz).")

  @Argument(help: "What to say.") var text: String
  @Argument(help: "The WAV file to write.") var path: String
  @Option(help: "piper, espeak or flite.") var voice = AssistantConfiguration.VoiceChoice.piper
  @OptionGroup var cache: CacheOption

  func run() async throws {
    let engine = try EmbeddedEngines.voice(voice, cacheDirectory: cache.cache)
    try await engine.warmUp()
    let start = ContinuousClock.now
    var samples: [Int16] = []
    var first: Duration?
    for sentence in Sentences.of(text) {
      for try await sound in engine.speak(sentence) {
        if first == nil { first = ContinuousClock.now - start }
        samples += sound
      }
    }
    try WaveFile.write(samples, rate: SampleRate.spoken, to: path)
    print(
      "\(milliseconds(first ?? .zero)) ms to the first sound, \(milliseconds(ContinuousClock.now - start)) ms for \(samples.count * 1000 / SampleRate.spoken) ms of speech"
    )
  }
}

extension AssistantConfiguration.VoiceChoice: ExpressibleByArgument {}

func milliseconds(_ duration: Duration) -> Int { Int(duration / .milliseconds(1)) }
