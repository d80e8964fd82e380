import HAL
import Testing
import Units

@testable import SimBoard

@Suite struct SpeakerTests {
  /// Starts without start-up time, so that instants are round.
  private func rig(_ change: (inout SimBoard.Options) -> Void = { _ in }) throws -> (Rig, SimSpeaker) {
    let rig = try Rig {
      $0.latencies.speakerStart = .zero
      change(&$0)
    }
    let speaker = try #require(rig.board.speaker)
    try speaker.start()
    #expect(rig.next() == ("speakerReady", 0))
    return (rig, speaker)
  }

  @Test func itTakesWhatItsBufferHoldsAndAsksForMoreWhenAPeriodFits() throws {
    let (rig, speaker) = try rig()
    #expect(try speaker.write([Int16](repeating: 1_000, count: 3_000)) == 2_400)
    #expect(speaker.pending == 2_400)
    #expect(rig.next() == ("speakerReady", 20_000_000))
    #expect(speaker.pending == 1_920)
    #expect(try speaker.write([Int16](repeating: 1_000, count: 600)) == 480)
    #expect(rig.next() == ("speakerReady", 40_000_000))
  }

  @Test func aSpeakerThatTookEverythingWakesNobody() throws {
    let (rig, speaker) = try rig()
    #expect(try speaker.write([Int16](repeating: 1_000, count: 2_400)) == 2_400)
    #expect(rig.next(milliseconds(500)) == ("deadline", 500_000_000))
    #expect(speaker.pending == 0)
    #expect(speaker.heard == 2_400)
  }

  @Test func drainingEndsWhenTheLastSampleWasHeard() throws {
    let (rig, speaker) = try rig()
    _ = try speaker.write([Int16](repeating: 1_000, count: 1_200))
    speaker.drain()
    #expect(rig.next() == ("speakerDrained", 50_000_000))
    #expect(speaker.pending == 0)
    #expect(rig.next(milliseconds(200)) == ("deadline", 200_000_000))
    speaker.drain()
    #expect(rig.next() == ("speakerDrained", 200_000_000))
    #expect(speaker.underruns == 0)
  }

  @Test func aWriteAfterDrainCallsItOff() throws {
    let (rig, speaker) = try rig()
    _ = try speaker.write([Int16](repeating: 1_000, count: 240))
    speaker.drain()
    _ = rig.next(milliseconds(5))
    _ = try speaker.write([Int16](repeating: 1_000, count: 240))
    #expect(rig.next(milliseconds(100)) == ("deadline", 100_000_000))
  }

  @Test func dropSilencesAtOnce() throws {
    let (rig, speaker) = try rig()
    _ = try speaker.write([Int16](repeating: 1_000, count: 2_400))
    speaker.drain()
    _ = rig.next(milliseconds(10))
    speaker.drop()
    #expect(speaker.pending == 0)
    #expect(speaker.heard == 240)
    #expect(rig.next(milliseconds(300)) == ("deadline", 300_000_000))
    #expect(speaker.heard == 240)
    #expect(try speaker.write([1, 2, 3]) == 3)
  }

  @Test func aDrainThatIsOverIsNotReportedAfterDrop() throws {
    let (rig, speaker) = try rig()
    speaker.drain()
    rig.board.apply(.type("in between"))
    // The drained event is not taken yet: the board reports the typed text first.
    #expect(rig.next().0 == "typed in between")
    speaker.drop()
    #expect(rig.next(milliseconds(1)) == ("deadline", 1_000_000))
  }

  @Test func theFirstAudibleSampleHasItsInstant() throws {
    let (rig, speaker) = try rig()
    _ = rig.next(milliseconds(100))
    _ = try speaker.write([Int16](repeating: 2, count: 240) + [Int16](repeating: 500, count: 240))
    _ = rig.next(milliseconds(109))
    #expect(speaker.pending > 0)
    #expect(speaker.firstHeard == nil)
    _ = rig.next(milliseconds(120))
    #expect(speaker.pending == 0)
    #expect(speaker.firstHeard == milliseconds(110))
    speaker.stop()
    try speaker.start()
    #expect(speaker.firstHeard == nil)
  }

  @Test func theAmplifierTakesTimeToStart() throws {
    let rig = try Rig { $0.latencies.speakerStart = .milliseconds(30) }
    let speaker = try #require(rig.board.speaker)
    try speaker.start()
    _ = try speaker.write([Int16](repeating: 500, count: 240))
    speaker.drain()
    #expect(rig.next() == ("speakerReady", 30_000_000))
    #expect(rig.next() == ("speakerDrained", 40_000_000))
    #expect(speaker.firstHeard == milliseconds(30))
  }

  @Test func runningDryInTheMiddleIsAnUnderrun() throws {
    let (rig, speaker) = try rig()
    _ = try speaker.write([Int16](repeating: 500, count: 240))
    _ = rig.next(milliseconds(50))
    #expect(speaker.underruns == 0)
    _ = try speaker.write([Int16](repeating: 500, count: 240))
    #expect(speaker.underruns == 1)
    speaker.drain()
    #expect(rig.next() == ("speakerDrained", 60_000_000))
  }

  @Test func theFileHoldsWhatWasHeard() throws {
    let folder = try Folder()
    let (rig, speaker) = try rig { $0.outFolder = folder.path }
    _ = try speaker.write([1, 2, 3])
    speaker.drain()
    _ = rig.pass(until: milliseconds(10))
    _ = try speaker.write([Int16](repeating: 7, count: 2_400))
    _ = rig.next(milliseconds(20))
    speaker.stop()
    try speaker.start()
    _ = try speaker.write([-5])
    _ = rig.pass(until: milliseconds(30))
    speaker.stop()
    let sound = try WAVReader.read(try folder.read("answer.wav"))
    #expect(sound.rate == 24_000)
    #expect(sound.samples.map(Resampling.pulseCode) == [1, 2, 3] + [Int16](repeating: 7, count: 240) + [-5])
  }

  @Test func oneFilePerTurnIfAsked() throws {
    let folder = try Folder()
    let (rig, speaker) = try rig {
      $0.outFolder = folder.path
      $0.oneAnswerPerTurn = true
    }
    _ = try speaker.write([1])
    _ = rig.next(milliseconds(1))
    speaker.stop()
    try speaker.start()
    _ = try speaker.write([2, 2])
    _ = rig.pass(until: milliseconds(2))
    speaker.stop()
    #expect(try WAVReader.read(try folder.read("answer-1.wav")).samples.count == 1)
    #expect(try WAVReader.read(try folder.read("answer-2.wav")).samples.count == 2)
  }

  @Test func offItRefuses() throws {
    let rig = try Rig()
    let speaker = try #require(rig.board.speaker)
    #expect(throws: DeviceError.self) { try speaker.write([1]) }
    speaker.drain()
    speaker.drop()
    speaker.stop()
    #expect(rig.next(milliseconds(10)) == ("deadline", 10_000_000))
  }

  @Test func aMinuteOfSoundKeepsItsTime() throws {
    let (rig, speaker) = try rig()
    let block = [Int16](repeating: 100, count: 2_400)
    var written = 0
    while written < 24_000 * 60 {
      written += try speaker.write(block)
      _ = rig.next()
    }
    speaker.drain()
    var last = rig.next()
    while last.0 == "speakerReady" { last = rig.next() }
    #expect(last.0 == "speakerDrained")
    let exact = Int64(written) * 1_000_000_000 / 24_000
    #expect(last.1 - exact >= 0 && last.1 - exact <= 1)
    #expect(speaker.underruns == 0)
  }
}
