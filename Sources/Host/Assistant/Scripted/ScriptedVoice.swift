import Foundation

/// Speaks every sentence as a tone, so that sound paths can be measured without an engine.
public struct ScriptedVoice: TextToSpeech {
  /// Concert pitch, at a quarter of full scale.
  private static let hertz = 440.0
  private static let amplitude = 8192.0
  /// One piece of the stream: 100 ms.
  private static let samplesPerPiece = SampleRate.spoken / 10

  private let delay: Duration
  private let tone: [Int16]

  public init(delay: Duration = .zero, length: Duration = .milliseconds(600)) {
    self.delay = delay
    let samples = Int(length / .milliseconds(1) * Double(SampleRate.spoken) / 1000)
    tone = (0..<samples).map { index in
      Int16((Self.amplitude * sin(2 * Double.pi * Self.hertz * Double(index) / Double(SampleRate.spoken))).rounded())
    }
  }

  public func warmUp() async throws {}

  public func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
    let (delay, tone) = (delay, tone)
    return AsyncThrowingStream { continuation in
      let work = Task {
        do {
          try await pause(delay)
          for start in stride(from: 0, to: tone.count, by: Self.samplesPerPiece) {
            continuation.yield(Array(tone[start..<min(start + Self.samplesPerPiece, tone.count)]))
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in work.cancel() }
    }
  }
}
