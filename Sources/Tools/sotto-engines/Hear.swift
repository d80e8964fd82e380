import ArgumentParser
import Assistant

struct Hear: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print what is said in WAV files (16-bit mono).")

  @Argument(help: "The WAV files.") var paths: [String]
  @Flag(help: "Feed the sound as fast as it was spoken, and print partial transcripts.") var live = false
  @OptionGroup var cache: CacheOption

  func run() async throws {
    let recogniser = try EmbeddedEngines.recogniser(cacheDirectory: cache.cache)
    try await recogniser.warmUp()
    for path in paths {
      let heard = try await Listening.listen(to: path, with: recogniser, pace: live ? .live : .atOnce) { print("  … \($0)") }
      print("\(path): \(heard.text)  (\(milliseconds(heard.delay)) ms after \(heard.milliseconds) ms of sound)")
    }
  }
}

/// Plays a recording to a recogniser.
enum Listening {
  enum Pace { case live, atOnce }

  struct Heard {
    var text: String
    /// From the end of the sound to the final transcript.
    var delay: Duration
    /// Length of the sound.
    var milliseconds: Int
  }

  /// What the glasses send at once: 20 ms.
  private static let piece = SampleRate.heard / 50
  /// The silence after which the glasses call it the end of speech, in pieces: 500 ms.
  private static let silentPieces = 25

  static func listen(
    to path: String, with recogniser: any SpeechToText, pace: Pace, partial: (String) -> Void = { _ in }
  ) async throws -> Heard {
    let file = try WaveFile.read(path)
    return try await listen(
      to: SampleRate.converted(file.samples, from: file.rate, to: SampleRate.heard), with: recogniser, pace: pace,
      partial: partial)
  }

  /// The sound is at the recogniser's rate.
  static func listen(
    to samples: [Int16], with recogniser: any SpeechToText, pace: Pace, partial: (String) -> Void = { _ in }
  ) async throws -> Heard {
    let sound = samples + [Int16](repeating: 0, count: pace == .live ? silentPieces * piece : 0)
    let transcription = recogniser.transcription()
    let start = ContinuousClock.now
    for (index, position) in stride(from: 0, to: sound.count, by: piece).enumerated() {
      if pace == .live { try await Task.sleep(until: start + .milliseconds(20 * index), clock: .continuous) }
      if let heard = try await transcription.append(Array(sound[position..<min(position + piece, sound.count)])) {
        partial(heard.text)
      }
    }
    let end = ContinuousClock.now
    let text = try await transcription.finish()
    return Heard(text: text, delay: ContinuousClock.now - end, milliseconds: samples.count * 1000 / SampleRate.heard)
  }
}
