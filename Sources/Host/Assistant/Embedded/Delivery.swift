import Synchronization

/// Carries sound from an engine's thread to the stream that is consumed, at the seam's rate and in short pieces.
///
/// Unchecked: what is not behind `wanted` is used on the engine's thread only.
final class Delivery: @unchecked Sendable {
  /// 100 ms: how soon a cancelled sentence falls silent.
  private static let piece = SampleRate.spoken / 10

  private let continuation: AsyncThrowingStream<[Int16], any Error>.Continuation
  private let wanted = Mutex(true)
  private var resampler: Resampler?
  private var ratio = 1.0
  /// Everything that was passed on; for the engine's thread.
  private(set) var taken: [[Int16]] = []

  init(_ continuation: AsyncThrowingStream<[Int16], any Error>.Continuation) { self.continuation = continuation }

  var isWanted: Bool { wanted.withLock { $0 } }

  func stop() { wanted.withLock { $0 = false } }

  /// Sound at this rate follows, after a break in the engine's sound.
  func begin(rate: Int) {
    resampler = Resampler(from: rate, to: SampleRate.spoken)
    ratio = Double(SampleRate.spoken) / Double(rate)
  }

  /// Passes sound of -1…1 on; false when no more is wanted.
  func take(_ samples: UnsafeBufferPointer<Float>) -> Bool {
    guard let resampler else { return false }
    let sound = resampler.resample(samples, ratio: ratio)
    for start in stride(from: 0, to: sound.count, by: Self.piece) {
      guard isWanted else { return false }
      let piece = Array(sound[start..<min(start + Self.piece, sound.count)])
      taken.append(piece)
      continuation.yield(piece)
    }
    return isWanted
  }
}
