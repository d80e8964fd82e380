/// Constants of the echo canceller, each with its reason. Those without another source were found on rooms made by the image method
/// (docs/duplex.md).
public struct EchoTuning: Sendable, Hashable {
  /// Partitions of 20 ms of the echo path that is modelled: 100 ms. Between a temple's loudspeaker and its microphone the direct sound
  /// comes within 1 ms and the room's reverberation has fallen by 20 dB or more within 60 ms; the rest is for devices whose delay is
  /// stated wrongly.
  public var partitions = 5
  /// How much of a bin's path is believed to stay from one step of 10 ms to the next. The rest is uncertainty that lets the filter follow
  /// a head that moves: its time constant, 1 / (1 − transition²) steps, is 50 s.
  public var transition: Float = 0.9999
  /// Part of the certainty that each correction should bring by the theory which is believed. The theory takes bins for independent and the
  /// path for no longer than the filter; one that believes it stops learning while it still has most to learn.
  public var confidence: Float = 0.1
  /// Power of the echo path that is expected before anything is known, in the first partition, and what each later one expects of the
  /// one before it: rooms decay.
  public var expectedPower: Float = 0.05
  public var expectedDecay: Float = 0.1
  /// Smoothing of the near end's power over steps: 30 ms. What rises, a voice that sets in, counts at once.
  public var nearSmoothing: Float = 0.7
  /// Power of the near end that is always assumed, per sample: the noise of a quiet microphone, −80 dB of full scale.
  public var quietestNear: Float = 1e-8
  /// Part of the full step that a correction takes. A step of 160 samples sees 160 / 512 of what the transform spans; more learns noise.
  public var stride: Float = 0.31

  /// Steps of sound after which the path counts as known: 1 s. Until then…
  public var coldSteps = 100
  /// …corrections are bolder, and each step is learnt from this often,…
  public var coldStride: Float = 0.45
  public var coldPasses = 2
  /// …and what lies behind the direct sound (the first 10 ms) is taken back by so much for each further sample: it is learnt last.
  public var directSamples = 160
  public var coldTaper: Float = 0.97

  public init() {}
}
