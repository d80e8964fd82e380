import CAllocationCount
import Foundation
import HAL
import Testing
import Units

@testable import Voice

/// A loudspeaker near a microphone: what is played at 24 kHz is heard at 16 kHz, later, over a few paths.
private struct Echo {
  /// Delay in seconds and gain of each path: direct, from the cheek, from the walls.
  static let paths: [(delay: Double, gain: Double)] = [
    (0.0006, 0.30), (0.0011, -0.09), (0.0093, 0.05), (0.0312, 0.025),
  ]

  /// A voice without words: noise through a resonance, in syllables. Exact at every instant, so that it is heard at any rate.
  static func voice(at time: Double) -> Double {
    guard time >= 0 else { return 0 }
    let syllable = time.truncatingRemainder(dividingBy: 0.27)
    guard syllable < 0.2 else { return 0 }
    let pitch = 110 + 30 * sin(time * 2.1)
    var sum = 0.0
    for harmonic in 1...12 {
      let number = Double(harmonic)
      let formant = 1 / (1 + pow((number * pitch - 500 - 300 * sin(time * 3)) / 700, 2))
      sum += sin(2 * Double.pi * number * (110 * time - 30 / 2.1 * cos(time * 2.1)) + number * number) * (0.2 + formant)
    }
    return 0.03 * sum * sin(Double.pi * syllable / 0.2)
  }

  /// The microphone's clock runs this much faster than the speaker's.
  var drift = 0.0

  func heard(at time: Double) -> Double {
    Self.paths.reduce(0) { $0 + $1.gain * Self.voice(at: (time - $1.delay)) }
  }
}

/// Plays `seconds` of the voice and hears it in blocks of 20 ms; returns the echo and what is left of it, block by block, in decibels.
private func cancel(
  seconds: Double, drift: Double = 0, jitter: Double = 0, control: EchoControl = EchoControl(),
  near: (Double) -> Double = { _ in 0 }, left: ((Int, [Int16]) -> Void)? = nil
) -> (echo: [Double], rest: [Double]) {
  let scene = Echo()
  var echoes: [Double] = []
  var rests: [Double] = []
  var random = SeededNumbers(state: 5)
  func shake() -> Double { jitter * (Double(random.next() >> 11) / Double(1 << 53) - 0.5) }
  func instant(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64((1 + seconds) * 1e9)) }
  control.begin()
  for block in 0..<Int(seconds * 50) {
    // The speaker is fed 40 ms ahead.
    for ahead in block == 0 ? [-2, -1, 0] : [block] { play(ahead, to: control, at: { instant($0 * (1 + drift) + shake()) }) }
    // The microphone's samples as the real time has them.
    let start = Double(block) * 0.02
    var energy = 0.0
    var sound = [Int16](repeating: 0, count: 320)
    for index in 0..<320 {
      let time = start + Double(index) / 16_000
      let echo = scene.heard(at: time / (1 + drift))
      energy += echo * echo
      let hiss = (Double(random.next() >> 40) / Double(1 << 24) - 0.5) * 0.0005
      sound[index] = Int16(max(min((echo + near(time) + hiss) * 32_768, 32_767), -32_768).rounded())
    }
    var output: [Int16] = []
    control.process(sound.span, firstSample: instant(start + shake())) { samples, _ in
      for index in 0..<samples.count { output.append(samples[index]) }
    }
    echoes.append(10 * log10(energy / 320 + 1e-12))
    rests.append(20 * log10(Signal.rms(output) / 32_768 + 1e-6))
    left?(block, output)
  }
  return (echoes, rests)
}

private func play(_ block: Int, to control: EchoControl, at instant: (Double) -> Instant) {
  // 40 ms ahead of what is heard now.
  let start = Double(block + 2) * 0.02
  let samples = (0..<480).map { Int16((Echo.voice(at: start + Double($0) / 24_000) * 32_768).rounded()) }
  control.reference.play(samples.span, at: instant(start))
}

private func mean(_ decibels: ArraySlice<Double>) -> Double {
  10 * log10(decibels.reduce(0) { $0 + pow(10, $1 / 10) } / Double(max(decibels.count, 1)))
}

@Suite struct RealFourierTests {
  @Test func theTransformIsTheSumThatDefinesIt() {
    let fourier = RealFourier()
    var random = SeededNumbers(state: 1)
    let samples = (0..<512).map { _ in Float(Int64(random.next() >> 40)) / Float(1 << 24) - 0.5 }
    var real = [Float](repeating: 0, count: 257)
    var imaginary = real
    fourier.forward(samples, &real, &imaginary)
    for bin in [0, 1, 2, 63, 64, 127, 200, 255, 256] {
      var sumReal = 0.0
      var sumImaginary = 0.0
      for (index, sample) in samples.enumerated() {
        let angle = -2 * Double.pi * Double(bin * index % 512) / 512
        sumReal += Double(sample) * cos(angle)
        sumImaginary += Double(sample) * sin(angle)
      }
      #expect(abs(Double(real[bin]) - sumReal) < 1e-4)
      #expect(abs(Double(imaginary[bin]) - sumImaginary) < 1e-4)
    }
    var back = [Float](repeating: 0, count: 512)
    fourier.inverse(real, imaginary, &back)
    #expect(zip(samples, back).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}

@Suite struct StreamClockTests {
  @Test func itLearnsThePaceOfAnotherCrystalThroughJitter() {
    var clock = StreamClock(rate: 16_000)
    var random = SeededNumbers(state: 9)
    let pace = 62_500 * (1 + 150e-6)
    for block in 0..<3_000 {
      let jitter = (Double(random.next() >> 11) / Double(1 << 53) - 0.5) * 1e6
      let at = Instant(nanoseconds: Int64(Double(block * 320) * pace + jitter) + 5_000_000_000)
      clock.observe(Int64(block) * 320, at: at)
    }
    let next = Int64(3_000 * 320)
    let error = Double((clock.time(of: next) - Instant(nanoseconds: 5_000_000_000)).nanoseconds) - Double(next) * pace
    #expect(abs(error) < 150_000)
    #expect(abs(clock.pace / pace - 1) < 60e-6)
    #expect(abs(clock.position(at: clock.time(of: next)) - Double(next)) < 0.01)
  }

  @Test func aLeapIsTakenAtOnce() {
    var clock = StreamClock(rate: 16_000)
    clock.observe(0, at: milliseconds(100))
    let follows = clock.observe(320, at: milliseconds(120))
    #expect(follows)
    let leaps = !clock.observe(640, at: milliseconds(200))
    #expect(leaps)
    #expect(clock.time(of: 640) == milliseconds(200))
  }
}

@Suite struct EchoTests {
  @Test func theEchoGoesInTheFirstSecondAndStaysAway() {
    let (echo, rest) = cancel(seconds: 5)
    #expect(mean(echo[..<50]) - mean(rest[..<50]) > 8)
    #expect(mean(echo[200...]) - mean(rest[200...]) > 20)
  }

  @Test func theTwoClocksMayDriftAndJitter() {
    let (echo, rest) = cancel(seconds: 8, drift: 100e-6, jitter: 0.0004)
    #expect(mean(echo[300...]) - mean(rest[300...]) > 15)
  }

  @Test func aVoiceOverTheEchoIsKeptAndUnlearnsNothing() {
    func voice(_ time: Double) -> Double { time > 4 && time < 6 ? Echo.voice(at: time * 1.31 + 7) * 0.5 : 0 }
    var kept = 0.0
    var wrong = 0.0
    let (echo, rest) = cancel(seconds: 8, near: voice) { block, samples in
      guard block >= 200, block < 300 else { return }
      for index in samples.indices {
        let near = voice(Double(block) * 0.02 + Double(index) / 16_000)
        kept += near * near
        wrong += pow(Double(samples[index]) / 32_768 - near, 2)
      }
    }
    #expect(10 * log10(kept / wrong) > 15)
    #expect(mean(echo[300..<325]) - mean(rest[300..<325]) > 18)
  }

  @Test func aMutedMicrophoneIsLeftAlone() {
    let control = EchoControl()
    let zeros = [Int16](repeating: 0, count: 320)
    var passed = 0
    for block in 0..<50 {
      play(block, to: control, at: { milliseconds(1_000) + .nanoseconds(Int64($0 * 1e9)) })
      control.process(zeros.span, firstSample: milliseconds(1_000 + Int64(block) * 20)) { samples, _ in
        for index in 0..<samples.count where samples[index] == 0 { passed += 1 }
      }
      #expect(!control.isActive)
    }
    #expect(passed == 16_000)
    #expect(control.canceller.stepsLearnt == 0)
  }

  @Test func silenceOfTheSpeakerPassesSoundUntouched() {
    let control = EchoControl()
    let sound = Signal.noise(milliseconds: 1_000, decibels: -30)
    var output: [Int16] = []
    for block in 0..<50 {
      control.process(sound.span.extracting(block * 320..<block * 320 + 320), firstSample: milliseconds(Int64(block) * 20)) {
        samples, at in
        #expect(at == milliseconds(Int64(block) * 20))
        for index in 0..<samples.count { output.append(samples[index]) }
      }
    }
    #expect(output == sound)
    #expect(!control.isActive)
  }

  @Test func nothingIsLostOrDoubledWhereTheCancellerComesAndGoes() {
    let control = EchoControl()
    let tone = Signal.tone(milliseconds: 100, hertz: 500, decibels: -20, rate: 24_000)
    control.reference.play(tone.span, at: milliseconds(150))
    var next = milliseconds(0)
    var count = 0
    // Blocks that fit no step.
    for block in 0..<100 {
      let sound = [Int16](repeating: 3, count: 233)
      let at = Instant(nanoseconds: Int64(block) * 233 * 62_500)
      control.process(sound.span, firstSample: at) { samples, first in
        #expect(abs((first - next).microseconds) < 2)
        next = first + SampleTime.duration(of: samples.count, rate: 16_000)
        count += samples.count
      }
    }
    #expect(!control.isActive)
    #expect(count == 23_300)
  }

  @Test func whatIsDroppedIsNotExpectedAsEcho() {
    let reference = PlaybackReference()
    let tone = Signal.tone(milliseconds: 100, hertz: 500, decibels: -20, rate: 24_000)
    reference.play(tone.span, at: milliseconds(1_000))
    #expect(reference.isHeard(at: milliseconds(1_090), memory: .zero))
    reference.cut(at: milliseconds(1_050))
    #expect(!reference.isHeard(at: milliseconds(1_060), memory: .zero))
    var samples = [Float](repeating: 0, count: 160)
    reference.read(at: milliseconds(1_020), pace: 62_500, count: 160, into: &samples)
    #expect(samples.map(abs).max()! > 0.1)
    reference.read(at: milliseconds(1_060), pace: 62_500, count: 160, into: &samples)
    #expect(samples.allSatisfy { $0 == 0 })
    // What follows stands where it is heard, not where the dropped sound would have ended.
    reference.play(tone.span, at: milliseconds(1_080))
    reference.read(at: milliseconds(1_090), pace: 62_500, count: 160, into: &samples)
    #expect(samples.map(abs).max()! > 0.1)
  }

  @Test func cancellingAllocatesNothing() {
    let control = EchoControl()
    let sound = Signal.noise(milliseconds: 20, decibels: -30)
    let played = [Int16](repeating: 900, count: 480)
    let before = listen(to: control, sound, played, from: 0, through: 20)
    let after = listen(to: control, sound, played, from: 20, through: 60)
    #expect(after == before)
    #expect(control.isActive)
  }

  /// Calls of the allocator when it was done.
  private func listen(to control: EchoControl, _ sound: [Int16], _ played: [Int16], from: Int, through: Int) -> UInt64 {
    for block in from..<through {
      let now = milliseconds(Int64(block) * 20)
      control.reference.play(played.span, at: now + .milliseconds(40))
      control.process(sound.span, firstSample: now) { _, _ in }
    }
    return sotto_allocations()
  }
}
