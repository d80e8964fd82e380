import Units

/// Takes what the speaker plays out of what the microphone hears.
///
/// A partitioned-block Kalman filter in the frequency domain (Enzner and Vary 2006; Kuech, Mabande and Enzner 2014): each bin of each partition
/// has an estimate of the echo path and of its own uncertainty, so the step size follows from how loud the near end is and how much is still
/// to be learnt. It needs no detector of double talk and does not unlearn while the wearer speaks.
///
/// Steps of 10 ms at `AudioFormat.captureRate`. A class because it owns its memory; nothing is allocated after `init`.
public final class EchoCanceller {
  /// Samples of one step.
  public static let step = 160
  /// Samples of one partition of the filter: two steps.
  private static let partitionLength = 320
  private static let length = RealFourier.length
  private static let bins = RealFourier.bins
  /// How much of a transform one step is.
  private static let share = Float(step) / Float(length)
  /// A reference of less than this part of the assumed near end teaches nothing.
  private static let audible: Float = 1e-3

  private let tuning: EchoTuning
  private let fourier = RealFourier()
  /// Spectra of the reference, a ring over steps, the newest at `newest`: partition p works on the spectrum of 2p steps ago.
  private let spectra: Int
  private let referenceReal: FixedTable<Float>
  private let referenceImaginary: FixedTable<Float>
  private let referencePower: FixedTable<Float>
  private var newest = 0
  /// Estimated path and its uncertainty, a row for each partition.
  private let pathReal: FixedTable<Float>
  private let pathImaginary: FixedTable<Float>
  private let uncertainty: FixedTable<Float>

  /// The last 512 samples of the reference.
  private let window = FixedTable<Float>(zeros: length)
  private let time = FixedTable<Float>(zeros: length)
  private let sumReal = FixedTable<Float>(zeros: bins)
  private let sumImaginary = FixedTable<Float>(zeros: bins)
  private let errorReal = FixedTable<Float>(zeros: bins)
  private let errorImaginary = FixedTable<Float>(zeros: bins)
  private let gain = FixedTable<Float>(zeros: bins)
  private let nearPower = FixedTable<Float>(zeros: bins)
  private let estimate = FixedTable<Float>(zeros: step)
  private let rest = FixedTable<Float>(zeros: step)
  /// Which partition is kept to its length next, when not all are.
  private var turn = 0

  // Powers of the last step in 257 bins, of the same 160 samples, so that they compare.
  /// What is left.
  let errorPower = FixedTable<Float>(zeros: bins)
  /// What was taken out.
  let echoPower = FixedTable<Float>(zeros: bins)
  /// The echo that the filter itself expects to have left.
  let residualPower = FixedTable<Float>(zeros: bins)

  /// Steps that it has learnt from since the start or `reset`.
  public private(set) var stepsLearnt = 0

  public init(_ tuning: EchoTuning = EchoTuning()) {
    precondition(tuning.partitions > 0 && tuning.directSamples <= Self.partitionLength)
    self.tuning = tuning
    spectra = 2 * tuning.partitions
    referenceReal = FixedTable<Float>(zeros: spectra * Self.bins)
    referenceImaginary = FixedTable<Float>(zeros: spectra * Self.bins)
    referencePower = FixedTable<Float>(zeros: spectra * Self.bins)
    pathReal = FixedTable<Float>(zeros: tuning.partitions * Self.bins)
    pathImaginary = FixedTable<Float>(zeros: tuning.partitions * Self.bins)
    uncertainty = FixedTable<Float>(zeros: tuning.partitions * Self.bins)
    reset()
  }

  /// Forgets everything, the echo path too.
  public func reset() {
    pathReal.fill(0)
    pathImaginary.fill(0)
    var power = tuning.expectedPower
    for partition in 0..<tuning.partitions {
      (uncertainty.base + partition * Self.bins).update(repeating: power, count: Self.bins)
      power *= tuning.expectedDecay
    }
    stepsLearnt = 0
    pause()
  }

  /// Forgets the sound and keeps the echo path: the next answer is cancelled from its first sample.
  public func pause() {
    referenceReal.fill(0)
    referenceImaginary.fill(0)
    referencePower.fill(0)
    window.fill(0)
    nearPower.fill(0)
    errorPower.fill(0)
    echoPower.fill(0)
    residualPower.fill(0)
  }

  /// One step of what the speaker played while nothing was taken out: what still echoes after it is known.
  func remember(played: UnsafePointer<Float>) { takeReference(played) }

  /// Steps of the reference that still echo: what is to be remembered after `pause`.
  var memory: Int { spectra + 1 }

  /// One step: `heard` by the microphone, `played` by the speaker at the same instants, 160 samples each in −1…1; what is left of what was heard
  /// goes to `output`, which may be `heard`.
  public func process(heard: UnsafePointer<Float>, played: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    takeReference(played)
    takeOut(heard)
    rest.base.update(from: time.base + Self.length - Self.step, count: Self.step)
    let passes = isCold ? max(tuning.coldPasses, 1) : 1
    var isLearning = learn()
    if isLearning { stepsLearnt += 1 }
    for _ in 1..<passes where isLearning {
      takeOut(heard)
      isLearning = learn()
    }
    output.update(from: rest.base, count: Self.step)
  }

  private var isCold: Bool { stepsLearnt < tuning.coldSteps }

  private func takeReference(_ played: UnsafePointer<Float>) {
    let kept = Self.length - Self.step
    window.base.update(from: window.base + Self.step, count: kept)
    (window.base + kept).update(from: played, count: Self.step)
    newest = newest == 0 ? spectra - 1 : newest - 1
    let row = newest * Self.bins
    fourier.forward(window.base, referenceReal.base + row, referenceImaginary.base + row)
    Self.power(referenceReal.base + row, referenceImaginary.base + row, referencePower.base + row)
  }

  /// Where the spectrum of the reference begins that a partition works on.
  private func row(of partition: Int) -> Int {
    let place = newest + 2 * partition
    return (place >= spectra ? place - spectra : place) * Self.bins
  }

  /// The estimated echo, its power, and what is left without it: as `time`, behind zeros, and as spectrum.
  private func takeOut(_ heard: UnsafePointer<Float>) {
    sumReal.fill(0)
    sumImaginary.fill(0)
    for partition in 0..<tuning.partitions {
      let from = row(of: partition)
      let path = partition * Self.bins
      for bin in 0..<Self.bins {
        let xR = referenceReal.base[from + bin]
        let xI = referenceImaginary.base[from + bin]
        let wR = pathReal.base[path + bin]
        let wI = pathImaginary.base[path + bin]
        sumReal.base[bin] += xR * wR - xI * wI
        sumImaginary.base[bin] += xR * wI + xI * wR
      }
    }
    fourier.inverse(sumReal.base, sumImaginary.base, time.base)
    // All but the last step is wrapped around.
    let before = Self.length - Self.step
    time.base.update(repeating: 0, count: before)
    estimate.base.update(from: time.base + before, count: Self.step)
    fourier.forward(time.base, sumReal.base, sumImaginary.base)
    Self.power(sumReal.base, sumImaginary.base, echoPower.base)
    for index in 0..<Self.step { time.base[before + index] = heard[index] - estimate.base[index] }
    fourier.forward(time.base, errorReal.base, errorImaginary.base)
    Self.power(errorReal.base, errorImaginary.base, errorPower.base)
  }

  private static func power(
    _ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>, _ power: UnsafeMutablePointer<Float>
  ) {
    for bin in 0..<bins { power[bin] = real[bin] * real[bin] + imaginary[bin] * imaginary[bin] }
  }

  /// Corrects the path by what is left; false when nothing was played that could teach.
  private func learn() -> Bool {
    expectResidual()
    guard findGain() else { return false }
    let stride = isCold ? tuning.coldStride : tuning.stride
    let correction = stride / Self.share
    let keep = tuning.transition * tuning.transition
    let believed = tuning.confidence
    for partition in 0..<tuning.partitions {
      let from = row(of: partition)
      let path = partition * Self.bins
      for bin in 0..<Self.bins {
        let certain = uncertainty.base[path + bin]
        let step = certain * gain.base[bin]
        let xR = referenceReal.base[from + bin]
        let xI = referenceImaginary.base[from + bin]
        let eR = errorReal.base[bin] * correction
        let eI = errorImaginary.base[bin] * correction
        let wR = pathReal.base[path + bin] + step * (xR * eR + xI * eI)
        let wI = pathImaginary.base[path + bin] + step * (xR * eI - xI * eR)
        pathReal.base[path + bin] = wR
        pathImaginary.base[path + bin] = wI
        let left = certain * (1 - believed * step * referencePower.base[from + bin])
        uncertainty.base[path + bin] = keep * left + (1 - keep) * (wR * wR + wI * wI)
      }
    }
    if isCold {
      for partition in 0..<tuning.partitions { constrain(partition) }
    } else {
      constrain(turn)
      turn = turn + 1 == tuning.partitions ? 0 : turn + 1
    }
    return true
  }

  private func expectResidual() {
    residualPower.fill(0)
    for partition in 0..<tuning.partitions {
      let from = row(of: partition)
      let path = partition * Self.bins
      for bin in 0..<Self.bins {
        residualPower.base[bin] += uncertainty.base[path + bin] * referencePower.base[from + bin]
      }
    }
    for bin in 0..<Self.bins { residualPower.base[bin] *= Self.share }
  }

  /// The Kalman gain without the part of each partition: what is uncertain about the echo, against that and the near end together.
  private func findGain() -> Bool {
    let keep = tuning.nearSmoothing
    let floor = tuning.quietestNear * Float(Self.step)
    var loudest: Float = 0
    for bin in 0..<Self.bins {
      let expected = residualPower.base[bin]
      let near = max(errorPower.base[bin] - expected, floor)
      let smooth = keep * nearPower.base[bin] + (1 - keep) * near
      nearPower.base[bin] = smooth
      gain.base[bin] = Self.share / (expected + max(near, smooth))
      loudest = max(loudest, expected)
    }
    return loudest > floor * Self.audible
  }

  /// Keeps a partition's filter within its 320 samples: what lies beyond them is an artefact of the circular product.
  private func constrain(_ partition: Int) {
    let path = partition * Self.bins
    fourier.inverse(pathReal.base + path, pathImaginary.base + path, time.base)
    (time.base + Self.partitionLength).update(repeating: 0, count: Self.length - Self.partitionLength)
    if isCold && partition == 0 {
      var taper: Float = 1
      for index in tuning.directSamples..<Self.partitionLength {
        taper *= tuning.coldTaper
        time.base[index] *= taper
      }
    }
    fourier.forward(time.base, pathReal.base + path, pathImaginary.base + path)
  }
}
