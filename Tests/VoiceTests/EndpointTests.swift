import Foundation
import HAL
import Testing
import Units

@testable import Voice

/// Milliseconds of the detector's events.
private struct Found: Equatable {
  var began: Int64?
  var lastSpeech: Int64?
  var reason: EndReason?
  var saidNothing = false

  init(_ events: [EndpointEvent]) {
    for event in events {
      switch event {
      case .speechBegan(let at): began = at.nanoseconds / 1_000_000
      case .ended(let reason, let last):
        self.reason = reason
        lastSpeech = last.nanoseconds / 1_000_000
      case .nothingSaid: saidNothing = true
      }
    }
  }
}

@Suite struct SoundLevelTests {
  @Test(arguments: [(-4.0, 5_000), (-26.0, 1_000), (-60.0, 440)])
  func levelsAreTrueToAFifthOfADecibel(decibels: Double, hertz: Int) {
    var meter = LevelMeter()
    let tone = Signal.tone(milliseconds: 100, hertz: Double(hertz), decibels: decibels)
    var level = SoundLevel.silence
    for frame in 0..<5 { level = meter.measure(tone.span.extracting(frame * 320..<frame * 320 + 320)) }
    // Gain of y = x − x₁ + 0.9 y₁ at this frequency.
    let angle = 2 * Double.pi * Double(hertz) / 16_000
    let gain = 10 * log10((2 - 2 * cos(angle)) / (1.81 - 1.8 * cos(angle)))
    #expect(abs(Double(level.centibels) / 100 - decibels - gain) < 0.2)
  }

  @Test func anOffsetIsNotSound() {
    var meter = LevelMeter()
    let offset = [Int16](repeating: 5_000, count: 320)
    #expect(meter.measure(offset.span) == .silence)
  }

  @Test func digitalSilenceHasAFloor() {
    #expect(SoundLevel(sumOfSquares: 0, count: 320) == .silence)
    #expect(SoundLevel(sumOfSquares: 1, count: 320) >= .silence)
    #expect(SoundLevel(sumOfSquares: 320 << 30, count: 320).centibels == 0)
  }
}

@Suite struct EndpointTests {
  @Test(arguments: [-70.0, -55.0, -40.0]) func steadyNoiseIsNoSpeech(decibels: Double) {
    for seed in UInt64(1)...3 {
      let found = Found(endpoints(Signal.noise(milliseconds: 7_000, decibels: decibels, seed: seed)))
      #expect(found.began == nil)
      #expect(found.saidNothing)
    }
  }

  @Test(arguments: [-70.0, -45.0]) func itIsQuietBeforeAndAfterWords(decibels: Double) {
    let speech =
      Signal.zeros(milliseconds: 600) + Signal.syllables(milliseconds: 1_500, decibels: -20) + Signal.zeros(milliseconds: 400)
    let sound = Signal.mix(speech, Signal.noise(milliseconds: 2_500, decibels: decibels))
    var detector = EndpointDetector(ListeningPolicy(), wake: .zero)
    var quiet: [Bool] = []
    for frame in 0..<sound.count / 320 {
      _ = detector.feed(sound.span.extracting(frame * 320..<frame * 320 + 320), firstSample: milliseconds(Int64(frame) * 20))
      quiet.append(detector.isQuiet)
    }
    #expect(quiet[12..<30].allSatisfy { $0 })
    #expect(quiet[31..<105].allSatisfy { !$0 })
    #expect(quiet[116...].allSatisfy { $0 })
  }

  @Test func nothingSaidCountsFromTheWake() {
    var detector = EndpointDetector(ListeningPolicy(), wake: milliseconds(1_000))
    let frame = [Int16](repeating: 0, count: 320)
    var at = Instant.zero
    var when: Instant?
    while when == nil && at < milliseconds(20_000) {
      if detector.feed(frame.span, firstSample: at) == .nothingSaid { when = at + .milliseconds(20) }
      at += .milliseconds(20)
    }
    #expect(when == milliseconds(7_000))
  }

  @Test(arguments: [-70.0, -55.0, -40.0]) func speechInNoiseIsFoundWithin60Milliseconds(decibels: Double) throws {
    let speech =
      Signal.zeros(milliseconds: 500) + Signal.syllables(milliseconds: 1_500, decibels: -20) + Signal.zeros(milliseconds: 1_500)
    let found = Found(endpoints(Signal.mix(speech, Signal.noise(milliseconds: 3_500, decibels: decibels))))
    let began = try #require(found.began)
    let last = try #require(found.lastSpeech)
    #expect(abs(began - 500) <= 60)
    // The last syllable of 1500 ms ends at 1500 + (1500 % 220 = 180): exactly at the end.
    #expect(abs(last - 2_000) <= 60)
    #expect(found.reason == .silence)
  }

  @Test func theDecisionComesEndSilenceAfterTheLastSpeech() throws {
    var policy = ListeningPolicy()
    policy.endSilence = .milliseconds(400)
    let sound = Signal.mix(
      Signal.zeros(milliseconds: 300) + Signal.syllables(milliseconds: 1_060, decibels: -20) + Signal.zeros(milliseconds: 2_000),
      Signal.noise(milliseconds: 3_360, decibels: -60))
    var detector = EndpointDetector(policy, wake: .zero)
    for index in 0..<sound.count / 320 {
      let at = milliseconds(Int64(index) * 20)
      if case .ended(_, let last)? = detector.feed(sound.span.extracting(index * 320..<index * 320 + 320), firstSample: at) {
        #expect(at + .milliseconds(20) - last == .milliseconds(400))
        return
      }
    }
    Issue.record("no end")
  }

  @Test func preRollThatBeginsInMidSpeechIsRecognisedInHindsight() throws {
    // 1 s of pre-roll full of speech, the wake, 1 s more of it, then the room.
    let sound = Signal.mix(
      Signal.syllables(milliseconds: 2_000, decibels: -24) + Signal.zeros(milliseconds: 1_500),
      Signal.noise(milliseconds: 3_500, decibels: -58))
    let found = Found(endpoints(sound, start: milliseconds(9_000), wake: milliseconds(10_000)))
    #expect(try #require(found.began) <= 9_060)
    #expect(abs(try #require(found.lastSpeech) - 10_980) <= 60)
  }

  @Test func speechThatWasOverBeforeTheWakeEndsTheTurnOnlyAfterMorePatience() throws {
    let sound = Signal.mix(
      Signal.syllables(milliseconds: 840, decibels: -24) + Signal.zeros(milliseconds: 3_000),
      Signal.noise(milliseconds: 3_840, decibels: -58))
    var detector = EndpointDetector(ListeningPolicy(), wake: milliseconds(1_000))
    var ended: Instant?
    for index in 0..<sound.count / 320 where ended == nil {
      let at = milliseconds(Int64(index) * 20)
      if case .ended? = detector.feed(sound.span.extracting(index * 320..<index * 320 + 320), firstSample: at) {
        ended = at + .milliseconds(20)
      }
    }
    #expect(ended == milliseconds(2_200))
  }

  @Test func digitalSilenceBeforeANoisyRecordingDoesNotMakeItsNoiseSpeech() throws {
    let recording = Signal.mix(
      Signal.zeros(milliseconds: 400) + Signal.syllables(milliseconds: 1_060, decibels: -20) + Signal.zeros(milliseconds: 300),
      Signal.noise(milliseconds: 1_760, decibels: -45))
    let found = Found(endpoints(Signal.zeros(milliseconds: 1_000) + recording + Signal.zeros(milliseconds: 1_000)))
    #expect(abs(try #require(found.began) - 1_400) <= 60)
    #expect(abs(try #require(found.lastSpeech) - 2_460) <= 60)
  }

  @Test func aClickIsNoSpeechAndDoesNotProlongIt() throws {
    var click = Signal.noise(milliseconds: 7_000, decibels: -60)
    for start in [500, 900, 1_700] { for index in 0..<640 { click[start * 16 + index] = index % 2 == 0 ? 9_000 : -9_000 } }
    #expect(Found(endpoints(click)).began == nil)

    var speech = Signal.mix(
      Signal.syllables(milliseconds: 1_060, decibels: -20) + Signal.zeros(milliseconds: 2_000),
      Signal.noise(milliseconds: 3_060, decibels: -60))
    for index in 0..<160 { speech[1_300 * 16 + index] = index % 2 == 0 ? 9_000 : -9_000 }
    #expect(abs(try #require(Found(endpoints(speech)).lastSpeech) - 1_060) <= 60)
  }

  @Test func anUtteranceWithoutEndIsCutAtTheLongest() throws {
    var policy = ListeningPolicy()
    policy.longestUtterance = .milliseconds(3_000)
    let sound = Signal.mix(Signal.syllables(milliseconds: 6_000, decibels: -20), Signal.noise(milliseconds: 6_000, decibels: -60))
    let found = Found(endpoints(sound, policy: policy))
    #expect(found.reason == .longest)
    #expect(abs(try #require(found.lastSpeech) - 3_000) <= 100)
  }

  @Test func aPauseShorterThanTheEndSilenceDoesNotEndTheTurn() throws {
    let sound = Signal.mix(
      Signal.syllables(milliseconds: 1_060, decibels: -20) + Signal.zeros(milliseconds: 540)
        + Signal.syllables(milliseconds: 1_060, decibels: -20) + Signal.zeros(milliseconds: 1_000),
      Signal.noise(milliseconds: 3_660, decibels: -50))
    #expect(abs(try #require(Found(endpoints(sound)).lastSpeech) - 2_660) <= 60)
  }

  @Test func theGlassesOwnChimeIsNotSpeech() {
    let chime = Signal.tone(milliseconds: 200, hertz: 880, decibels: -25)
    let sound = Signal.mix(
      Signal.zeros(milliseconds: 1_000) + chime + Signal.zeros(milliseconds: 6_500),
      Signal.noise(milliseconds: 7_700, decibels: -60))
    func events(ignoring: Bool) -> [EndpointEvent] {
      var detector = EndpointDetector(ListeningPolicy(), wake: milliseconds(1_000))
      if ignoring { detector.ignore(from: milliseconds(1_000), until: milliseconds(1_200)) }
      return (0..<sound.count / 320).compactMap { index in
        detector.feed(sound.span.extracting(index * 320..<index * 320 + 320), firstSample: milliseconds(Int64(index) * 20))
      }
    }
    #expect(events(ignoring: true) == [.nothingSaid])
    #expect(events(ignoring: false).first == .speechBegan(at: milliseconds(1_000)))
  }

  @Test func itSaysNothingMoreOnceItIsOver() {
    let sound = Signal.noise(milliseconds: 7_000, decibels: -60) + Signal.syllables(milliseconds: 3_000, decibels: -20)
    #expect(endpoints(sound) == [.nothingSaid])
  }
}

/// What somebody with the whole recording at hand would mark: first and last 20 ms frames of speech by energy, in milliseconds.
private func referenceEndpoints(_ samples: [Int16]) -> (onset: Double, end: Double, noise: Double) {
  var last = Double(samples[0])
  var output = 0.0
  var levels: [Double] = []
  var sum = 0.0
  for (index, sample) in samples.enumerated() {
    output = Double(sample) - last + 0.9 * output
    last = Double(sample)
    sum += output * output
    if index % 160 == 159 {
      levels.append(10 * log10(max(sum / 160, 0.1) / (32_768 * 32_768)))
      sum = 0
    }
  }
  let sorted = levels.sorted()
  let noise = sorted[sorted.count / 20]
  let loud = sorted[sorted.count * 19 / 20]
  let limit = noise + max(0.33 * (loud - noise), 8)
  // 60 of 100 ms above the limit, the outermost of them.
  func isSpeech(_ at: Int) -> Bool {
    levels[at] > limit
      && (levels[max(at - 9, 0)...at].filter { $0 > limit }.count >= 6
        || levels[at...min(at + 9, levels.count - 1)].filter { $0 > limit }.count >= 6)
  }
  let speech = levels.indices.filter(isSpeech)
  return (Double(speech.first ?? 0) * 10, Double((speech.last ?? 0) + 1) * 10, noise)
}

@Suite(.enabled(if: HumanClips.areInstalled, "Debian's pocketsphinx-testdata is not installed"))
struct HumanClipTests {
  @Test(arguments: [false, true]) func humanSpeechIsMarkedWithin150MillisecondsAndNeverCutEarly(digitalSilence: Bool) throws {
    var worstOnset = 0.0
    var worstEnd = 0.0
    for name in HumanClips.names {
      let clip = try HumanClips.samples(name)
      let reference = referenceEndpoints(clip)
      let room = { (time: Int, seed: UInt64) in
        digitalSilence
          ? Signal.zeros(milliseconds: time) : Signal.noise(milliseconds: time, decibels: reference.noise, seed: seed)
      }
      let lead = 400
      let sound = room(lead, 3) + clip + room(1_200, 4)
      let found = Found(endpoints(sound))
      let began = Double(try #require(found.began, "\(name): no speech")) - Double(lead)
      let last = Double(try #require(found.lastSpeech, "\(name): no end")) - Double(lead)
      worstOnset = max(worstOnset, abs(began - reference.onset))
      worstEnd = max(worstEnd, abs(last - reference.end))
      #expect(abs(began - reference.onset) <= 150, "\(name): onset \(began), reference \(reference.onset)")
      #expect(abs(last - reference.end) <= 150, "\(name): end \(last), reference \(reference.end)")
    }
    print("endpointing of \(HumanClips.names.count) human clips: worst onset \(worstOnset) ms, worst end \(worstEnd) ms")
  }
}
