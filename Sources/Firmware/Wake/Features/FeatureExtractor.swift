import Units

/// The features that wake-word models of the microWakeWord family listen to: the logarithms of 40 mel bands of 30 ms of sound, each 10 ms,
/// with stationary noise taken away and the gain of each band held steady.
///
/// All in fixed point, bit by bit what the models were trained on; `tools/bench wake --exact` compares it with the reference on any recordings.
/// Allocates nothing after `init` (about 14 kB). Sound is 16 kHz, 16 bit, mono.
public final class FeatureExtractor {
  /// Values of a frame.
  public static let channels = MelFilterbank.channels
  /// Samples from one frame to the next.
  public static let step = AnalysisWindow.step
  /// Samples that the first frame needs.
  public static let window = AnalysisWindow.size

  /// log₂ of the transform's size less half of the weights' bits: by how much magnitudes are too small.
  private static let correctionBits = FixedPointFFT.size.trailingZeroBitCount - MelFilterbank.weightBits / 2

  private var window = AnalysisWindow()
  private let fft = FixedPointFFT()
  private let filterbank = MelFilterbank()
  private let noise = StationaryNoise(channels: channels)
  private let gain = GainControl(correctionBits: correctionBits)
  private let logarithm = FixedPointLogarithm()
  private let magnitudes = FixedTable<UInt32>(repeating: 0, count: channels)
  private let features = FixedTable<UInt16>(repeating: 0, count: channels)

  public init() {}

  /// Forgets all sound, and the noise.
  public func reset() {
    window.reset()
    noise.reset()
  }

  /// Calls `body` with each frame that `samples` complete: 40 values, 64 · ln of the band's magnitude, about 0…670.
  public func process(_ samples: Span<Int16>, _ body: (Span<UInt16>) -> Void) {
    var position = 0
    while window.fill(from: samples, at: &position) {
      makeFeatures()
      body(Span(_unsafeStart: UnsafePointer(features.base), count: Self.channels))
    }
  }

  private func makeFeatures() {
    let headroom = window.apply(to: fft.input)
    let shift = SIMD8<Int16>(repeating: Int16(headroom))
    for index in stride(from: 0, to: AnalysisWindow.size, by: 8) {
      fft.input.store(fft.input.vector(at: index, as: SIMD8<Int16>.self) &<< shift, at: index)
    }
    fft.transform()
    filterbank.apply(fft.output, headroom: headroom, to: magnitudes)
    noise.apply(to: magnitudes)
    gain.apply(to: magnitudes, noise: noise.estimates)
    for channel in 0..<Self.channels {
      features[channel] = logarithm.apply(magnitudes[channel] &<< UInt32(Self.correctionBits))
    }
  }
}
