import Engagement
import Foundation
import HAL
import SimBoard
import Testing
import Units
import Wake

@testable import Runtime
@testable import Wire

/// Armed glasses, a real wake word, and speech from a speech synthesiser.
@Suite struct WakeWordTurnTests {
  static func word(_ name: String) throws -> WakeWord {
    let folder = (ProcessInfo.processInfo.environment["SOTTO_CACHE"] ?? NSHomeDirectory() + "/.cache/sotto") + "/models/wake/"
    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + name))) }
    let description = try WakeWordDescription(json: bytes(name + ".json"))
    return try WakeWord(description, model: bytes(description.model))
  }

  /// What flite, a package that set-up installs, makes of `text`.
  static func spoken(_ text: String) throws -> String {
    let path = NSTemporaryDirectory() + "sotto-spoken-\(UUID().uuidString).wav"
    let flite = Process()
    flite.executableURL = URL(fileURLWithPath: "/usr/bin/flite")
    flite.arguments = ["-voice", "awb", "-t", text, "-o", path]
    try flite.run()
    flite.waitUntilExit()
    try #require(flite.terminationStatus == 0)
    return path
  }

  private func rig() throws -> Rig {
    let rig = try Rig(words: [Self.word("okay_nabu")]) { $0.listening.armedWhileWorn = true }
    rig.host.onMessage = answering(1)
    return rig
  }

  private func beginnings(_ rig: Rig) -> [TurnBegan] {
    rig.host.received.compactMap { if case .turnBegan(let begun) = $0 { begun } else { nil } }
  }

  @Test func theWordWakesAndTheQuestionInTheSameBreathIsHeard() throws {
    let rig = try rig()
    rig.at(3, .say(try Self.spoken("okay nabu. what is the time now?")))
    rig.run(until: 25)
    #expect(rig.states == ["notWorn", "armed", "engaged", "thinking", "presenting", "armed", "notWorn"])
    #expect(rig.outcomes == ["answered"])
    #expect(rig.marks("wake_word").count == 1)
    let begun = try #require(beginnings(rig).first)
    #expect(begun.trigger == .wakeWord)
    // Of the pre-roll only what follows the word is sent: the microphone's period and the lag of the detection.
    #expect(begun.preRollMilliseconds <= 400)
    #expect(begun.preRollMilliseconds >= 100)
    let audio = rig.host.received.filter { if case .audio = $0 { true } else { false } }
    #expect(audio.count > 50, "the question is on its way")
  }

  @Test func otherWordsDoNotWake() throws {
    let rig = try rig()
    rig.at(3, .say(try Self.spoken("please open the window, it is warm in here")))
    rig.run(until: 12)
    #expect(rig.states == ["notWorn", "armed", "notWorn"])
    #expect(beginnings(rig).isEmpty)
  }

  @Test func itWakesAgainAfterEachTurn() throws {
    let rig = try rig()
    let path = try Self.spoken("okay nabu. what is the time now?")
    for start in [3.0, 20, 37] { rig.at(start, .say(path)) }
    rig.run(until: 55)
    #expect(rig.outcomes == ["answered", "answered", "answered"])
    #expect(beginnings(rig).map(\.turn) == [1, 2, 3])
  }

  @Test func unwornGlassesDoNotListen() throws {
    let rig = try rig()
    rig.at(1, .wear(false))
    rig.at(5, .say(try Self.spoken("okay nabu. what is the time now?")))
    rig.run(until: 15)
    #expect(beginnings(rig).isEmpty)
  }

  /// In a silent room the microphone reports each 200 ms; by the end of a word it reports so often that nobody waits for it.
  @Test(arguments: [0, 41, 87, 133, 171])
  func theWordIsDecidedSoonWhereverItFallsInThePeriod(offset: Int) throws {
    let rig = try rig()
    rig.at(20 + Double(offset) / 1000, .say(try Self.spoken("okay nabu")))
    rig.run(until: 26)
    let mark = try #require(rig.marks("wake_word").first)
    let object = mark.trimmingCharacters(in: CharacterSet(charactersIn: ",\n"))
    let event = try #require(try JSONSerialization.jsonObject(with: Data(object.utf8)) as? [String: Any])
    let told = try #require(event["ts"] as? Double)
    let heard = try #require((event["args"] as? [String: Any])?["heard_us"] as? Double)
    #expect(told - heard <= 20_000, "\(told - heard) µs from the last sample that decided it")
  }

  @Test func inSilenceThePeriodOfTheMicrophoneIsAllThatWakes() throws {
    let rig = try rig()
    var before: UInt64 = 0
    var counted: UInt64 = 0
    let board = rig.board
    board.perform(at: Instant(nanoseconds: 20_000_000_000)) { _ in before = board.wakeups }
    board.perform(at: Instant(nanoseconds: 80_000_000_000)) { _ in counted = board.wakeups - before }
    rig.run(until: 81)
    #expect(rig.states == ["notWorn", "armed", "notWorn"])
    // Five a second, and the one in which the last count is taken.
    #expect((299...301).contains(counted), "\(counted) wakeups in a minute")
  }

  @Test func memoryIsGivenBackOnceAfterStartingAndOnceAfterEachTurn() throws {
    let rig = try rig()
    var rests: [Int] = []
    for seconds in [2.0, 60, 90, 150] { rig.check(at: seconds) { _ in rests.append(rig.board.rests) } }
    rig.at(70, .say(try Self.spoken("okay nabu. what is the time now?")))
    rig.run(until: 151)
    #expect(rig.outcomes == ["answered"])
    #expect(rests == [1, 1, 2, 2])
  }
}

/// Armed glasses with a line by which hardware tells of sound.
@Suite struct WakeOnSoundTests {
  private func rig(_ change: (inout BoardDescription) -> Void = { _ in }) throws -> Rig {
    let rig = try Rig(words: [WakeWordTurnTests.word("okay_nabu")]) {
      $0.listening.armedWhileWorn = true
      $0.listening.wakesOnSound = true
      change(&$0)
    }
    rig.host.onMessage = answering(1)
    return rig
  }

  private func counted(_ rig: Rig, from start: Double, to end: Double) -> () -> UInt64 {
    var before: UInt64 = 0
    var after: UInt64 = 0
    let board = rig.board
    rig.check(at: start) { _ in before = board.wakeups }
    rig.check(at: end) { _ in after = board.wakeups }
    return { after - before }
  }

  @Test func whileItIsQuietNothingWakesAndAWordDoes() throws {
    let rig = try rig()
    let before = counted(rig, from: 20, to: 80)
    let after = counted(rig, from: 110, to: 170)
    var levels: [Int] = []
    for seconds in [1.0, 20, 120] { rig.check(at: seconds) { levels.append($0.conductor.broker.level(of: .microphone)) } }
    rig.at(90, .say(try WakeWordTurnTests.spoken("okay nabu. what is the time now?")))
    rig.run(until: 171)
    #expect(levels == [Level.microphoneLocal, Level.off, Level.off], "it listens until it knows that there is nothing")
    #expect(rig.outcomes == ["answered"])
    // The instant of the count itself.
    #expect(before() <= 1)
    #expect(after() <= 1)
  }

  @Test func otherSoundSwitchesTheMicrophoneOnForAWhile() throws {
    let rig = try rig()
    var levels: [Int] = []
    for seconds in [29.0, 31, 45] { rig.check(at: seconds) { levels.append($0.conductor.broker.level(of: .microphone)) } }
    rig.at(30, .say(try WakeWordTurnTests.spoken("please open the window, it is warm in here")))
    rig.run(until: 46)
    #expect(levels == [Level.off, Level.microphoneLocal, Level.off])
    #expect(rig.states == ["notWorn", "armed", "notWorn"])
  }

  @Test func dormantGlassesAreNotWokenBySound() throws {
    let rig = try rig { $0.listening.armedWhileWorn = false }
    let wakeups = counted(rig, from: 10, to: 60)
    rig.at(20, .say(try WakeWordTurnTests.spoken("please open the window, it is warm in here")))
    rig.run(until: 61)
    // The board lets the person speak, and counts.
    #expect(wakeups() <= 2)
  }

  @Test func aBoardThatDoesNotWantItListensAllTheTime() throws {
    let rig = try rig { $0.listening.wakesOnSound = false }
    let wakeups = counted(rig, from: 20, to: 80)
    rig.run(until: 81)
    #expect((299...301).contains(wakeups()))
  }

  /// Of a word whose beginning is missing little may be missing.
  @Test func whoWaitsForASoundWantsTheProcessorSoon() throws {
    let rig = try rig()
    var claim: Duration?
    rig.check(at: 20) { claim = $0.latencyClaims.tightest }
    rig.run(until: 21)
    #expect(claim == .milliseconds(20))
  }
}
