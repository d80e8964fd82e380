import CMath
import HAL
import Units

/// Whether somebody near the microphone makes a sound, step by step of 10 ms, while the speaker may sound too.
///
/// What the canceller leaves is compared, band by band, with what is to be expected without anybody: the room's own noise and the echo that is
/// left. How much of the echo usually stays is learnt while nobody speaks, and the canceller's own uncertainty is the least that is
/// expected, so that nothing is taken for a voice before the echo path is known. Nothing is allocated after `init`.
public final class NearEnd {
  public struct Step: Sendable, Hashable {
    /// 0 (as expected) … 1 (far above it in every band).
    public var evidence: Float
    /// Of the whole step, in decibels of full scale.
    public var level: Float
    public var voicing: Voicing
  }

  private static let step = EchoCanceller.step
  private static let bins = RealFourier.bins
  /// Edges of the bands in bins of 31.25 Hz, 190 Hz to 5 kHz: third octaves where voices are strongest, wider above.
  private static let edges: InlineArray<10, Int> = [6, 10, 15, 21, 29, 40, 56, 80, 112, 160]
  private static let bands = 9
  /// Sound counts from this much above what is expected…
  private static let margin: Float = 4
  /// …and cannot count for more than this, in decibels: one loud band is no voice.
  private static let most: Float = 16
  /// What is left of an echo decays with the room: 10 ms take this much of its power.
  private static let tail: Float = 0.75
  /// Memory of how much of the echo stays: 1 s of sound, and ten times as long while somebody seems to speak over it.
  private static let memory: Float = 0.99
  private static let disturbedMemory: Float = 0.999
  /// Before anything is known all of the echo may stay: as good as 100 ms of it.
  private static let firstSteps: Float = 10
  /// An echo this far above the noise tells how much of it stays, as a factor.
  private static let tellingEcho: Float = 10
  /// The noise is followed down at once by a third, and up by 0.1 dB a step.
  private static let noiseFall: Float = 0.3
  private static let noiseRise: Float = 1.0233
  /// Power a sample of a quiet microphone's own noise, −84 dB of full scale.
  private static let quietest: Float = 4e-9

  private let fourier = RealFourier()
  private let meter = VoicingMeter()
  private let time = FixedTable<Float>(zeros: RealFourier.length)
  private let real = FixedTable<Float>(zeros: bins)
  private let imaginary = FixedTable<Float>(zeros: bins)
  private let echo = FixedTable<Float>(zeros: bands)
  /// Power that stayed and power that was taken out, over the memory.
  private let stayed = FixedTable<Float>(zeros: bands)
  private let taken = FixedTable<Float>(zeros: bands)
  private let noise = FixedTable<Float>(zeros: bands)
  private let smooth = FixedTable<Float>(zeros: bands)
  private var isNoiseKnown = false

  public init() {}

  /// The microphone begins anew; what was learnt about the echo stays.
  public func begin() {
    meter.reset()
    echo.fill(0)
    smooth.fill(0)
    isNoiseKnown = false
  }

  /// Takes a step of 160 samples as the canceller leaves it; `canceller` is that which has just left it, nil while the speaker is silent.
  /// `isDisturbed` tells that somebody seems to speak.
  public func take(_ samples: Span<Int16>, _ canceller: EchoCanceller?, isDisturbed: Bool) -> Step {
    let voicing = meter.measure(samples)
    let before = RealFourier.length - Self.step
    time.base.update(repeating: 0, count: before)
    var energy: Float = 0
    for index in 0..<Self.step {
      let sample = Float(samples[index]) / 32_768
      time.base[before + index] = sample
      energy += sample * sample
    }
    if energy > 0 {
      fourier.forward(time.base, real.base, imaginary.base)
    } else {
      real.fill(0)
      imaginary.fill(0)
    }
    var sum: Float = 0
    for band in 0..<Self.bands { sum += excess(band, canceller, isDisturbed) }
    isNoiseKnown = true
    let level = 4.342_945 * logarithm(energy / Float(Self.step) + 1e-10)
    return Step(evidence: sum / (Float(Self.bands) * Self.most), level: level, voicing: voicing)
  }

  /// Decibels of a band above what is expected, 0…`most`.
  private func excess(_ band: Int, _ canceller: EchoCanceller?, _ isDisturbed: Bool) -> Float {
    let from = Self.edges[band]
    let to = Self.edges[band + 1]
    var power: Float = 0
    var echoNow: Float = 0
    var uncertain: Float = 0
    for bin in from..<to {
      power += real.base[bin] * real.base[bin] + imaginary.base[bin] * imaginary.base[bin]
      if let canceller {
        echoNow += canceller.echoPower.base[bin]
        uncertain += canceller.residualPower.base[bin]
      }
    }
    let floor = Self.quietest * Float(Self.step * (to - from))
    smooth[band] = 0.5 * smooth[band] + 0.5 * power
    let steady = max(smooth[band], floor)
    echo[band] = max(echoNow, echo[band] * Self.tail)
    let isTelling = echo[band] > Self.tellingEcho * max(noise[band], floor)
    if !isNoiseKnown {
      noise[band] = steady
    } else if steady < noise[band] {
      noise[band] += Self.noiseFall * (steady - noise[band])
    } else if !isTelling {
      noise[band] *= Self.noiseRise
    }
    if isTelling {
      if taken[band] == 0 {
        taken[band] = Self.firstSteps * echo[band]
        stayed[band] = taken[band]
      }
      let keep = isDisturbed ? Self.disturbedMemory : Self.memory
      let gain = isDisturbed ? (1 - Self.disturbedMemory) / (1 - Self.memory) : 1
      taken[band] = keep * taken[band] + gain * echo[band]
      stayed[band] = keep * stayed[band] + gain * steady
    }
    let leak = taken[band] > 0 ? min(stayed[band] / taken[band], 1) : 1
    let expected = max(noise[band], floor) + max(leak * echo[band], uncertain)
    let ratio = 4.342_945 * logarithm(power / (Self.margin * expected) + 1e-6)
    return min(max(ratio, 0), Self.most)
  }
}

/// ln(x), x > 0.
private func logarithm(_ x: Float) -> Float { Float(0.693_147_2) * Float(sotto_log2(Double(x))) }
