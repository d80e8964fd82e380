import Foundation
import Testing
import Units

@testable import Scenario

@Suite struct ScenarioParserTests {
  private func parse(_ text: String) throws -> Scenario { try Scenario.parse(text, file: "/scenarios/test.yaml") }

  @Test func aWholeFileBecomesATimeline() throws {
    let scenario = try parse(
      """
      name: A question
      board: sim/glasses-armed
      seed: 7
      start: 2026-11-02T09:00:00Z
      tail: 2s
      host:
        assistant: scripted
        transcripts: ["what time is it"]
        answers: ["It is nine."]
        paired: false
        delays: {transcript: 200ms, sentence: 50ms, sound: 150ms}
      timeline:
        - wear: on
        - at: 1s
          press: 80ms
          expect: state engaged within 300ms
        - at: +500ms
          say: human:cards/001
        - after: end_of_speech + 100ms
          within: 4s
          expect:
            - transcript contains "time"
            - no capture within 2 s
      """)
    #expect(scenario.name == "A question")
    #expect(scenario.board == "sim/glasses-armed")
    #expect(scenario.seed == 7)
    #expect(scenario.tail == .seconds(2))
    #expect(scenario.folder == "/scenarios")
    #expect(scenario.host.pairing == .none)
    #expect(scenario.host.assistant == .scripted(transcripts: ["what time is it"], answers: ["It is nine."], pictureText: []))
    #expect(scenario.host.transcriptDelay == .milliseconds(200))
    #expect(
      scenario.timeline == [
        Scenario.Entry(.later(.zero), .wear(true), line: 13),
        Scenario.Entry(
          .at(.seconds(1)), .press(.milliseconds(80)),
          expect: [Expectation(.seen(.state("engaged"), within: .milliseconds(300)), line: 16)], line: 14),
        Scenario.Entry(.later(.milliseconds(500)), .say("human:cards/001"), line: 17),
        Scenario.Entry(
          .after(.event("end_of_speech"), offset: .milliseconds(100), patience: .seconds(4)), nil,
          expect: [
            Expectation(.seen(.transcript(.contains("time")), within: Scenario.patience), line: 22),
            Expectation(.unseen(.capture, for: .seconds(2)), line: 23),
          ], line: 19),
      ])
  }

  @Test func repeatIsWrittenOutAndTakesFromListsInTurn() throws {
    let scenario = try parse(
      """
      name: Day
      timeline:
        - repeat: 3
          at: 10s
          every: 1h
          do:
            - say: [a.wav, b.wav]
            - at: +1s
              press:
      """)
    #expect(scenario.timeline.count == 9)
    #expect(
      scenario.timeline.map { $0.stimulus }.compactMap { $0 }.prefix(4) == [
        .say("a.wav"), .press(.milliseconds(80)), .say("b.wav"), .press(.milliseconds(80)),
      ])
    #expect(scenario.timeline[6].anchor == .at(.seconds(7210)))
    #expect(scenario.timeline[8].anchor == .later(.seconds(1)))
  }

  /// A file, the line that is wrong and the beginning of what is said about it.
  static let mistakes: [(text: String, line: Int, message: String)] = [
    ("", 0, "is empty"),
    ("name: [", 2, "is not YAML"),
    ("timeline:\n  - press: 80ms", 1, "\"name\" is missing"),
    ("name: a", 1, "\"timeline\" is missing"),
    ("name: a\ntimeline: []", 2, "the timeline is empty"),
    ("name: a\ntimline: []", 2, "\"timline\" is not known here (did you mean timeline?)"),
    ("name: a\nname: b\ntimeline: []", 1, "is not YAML: keys are stated twice"),
    ("name: a\nseed: x\ntimeline: []", 2, "\"x\" is not a whole number"),
    ("name: a\nstart: monday\ntimeline: []", 2, "\"monday\" is not a date"),
    ("name: a\nhost: {assistant: clever}\ntimeline: []", 2, "\"clever\" is not allowed here; allowed: scripted, embedded"),
    (
      "name: a\nhost:\n  assistant: embedded\n  answers: [x]\ntimeline: []", 4,
      "\"answers\" belongs to the scripted assistant only"
    ),
    ("name: a\nhost:\n  paired: maybe\ntimeline: []", 3, "\"maybe\" is not allowed here"),
    ("name: a\ntimeline:\n  - presss: 80ms", 3, "\"presss\" is not known here (did you mean press?)"),
    ("name: a\ntimeline:\n  - press: 80", 3, "\"80\" is not a duration"),
    ("name: a\ntimeline:\n  - press: 80ms\n    wear: on", 4, "one step takes one stimulus"),
    ("name: a\ntimeline:\n  - wear: maybe", 3, "\"maybe\" is not allowed here; allowed: on, off"),
    ("name: a\ntimeline:\n  - battery: 101", 3, "\"101\" is not a whole number from 0 to 100"),
    ("name: a\ntimeline:\n  - host: stop", 3, "\"stop\" is not allowed here"),
    ("name: a\ntimeline:\n  - glasses: pair", 3, "\"pair\" is not allowed here"),
    ("name: a\ntimeline:\n  - say: \"\"", 3, "is empty"),
    ("name: a\ntimeline:\n  - {}", 3, "the step does nothing"),
    ("name: a\ntimeline:\n  - at: 2s\n    press: 80ms\n  - at: 1s\n    press: 80ms", 5, "1s lies before the step above it"),
    ("name: a\ntimeline:\n  - at: 1s\n    after: spoken", 3, "a step takes \"at\" or \"after\", not both"),
    ("name: a\ntimeline:\n  - at: 1s\n    within: 2s", 4, "\"within\" belongs to \"after\""),
    ("name: a\ntimeline:\n  - after: end_of_speach", 3, "after: begins with \"end_of_speach\" (did you mean end_of_speech?)"),
    ("name: a\ntimeline:\n  - after: spoken + soon", 3, "after: \"soon\" is not a duration"),
    ("name: a\ntimeline:\n  - expect: state asleep", 3, "expect: \"asleep\" is not a state"),
    ("name: a\ntimeline:\n  - expect: state engagd", 3, "expect: \"engagd\" is not a state (did you mean engaged?)"),
    ("name: a\ntimeline:\n  - expect: transcript has \"x\"", 3, "expect: \"has\" is not contains, matches or is"),
    ("name: a\ntimeline:\n  - expect: transcript contains x", 3, "expect: needs a text in double quotes"),
    ("name: a\ntimeline:\n  - expect: 'transcript contains \"x'", 3, "expect: has a text without its closing quote"),
    ("name: a\ntimeline:\n  - expect: 'transcript matches \"(\"'", 3, "expect: \"(\" is not a regular expression"),
    ("name: a\ntimeline:\n  - expect: spoken withn 2s", 3, "expect: has \"withn\" after its end"),
    ("name: a\ntimeline:\n  - expect: wakeups at least 2 within 2s", 3, "expect: has \"least\" where \"most\" belongs"),
    ("name: a\ntimeline:\n  - expect: [spoken, outcome fine]", 3, "expect: \"fine\" is not an outcome"),
    ("name: a\ntimeline:\n  - repeat: 2\n    do: [{press: 80ms}]", 3, "a \"repeat\" needs \"every\" and \"do\""),
    ("name: a\ntimeline:\n  - repeat: 0\n    every: 1s\n    do: [{press: 80ms}]", 3, "\"0\" is not a whole number"),
    (
      "name: a\ntimeline:\n  - repeat: 2\n    every: 1s\n    do:\n      - at: 1s\n        press: 80ms", 6,
      "inside a \"repeat\" times are relative"
    ),
    (
      "name: a\ntimeline:\n  - repeat: 2\n    every: 1s\n    press: 80ms\n    do: [{press: 80ms}]", 5,
      "\"press\" does not belong to a \"repeat\""
    ),
    ("name: a\ntimeline:\n  - do: [{press: 80ms}]", 3, "\"do\" belongs to a \"repeat\""),
    (
      "name: a\ntimeline:\n  - after: spoken\n  - repeat: 2\n    every: 1s\n    do: [{press: 80ms}]", 4,
      "a \"repeat\" after an \"after\" needs"
    ),
  ]

  @Test(arguments: mistakes) func aMistakeIsReportedWithItsLine(_ mistake: (text: String, line: Int, message: String)) throws {
    let error = #expect(throws: ScenarioError.self) { try parse(mistake.text) }
    #expect(error?.line == mistake.line, "\(error!)")
    #expect(error?.message.hasPrefix(mistake.message) == true, "\(error!)")
  }

  @Test func aMissingFileIsNamed() {
    #expect(throws: ScenarioError(file: "/nowhere/x.yaml", line: 0, message: "there is no such file, or it is not UTF-8 text")) {
      try Scenario.load("/nowhere/x.yaml")
    }
  }
}
