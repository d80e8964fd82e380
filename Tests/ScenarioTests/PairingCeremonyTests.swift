import Testing
import Units

@testable import Scenario

@Suite struct PairingCeremonyTests {
  private func host(_ line: String) throws -> HostLine { try #require(HostLine(line)) }

  private func digits(_ text: String) -> TraceEvent {
    TraceEvent(phase: .instant, name: "pairing_digits", time: .zero, track: 4, arguments: ["digits": .text(text)])
  }

  private let paired = TraceEvent(phase: .instant, name: "paired", time: .zero, track: 4)

  @Test func holdsComparesAndConfirms() throws {
    var ceremony = PairingCeremony()
    #expect(ceremony.takePresses() == [])
    ceremony.host(try host(#"{"event":"pairing_open","seconds":60,"attempts":3}"#))
    #expect(ceremony.takePresses() == [PairingCeremony.hold])
    ceremony.host(try host(#"{"event":"digits","digits":"012345","device":"glasses"}"#))
    #expect(ceremony.takePresses() == [])
    ceremony.glasses(digits("012 345"))
    #expect(ceremony.takePresses() == [PairingCeremony.press])
    #expect(ceremony.takeAnswer() == true)
    #expect(ceremony.takeAnswer() == nil)
    #expect(ceremony.digits == "012345")
    ceremony.glasses(paired)
    #expect(!ceremony.isDone)
    ceremony.host(try host(#"{"event":"paired","device":"glasses","fingerprint":"00"}"#))
    #expect(ceremony.isDone)
    #expect(ceremony.failure == nil)
  }

  @Test func doesNotConfirmDigitsThatDiffer() throws {
    var ceremony = PairingCeremony()
    ceremony.host(try host(#"{"event":"pairing_open","seconds":60,"attempts":3}"#))
    _ = ceremony.takePresses()
    ceremony.glasses(digits("111111"))
    ceremony.host(try host(#"{"event":"digits","digits":"222222","device":"glasses"}"#))
    #expect(ceremony.takePresses() == [])
    #expect(ceremony.takeAnswer() == false)
    #expect(ceremony.failure?.hasPrefix("the digits differ") == true)
  }

  @Test func aClosedWindowIsAFailure() throws {
    var ceremony = PairingCeremony()
    ceremony.host(try host(#"{"event":"pairing_closed","reason":"the time for pairing is over"}"#))
    #expect(ceremony.failure == "the time for pairing is over")
  }

  @Test func wordsAreNoHostLine() {
    #expect(HostLine("listening on 127.0.0.1") == nil)
  }
}

@Suite struct KeyBoardTests {
  private func keys() throws -> KeyBoardActions {
    KeyBoardActions(try Scenario.parse("name: a\ntimeline:\n  - look: a.png\n  - look: b.png\n  - say: c.wav", file: "test.yaml"))
  }

  @Test func eachKeyHasItsStimulus() throws {
    var keys = try keys()
    #expect(keys.action(for: UInt8(ascii: " "), isWorn: true) == .stimulus(.press(.milliseconds(80))))
    #expect(keys.action(for: UInt8(ascii: "w"), isWorn: true) == .stimulus(.wear(false)))
    #expect(keys.action(for: UInt8(ascii: "w"), isWorn: false) == .stimulus(.wear(true)))
    #expect(keys.action(for: UInt8(ascii: "l"), isWorn: true) == .stimulus(.look("a.png")))
    #expect(keys.action(for: UInt8(ascii: "l"), isWorn: true) == .stimulus(.look("b.png")))
    #expect(keys.action(for: UInt8(ascii: "l"), isWorn: true) == .stimulus(.look("a.png")))
    #expect(keys.action(for: UInt8(ascii: "s"), isWorn: true) == .stimulus(.say("c.wav")))
    #expect(keys.action(for: UInt8(ascii: "x"), isWorn: true) == nil)
    #expect(keys.action(for: UInt8(ascii: "q"), isWorn: true) == .leave)
    #expect(keys.action(for: 3, isWorn: true) == .leave)
  }

  @Test func aQuestionIsTypedAsALine() throws {
    var keys = try keys()
    _ = keys.action(for: UInt8(ascii: "t"), isWorn: true)
    for key in Array("wé!".utf8) { _ = keys.action(for: key, isWorn: true) }
    #expect(keys.action(for: 127, isWorn: true) == .prompt("? wé"))
    #expect(keys.action(for: 127, isWorn: true) == .prompt("? w"))
    #expect(keys.action(for: 13, isWorn: true) == .stimulus(.type("w")))
    #expect(keys.action(for: UInt8(ascii: "q"), isWorn: true) == .leave)
  }
}
