import HAL
import Testing
import Units

@testable import Voice

/// Plays steps of 10 ms to a policy; the actions with the number of the step that brought them.
private struct Play {
  var policy = InterruptionPolicy()
  var step = 0
  var found: [(step: Int, action: InterruptionAction)] = []

  mutating func hear(_ steps: Int, evidence: Float, level: Float = -26, voiced: Float = 0, bright: Float = 0) {
    for _ in 0..<steps {
      let voicing = Voicing(strength: voiced, pitch: 120, brightness: bright)
      let at = milliseconds(Int64(step) * 10)
      if let action = policy.take(NearEnd.Step(evidence: evidence, level: level, voicing: voicing), at: at) {
        found.append((step, action))
      }
      step += 1
    }
  }

  mutating func speak(_ steps: Int) { hear(steps, evidence: 0.8, voiced: 0.9, bright: 0.2) }
  mutating func beQuiet(_ steps: Int) { hear(steps, evidence: 0, level: -60) }
}

@Suite struct InterruptionTests {
  @Test func aVoiceDucksThenSilencesThenStops() {
    var play = Play()
    play.beQuiet(100)
    play.speak(60)
    #expect(play.found.map(\.action).prefix(3) == [.duck, .pause, .stop(onset: milliseconds(1_000))])
    let delays = play.found.prefix(3).map { $0.step - 100 }
    #expect(delays[0] <= 4, "ducked within 40 ms")
    #expect(delays[1] <= 12, "silent within 120 ms")
    #expect(delays[2] <= 30)
  }

  @Test func aCoughPausesAndTheAnswerGoesOn() {
    var play = Play()
    play.beQuiet(100)
    play.hear(25, evidence: 0.9, voiced: 0.2, bright: 0.6)
    play.beQuiet(60)
    #expect(play.found.map(\.action) == [.duck, .pause, .resume])
  }

  @Test func aHumIsNoInterruption() {
    var play = Play()
    play.beQuiet(100)
    play.hear(40, evidence: 0.4, voiced: 0.95, bright: 0.005)
    play.beQuiet(60)
    #expect(play.found.map(\.action) == [.duck, .pause, .resume])
  }

  @Test func aClickOnlyDucks() {
    var play = Play()
    play.beQuiet(100)
    play.hear(4, evidence: 0.9, bright: 0.6)
    play.beQuiet(60)
    #expect(play.found.map(\.action) == [.duck, .resume])
  }

  @Test func aVoiceMuchWeakerThanTheWearersIsSomebodyElses() {
    var play = Play()
    play.policy.ownLevel = -20
    play.beQuiet(100)
    play.hear(100, evidence: 0.8, level: -38, voiced: 0.9, bright: 0.2)
    #expect(play.found.isEmpty)
    play.hear(60, evidence: 0.8, level: -24, voiced: 0.9, bright: 0.2)
    #expect(play.found.count >= 3)
  }

  @Test func noiseThatStaysDoesNotHoldTheAnswerForEver() {
    var play = Play()
    play.beQuiet(100)
    play.hear(200, evidence: 0.5, voiced: 0.1, bright: 0.5)
    #expect(play.found.map(\.action).prefix(3) == [.duck, .pause, .resume])
    #expect(play.found[2].step - 100 <= 155)
  }

  @Test func ownEchoAloneDisturbsNothingOnceTheEchoPathIsKnown() {
    let control = EchoControl()
    let detector = InterruptionDetector()
    detector.begin(ownLevel: -26)
    var found: [InterruptionAction] = []
    let sound = Signal.syllables(milliseconds: 6_000, decibels: -20)
    // The speaker's rate, by repeating every second sample.
    let played = (0..<sound.count * 3 / 2).map { sound[$0 * 2 / 3] }
    for block in 0..<300 {
      let now = milliseconds(Int64(block) * 20)
      control.reference.play(played.span.extracting(block * 480..<block * 480 + 480), at: now)
      var heard = [Int16](repeating: 0, count: 320)
      for index in 0..<320 {
        let place = Double(block * 480) + Double(index) * 1.5 - 60
        guard place >= 0 else { continue }
        let from = Int(place)
        let part = place - Double(from)
        heard[index] = Int16((0.4 * (Double(played[from]) * (1 - part) + Double(played[from + 1]) * part)).rounded())
      }
      control.process(heard.span, firstSample: now) { samples, at in
        detector.take(samples, firstSample: at, echo: control) { if block > 50 { found.append($0) } }
      }
    }
    #expect(found.isEmpty)
  }
}

@Suite struct DuckingTests {
  private func filled(_ count: Int) -> PlaybackQueue {
    var queue = PlaybackQueue(startThreshold: .zero)
    let sound = [Int16](repeating: 8_000, count: count)
    let taken = queue.enqueue(sound.span)
    precondition(taken == count)
    return queue
  }

  private func feed(_ queue: inout PlaybackQueue, pending: Int = 0, lead: Int) -> [Int16] {
    let speaker = Taker()
    _ = queue.feed(pending: pending, lead: lead) { speaker.take($0) }
    return speaker.samples
  }

  /// A speaker with all the room there is.
  private final class Taker {
    var samples: [Int16] = []

    func take(_ taken: Span<Int16>) -> Int {
      for index in 0..<taken.count { samples.append(taken[index]) }
      return taken.count
    }
  }

  @Test func theLeadBoundsWhatTheSpeakerHolds() {
    var queue = filled(24_000)
    #expect(feed(&queue, lead: 1_440).count == 1_440)
    #expect(feed(&queue, pending: 1_000, lead: 1_440).count == 440)
    #expect(feed(&queue, pending: 1_440, lead: 1_440).isEmpty)
  }

  @Test func duckingGlidesToAQuarterAndBack() {
    var queue = filled(24_000)
    #expect(feed(&queue, lead: 480).allSatisfy { $0 == 8_000 })
    queue.duck(true)
    let down = feed(&queue, lead: 960)
    #expect(down.last == 2_000)
    #expect(zip(down, down.dropFirst()).allSatisfy { $0 - $1 >= 0 && $0 - $1 < 20 })
    queue.duck(false)
    #expect(feed(&queue, lead: 960).last == 8_000)
  }

  @Test func whatWasNotHeardIsPlayedAgainAfterAPause() {
    var queue = PlaybackQueue(startThreshold: .zero)
    let sound = (0..<9_600).map { Int16($0) }
    let taken = queue.enqueue(sound.span.extracting(0..<4_800))
    #expect(taken == 4_800)
    _ = feed(&queue, lead: 2_000)
    queue.pause(pending: 1_400)
    #expect(queue.heard(pending: 0) == 600)
    #expect(feed(&queue, lead: 2_000).isEmpty)
    // The host goes on sending.
    let more = queue.enqueue(sound.span.extracting(4_800..<9_600))
    #expect(more == 4_800)
    queue.resume()
    let again = feed(&queue, lead: 8_000)
    #expect(again.count == 8_000)
    #expect(again[0] < 10, "from silence")
    // Behind the ramp everything stands where it belongs.
    for index in 1_000..<8_000 { #expect(again[index] == Int16(600 + index)) }
  }
}

@Suite struct EndPatienceTests {
  private func patience(pitches: [Float], policy: ListeningPolicy = ListeningPolicy(), isClear: Bool = true) -> Duration {
    var ending = EndPatience()
    for pitch in pitches { ending.hear(Voicing(strength: pitch > 0 ? 0.9 : 0.1, pitch: pitch, brightness: 0.2)) }
    return ending.patience(policy, isClear: isClear)
  }

  @Test func aFallIsWaitedForLessAndAHeldVowelMore() {
    let policy = ListeningPolicy()
    let fall = (0..<30).map { 140 - Float($0) }
    #expect(patience(pitches: fall) == policy.shortestEndSilence)
    #expect(patience(pitches: [Float](repeating: 120, count: 40)) == policy.longestEndSilence)
    #expect(patience(pitches: [Float](repeating: 120, count: 10)) == policy.endSilence, "little was said")
    #expect(patience(pitches: fall, isClear: false) == policy.endSilence, "in noise")
    let middle = [Float](repeating: 130, count: 20) + [0, 0, 0] + [Float](repeating: 120, count: 8)
    #expect(patience(pitches: middle) == (policy.shortestEndSilence + policy.endSilence) / 2)
  }

  @Test func aBoardThatIsQuickerStaysSo() {
    var policy = ListeningPolicy()
    policy.endSilence = .milliseconds(300)
    #expect(patience(pitches: (0..<30).map { 140 - Float($0) }, policy: policy) == .milliseconds(300))
  }

  @Test func withoutVoicingTheNominalSilenceHolds() {
    var ending = EndPatience()
    for _ in 0..<40 { ending.hear(nil) }
    #expect(ending.patience(ListeningPolicy(), isClear: true) == ListeningPolicy().endSilence)
  }
}

@Suite struct VoicingTests {
  @Test func voicesAreVoicedAndNoiseIsNot() {
    let meter = VoicingMeter()
    let voice = Signal.syllables(milliseconds: 160, decibels: -20)
    var last = Voicing(strength: 0, pitch: 0, brightness: 0)
    for frame in 0..<8 { last = meter.measure(voice.span.extracting(frame * 320..<frame * 320 + 320)) }
    #expect(last.isVoiced)
    #expect(abs(last.pitch - 120) < 3)
    #expect(last.brightness > 0.1)
    let noise = Signal.noise(milliseconds: 4_000, decibels: -20)
    meter.reset()
    let voiced = (0..<200).count { meter.measure(noise.span.extracting($0 * 320..<$0 * 320 + 320)).isVoiced }
    #expect(voiced <= 4)
  }
}
