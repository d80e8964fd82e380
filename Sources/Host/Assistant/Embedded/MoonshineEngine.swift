import CSherpa
import Foundation

/// The loaded recogniser. Loads at the first use.
///
/// Unchecked: `handle` is touched on `queue` only, and by `deinit` when no call is left.
final class MoonshineEngine: @unchecked Sendable {
  /// One thread is as fast as two for utterances of a few seconds on two cores, and leaves one to the voice and the link
  /// (docs/assistant.md has the measurement).
  private static let threads: Int32 = 1
  /// Silence that is added before and after the speech, in samples (100 and 400 ms): the model was trained on clips that have it,
  /// and loses first and last words without (docs/assistant.md has the measurement).
  private static let before = SampleRate.heard / 10
  private static let after = SampleRate.heard * 2 / 5

  private let files: MoonshineFiles
  private let queue = EngineQueue("sotto.recogniser")
  private var handle: OpaquePointer?

  init(files: MoonshineFiles) { self.files = files }

  deinit { if let handle { sotto_recogniser_close(handle) } }

  func load() async throws { try await queue.run { _ = try self.loaded() } }

  /// The words in 16 kHz mono sound, with capitals and punctuation as the model writes them.
  func text(in samples: [Int16]) async throws -> String {
    try await queue.run {
      let engine = try self.loaded()
      let sound =
        [Float](repeating: 0, count: Self.before) + samples.map { Float($0) / 32768 } + [Float](repeating: 0, count: Self.after)
      guard let words = sotto_recogniser_text(engine, sound, Int32(sound.count)) else {
        throw BackEndFailure(.recogniser, "the engine gave no result")
      }
      defer { free(words) }
      return String(cString: words).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  private func loaded() throws(BackEndFailure) -> OpaquePointer {
    if let handle { return handle }
    guard let opened = sotto_recogniser_open(files.encoder, files.decoder, files.tokens, Self.threads) else {
      throw BackEndFailure(.recogniser, "the model in \(files.encoder) cannot be loaded; run tools/setup")
    }
    handle = opened
    return opened
  }
}
