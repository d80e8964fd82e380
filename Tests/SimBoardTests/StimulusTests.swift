import HAL
import Testing
import Units

@testable import SimBoard

@Suite struct StimulusTests {
  @Test func everyLineOfTheDocumentIsRead() throws {
    let lines: [(String, Stimulus)] = [
      ("press 120", .press(.milliseconds(120))),
      ("button down", .button(true)),
      ("button up", .button(false)),
      ("wear on", .wear(true)),
      ("wear off", .wear(false)),
      ("say /tmp/a clip.wav", .say("/tmp/a clip.wav")),
      ("look pictures", .look("pictures")),
      ("battery 15", .battery(Percent(15))),
      ("charging on", .charging(true)),
      ("charging off", .charging(false)),
      ("network up", .network(true)),
      ("network down", .network(false)),
      ("temperature -55", .temperature(DeciCelsius(-55))),
      ("indicator ok", .indicatorStuck(false)),
      ("indicator stuck", .indicatorStuck(true)),
      ("type what is it, naïve?", .type("what is it, naïve?")),
      ("tap", .tap),
      (" tilt ", .tilt),
      ("quit", .quit),
      ("  \tpress   7 \r", .press(.milliseconds(7))),
    ]
    for (line, stimulus) in lines { #expect(try Stimulus.parse(line) == stimulus, "\(line)") }
  }

  @Test func emptyLinesAndCommentsAreNothing() throws {
    for line in ["", "   ", "\t\r", "# press 5", "  # quit"] { #expect(try Stimulus.parse(line) == nil) }
  }

  @Test(arguments: [
    ("jump", "\"jump\" is not a stimulus; there are press"),
    ("Press 5", "\"Press\" is not a stimulus"),
    ("press", "press needs a number of milliseconds from 1 to 60000, not \"\""),
    ("press 0", "press needs a number of milliseconds from 1 to 60000, not \"0\""),
    ("press 60001", "press needs a number"),
    ("press 5 ms", "press needs a number of milliseconds from 1 to 60000, not \"5 ms\""),
    ("press 99999999999999999999", "press needs a number"),
    ("press -5", "press needs a number"),
    ("battery 101", "battery needs a number of percent from 0 to 100, not \"101\""),
    ("battery -", "battery needs a number"),
    ("temperature 9000", "temperature needs a number of tenths of a degree Celsius from -400 to 1500"),
    ("wear", "wear needs on or off, not \"\""),
    ("wear yes", "wear needs on or off, not \"yes\""),
    ("button on", "button needs down or up, not \"on\""),
    ("network", "network needs up or down"),
    ("indicator broken", "indicator needs stuck or ok, not \"broken\""),
    ("say", "say needs the path of a WAV file"),
    ("look  ", "look needs the path of a picture"),
    ("type", "type needs a text"),
    ("say a\0b", "say cannot take a zero byte"),
    ("quit now", "quit takes nothing after it"),
  ])
  func badLinesSayWhatIsWrong(line: String, explanation: String) {
    let error = #expect(throws: StimulusError.self) { try Stimulus.parse(line) }
    #expect(error?.explanation.hasPrefix(explanation) == true, "\(error?.explanation ?? "")")
  }
}
