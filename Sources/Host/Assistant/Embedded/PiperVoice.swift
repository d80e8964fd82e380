import CSherpa
import Foundation
import Logging

/// A neural voice of the Piper project. Speaks clause by clause, so that the first sound does not wait for a long sentence.
///
/// Unchecked: `handle` is touched on `queue` only, and by `deinit` when no call is left.
public final class PiperVoice: TextToSpeech, @unchecked Sendable {
  /// A second thread waits by spinning: it gains little on two cores and loses much when anything else computes
  /// (docs/assistant.md has the measurement).
  private static let threads: Int32 = 1
  /// A clause with fewer sounds than this is spoken together with the next: the voice is unnatural on single words.
  private static let leastSounds = 16

  private let files: PiperFiles
  /// Nil when each sentence is to be made anew.
  private let known: SpokenSentences?
  private let queue = EngineQueue("sotto.voice")
  private var handle: OpaquePointer?

  init(files: PiperFiles, keepsSentences: Bool = true) {
    self.files = files
    known = keepsSentences ? SpokenSentences() : nil
  }

  deinit { if let handle { sotto_voice_close(handle) } }

  public func warmUp() async throws {
    for try await _ in speak("Ready.") {}
  }

  public func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
    AsyncThrowingStream { continuation in
      if let pieces = known?[sentence] {
        for piece in pieces { continuation.yield(piece) }
        return continuation.finish()
      }
      let delivery = Delivery(continuation)
      continuation.onTermination = { _ in delivery.stop() }
      queue.start {
        do {
          try self.make(sentence, delivery)
          if delivery.isWanted { self.known?[sentence] = delivery.taken }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
    }
  }

  private func make(_ sentence: String, _ delivery: Delivery) throws {
    guard delivery.isWanted else { return }
    let voice = try loaded()
    let rate = Int(sotto_voice_rate(voice))
    for breath in Self.breaths(try Phonemes.clauses(of: Spelled.out(sentence))) where delivery.isWanted {
      delivery.begin(rate: rate)
      let spoken = sotto_voice_speak(
        voice, breath, Int32(breath.count), 1,
        { samples, count, context in
          Unmanaged<Delivery>.fromOpaque(context!).takeUnretainedValue()
            .take(UnsafeBufferPointer(start: samples, count: Int(count)))
        }, Unmanaged.passUnretained(delivery).toOpaque())
      if !spoken { throw BackEndFailure(.voice, "the engine made no sound") }
    }
  }

  /// Joins short clauses into what is spoken at once.
  static func breaths(_ clauses: [Phonemes.Clause]) -> [[Int32]] {
    var breaths: [[Int32]] = []
    var current: [Int32] = []
    for (index, clause) in clauses.enumerated() {
      if !current.isEmpty { current.append(0x20) }
      current += clause.sounds + clause.mark.unicodeScalars.map { Int32($0.value) }
      let rest = clauses[(index + 1)...].reduce(0) { $0 + $1.sounds.count }
      if current.count >= leastSounds, rest == 0 || rest >= leastSounds {
        breaths.append(current)
        current = []
      }
    }
    if !current.isEmpty { breaths.append(current) }
    return breaths
  }

  private func loaded() throws(BackEndFailure) -> OpaquePointer {
    if let handle { return handle }
    guard let opened = sotto_voice_open(files.model, files.tokens, Self.threads) else {
      throw BackEndFailure(.voice, "the voice in \(files.model) cannot be loaded; run tools/setup")
    }
    handle = opened
    return opened
  }
}
