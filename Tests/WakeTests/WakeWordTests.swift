import CAllocationCount
import Foundation
import Testing
import Units

@testable import Wake

/// The wake words that set-up installs.
private enum Installed {
  static let folder =
    (ProcessInfo.processInfo.environment["SOTTO_CACHE"] ?? NSHomeDirectory() + "/.cache/sotto") + "/models/wake"

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
  }

  static func word(_ name: String) throws -> WakeWord {
    let description = try WakeWordDescription(json: bytes(name + ".json"))
    return try WakeWord(description, model: bytes(description.model))
  }
}

/// Numbers that look random and are the same everywhere.
private struct Congruential: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}

private func noise(seconds: Int, seed: UInt64 = 7) -> [Int16] {
  var random = Congruential(state: seed)
  return (0..<seconds * 16_000).map {
    Int16.random(in: -1 << min(14, Int16($0 / 8_000) + 2)...1 << min(14, Int16($0 / 8_000) + 2), using: &random)
  }
}

@Suite struct FeatureTests {
  @Test func aFrameComesEachTenMilliseconds() {
    let extractor = FeatureExtractor()
    var frames = 0
    let sound = [Int16](repeating: 0, count: 1)
    for index in 0..<480 + 3 * 160 {
      extractor.process(sound.span) { _ in frames += 1 }
      #expect(frames == (index + 1 < 480 ? 0 : (index + 1 - 480) / 160 + 1))
    }
  }

  @Test func howSoundIsCutDoesNotMatter() {
    let sound = noise(seconds: 2)
    func features(cut: Int) -> [UInt16] {
      let extractor = FeatureExtractor()
      var all: [UInt16] = []
      for start in stride(from: 0, to: sound.count, by: cut) {
        extractor.process(sound.span.extracting(start..<min(start + cut, sound.count))) { frame in
          for index in 0..<frame.count { all.append(frame[index]) }
        }
      }
      return all
    }
    let whole = features(cut: sound.count)
    #expect(whole.count == 198 * 40)
    #expect(features(cut: 160) == whole)
    #expect(features(cut: 37) == whole)
  }

  @Test func silenceHasNoFeatures() {
    let extractor = FeatureExtractor()
    var loudest: UInt16 = 0
    extractor.process([Int16](repeating: 0, count: 16_000).span) { frame in
      for index in 0..<frame.count { loudest = max(loudest, frame[index]) }
    }
    #expect(loudest == 0)
  }

  @Test func afterAResetItHearsTheSameAgain() {
    let sound = noise(seconds: 1)
    let extractor = FeatureExtractor()
    var runs: [[UInt16]] = []
    for _ in 0..<2 {
      extractor.reset()
      var all: [UInt16] = []
      extractor.process(sound.span) { frame in for index in 0..<frame.count { all.append(frame[index]) } }
      runs.append(all)
    }
    #expect(runs[0] == runs[1])
    #expect(runs[0].contains { $0 > 100 })
  }

  /// A tone is loudest in the band whose middle is nearest on the mel scale.
  @Test(arguments: [(440.0, 5), (1000.0, 12), (3000.0, 26)])
  func aToneIsFoundInItsBand(tone: (hertz: Double, band: Int)) {
    let sound = (0..<8_000).map { Int16(10_000 * sin(2 * Double.pi * tone.hertz * Double($0) / 16_000)) }
    let extractor = FeatureExtractor()
    var first: [UInt16] = []
    extractor.process(sound.span) { frame in
      if first.isEmpty { for index in 0..<frame.count { first.append(frame[index]) } }
    }
    let loudest = first.indices.max { first[$0] < first[$1] }
    #expect(abs(Int(loudest ?? -9) - tone.band) <= 1)
  }
}

@Suite struct WakeWordTests {
  @Test(arguments: ["okay_nabu", "hey_jarvis", "hey_mycroft", "alexa"])
  func theInstalledWordsLoadAndStaySilentInNoise(name: String) throws {
    let word = try Installed.word(name)
    #expect(word.size < 200_000)
    let extractor = FeatureExtractor()
    var verdicts = 0
    var detections = 0
    extractor.process(noise(seconds: 20).span) { frame in
      guard let verdict = word.hear(frame) else { return }
      verdicts += 1
      if verdict.isDetected { detections += 1 }
    }
    #expect(verdicts == (20 * 100 - 2) / 3)
    #expect(detections == 0)
  }

  @Test func listeningAllocatesNothing() throws {
    let word = try Installed.word("okay_nabu")
    let extractor = FeatureExtractor()
    let sound = noise(seconds: 3)
    let body = { (frame: Span<UInt16>) in _ = word.hear(frame) }
    extractor.process(sound.span.extracting(first: 16_000), body)
    let before = sotto_allocations()
    extractor.process(sound.span.extracting(16_000..<48_000), body)
    #expect(sotto_allocations() == before)
  }

  @Test func aResetForgets() throws {
    let word = try Installed.word("hey_jarvis")
    let sound = noise(seconds: 2)
    var runs: [[UInt8]] = []
    for _ in 0..<2 {
      word.reset()
      var outputs: [UInt8] = []
      let extractor = FeatureExtractor()
      extractor.process(sound.span) { frame in if let verdict = word.hear(frame) { outputs.append(verdict.output) } }
      runs.append(outputs)
    }
    #expect(runs[0] == runs[1])
  }
}

@Suite struct SoundGateTests {
  /// Of each 10 ms, whether the gate was open.
  private func opened(by sound: [Int16]) -> [Bool] {
    var gate = SoundGate()
    let memory = FixedTable<Int16>(repeating: 0, count: SoundGate.step)
    return stride(from: 0, to: sound.count - SoundGate.step + 1, by: SoundGate.step).map { start in
      for index in 0..<SoundGate.step { memory[index] = sound[start + index] }
      return gate.hear(memory, at: 0)
    }
  }

  /// Sound that wanders as a quiet room's does: the sum of noises, each of half the bandwidth of the one before and twice its power.
  private func room(seconds: Int) -> [Int16] {
    var random = Congruential(state: 3)
    var held = [Double](repeating: 0, count: 10)
    return (0..<seconds * 16_000).map { index in
      for octave in held.indices where index % (1 << octave) == 0 { held[octave] = Double.random(in: -30...30, using: &random) }
      return Int16(held.reduce(0, +))
    }
  }

  @Test func aQuietRoomDoesNotOpenIt() {
    let open = opened(by: room(seconds: 30))
    #expect(open[..<100].allSatisfy { $0 }, "it does not know the room yet")
    #expect(open[110...].filter { $0 }.count < open.count / 50)
  }

  /// A vowel and a hissing consonant, little louder than the room.
  @Test(arguments: [(200.0, 300.0), (6_000, 200)])
  func aVoiceOpensIt(hertz: Double, amplitude: Double) {
    var sound = room(seconds: 10)
    for index in 128_000..<136_000 {
      sound[index] += Int16(amplitude * sin(2 * Double.pi * hertz * Double(index) / 16_000))
    }
    let open = opened(by: sound)
    #expect(!open[799])
    #expect(open[805...].prefix(90).allSatisfy { $0 })
    #expect(!open[998], "it closes a second after the last that stood out")
  }

  /// Noise of this amplitude from one second to another over the room's.
  private func noise(_ amplitude: Double, over sound: inout [Int16], seconds: Range<Int>) {
    var random = Congruential(state: 7)
    for index in seconds.lowerBound * 16_000..<seconds.upperBound * 16_000 {
      sound[index] += Int16(Double.random(in: -amplitude...amplitude, using: &random))
    }
  }

  /// A fan, an engine, rain: two seconds until it is known for the background, and the second that the gate stays open.
  @Test(arguments: [100.0, 1000, 10_000]) func noiseThatGoesOnIsTheBackgroundSoon(amplitude: Double) {
    var sound = room(seconds: 20)
    noise(amplitude, over: &sound, seconds: 10..<20)
    let open = opened(by: sound)
    #expect(open[1005], "it is sound at first")
    #expect(open[1380...].filter { $0 }.count < 12)
  }

  /// Words of half a second with short pauses, for half a minute.
  @Test func speechDoesNotBecomeTheBackground() {
    var sound = room(seconds: 40)
    for index in 160_000..<640_000 where index % 10_400 < 8_000 {
      sound[index] += Int16(3000 * sin(2 * Double.pi * 200 * Double(index) / 16_000))
    }
    #expect(opened(by: sound)[1005..<4000].allSatisfy { $0 })
  }

  @Test func aConstantOffsetIsNoSound() {
    let open = opened(by: [Int16](repeating: 12_000, count: 48_000))
    #expect(open[110...].allSatisfy { !$0 })
  }

  /// Full scale does not overflow.
  @Test func theLoudestSoundIsHeard() {
    let loudest = (0..<32_000).map { $0 < 16_000 ? Int16(0) : $0 / 8 % 2 == 0 ? Int16.max : Int16.min }
    #expect(opened(by: loudest)[102...].allSatisfy { $0 })
  }
}

@Suite struct HostileModelTests {
  @Test func whateverIsCutOffIsRefused() throws {
    let model = try Installed.bytes("hey_jarvis.tflite")
    for length in stride(from: 0, to: model.count, by: 331) {
      #expect(throws: ModelError.self) { try WakeNetwork(Array(model[..<length])) }
    }
  }

  /// A model with changed bytes is refused, or it runs; it never reads or writes where it must not (the debug build checks each access).
  @Test func changedBytesDoNoHarm() throws {
    let model = try Installed.bytes("okay_nabu.tflite")
    var random = Congruential(state: 11)
    var refused = 0
    let input = [Int8](repeating: 3, count: 120)
    for _ in 0..<600 {
      var changed = model
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do throws(ModelError) {
        let network = try WakeNetwork(changed)
        if network.frames == 3 { _ = network.run(input.span) }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 40)
  }

  @Test func errorsNameTheOperator() {
    var text = TextBuffer()
    ModelError(.usage, operator: 3, step: 12).describe(in: &text)
    ModelError(.operator, operator: 77).describe(in: &text)
    #expect(
      String(decoding: text.bytes, as: UTF8.self)
        == "the model uses an operator in a way that is not supported (CONV_2D, step 12)"
        + "the model needs an operator that is not supported (operator 77)")
  }
}

@Suite struct ManifestTests {
  private func read(_ text: String) -> Result<WakeWordDescription, WakeWordError> {
    do throws(WakeWordError) { return .success(try WakeWordDescription(json: Array(text.utf8))) } catch { return .failure(error) }
  }

  private let good = #"""
    {"type": "micro", "wake_word": "Hé \u00fc \ud83d\ude00", "author": "x", "model": "a.tflite", "trained_languages": ["en", ["deep"]],
     "version": 2, "micro": {"probability_cutoff": 0.97, "sliding_window_size": 5, "feature_step_size": 10, "other": {"wake_word": "no"}}}
    """#

  @Test func aManifestIsRead() throws {
    let description = try read(good).get()
    #expect(description == WakeWordDescription(phrase: "Hé ü 😀", model: "a.tflite", cutoff: 0.97, window: 5))
  }

  @Test(arguments: [
    ("0.97", "1.01"), ("0.97", "\"0.97\""), (": 5", ": 5.5"), (": 5", ": 0"), ("a.tflite", "../a.tflite"),
    ("a.tflite", ".hidden"),
    ("\"version\": 2", "\"version\": 1"), (": 10", ": 20"), ("}}", "}"), ("}}", "}} x"), ("0.97", "0.9.7"), ("0.97", "-"),
    ("0.97", "01"),
    ("ud83d", "ud8"), ("\"x\"", "nul"), ("\"x\"", "\"\u{1}\""),
  ])
  func whatIsWrongIsRefused(change: (String, String)) {
    let text = good.replacingOccurrences(of: change.0, with: change.1)
    #expect(text != good)
    guard case .failure = read(text) else {
      Issue.record("\(change) was accepted")
      return
    }
  }

  @Test func nestingIsBounded() {
    guard case .failure(.notJSON) = read(String(repeating: "[", count: 60_000)) else {
      Issue.record("deep nesting was accepted")
      return
    }
  }

  @Test func everyCutIsRefused() {
    let bytes = Array(good.utf8)
    for length in 0..<bytes.count - 1 {
      #expect(throws: WakeWordError.self) { try WakeWordDescription(json: Array(bytes[..<length])) }
    }
  }
}

@Suite struct SensitivityTests {
  @Test(arguments: [
    ("low", 0.85, 0.925), ("normal", 0.85, 0.85), ("high", 0.85, 0.70), ("highest", 0.85, 0.425), ("high", 0.97, 0.94),
    ("0.5", 0.97, 0.5), ("low", 0.99, 0.99), ("high", 0.5, 0.25),
  ])
  func aStepMovesTheCutoffByItsDistanceFromOne(text: String, own: Double, cutoff: Double) throws {
    let sensitivity = try #require(WakeSensitivity(text))
    #expect(abs(sensitivity.cutoff(for: own) - cutoff) < 1e-9)
  }

  @Test(arguments: ["", "loud", "1", "0.", "0.04", "0.991", "0.12345", ".5", "0,5", "High", "-0.5", "0.5 "])
  func otherWordsAreNone(text: String) { #expect(WakeSensitivity(text) == nil) }

  @Test func moreSensitiveNeverRaisesACutoff() {
    for own in stride(from: 0.05, through: 0.99, by: 0.01) {
      let steps = [WakeSensitivity.low, .normal, .high, .highest].map { $0.cutoff(for: own) }
      #expect(steps == steps.sorted(by: >), "own cutoff \(own)")
    }
  }

  @Test func aListNamesWordsAndTheirSensitivities() throws {
    let list = try WakeWordChoice.list("okay_nabu,hey_jarvis high ,  alexa 0.85")
    #expect(
      list == [
        WakeWordChoice(name: "okay_nabu"), WakeWordChoice(name: "hey_jarvis", sensitivity: .high),
        WakeWordChoice(name: "alexa", sensitivity: .cutoff(0.85)),
      ])
  }

  @Test(arguments: ["", "a,", "a,,b", "a b c", "a, a low", "../a", "a/b", "ä", "a loud", "a,b,c,d,e,f,g,h,i"])
  func aListThatMakesNoSenseIsRefused(text: String) {
    #expect(throws: WakeWordChoice.Problem.self) { try WakeWordChoice.list(text) }
  }
}
