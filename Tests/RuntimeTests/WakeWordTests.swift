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
  private static func word(_ name: String) throws -> WakeWord {
    let folder = (ProcessInfo.processInfo.environment["SOTTO_CACHE"] ?? NSHomeDirectory() + "/.cache/sotto") + "/models/wake/"
    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + name))) }
    let description = try WakeWordDescription(json: bytes(name + ".json"))
    return try WakeWord(description, model: bytes(description.model))
  }

  /// What flite, a package that set-up installs, makes of `text`.
  private static func spoken(_ text: String) throws -> String {
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
}
