import Foundation
import Units

/// A timeline of stimuli and expectations, read from a YAML file (docs/scenarios.md).
public struct Scenario: Sendable {
  public var name: String
  /// Folder of the file: relative paths of clips and pictures start here.
  public var folder: String
  /// `vendor/board` below the boards folder.
  public var board: String
  public var seed: UInt64
  /// Wall-clock time of the scenario's zero.
  public var start: Date
  public var host: HostSetup
  /// How much weaker the microphone hears the speaker than it plays, in decibels; nil keeps the two apart.
  public var echo: Int?
  public var timeline: [Entry]
  /// How long the scenario goes on after the last entry and the last open expectation.
  public var tail: Duration

  /// How the host is set up.
  public struct HostSetup: Sendable, Equatable {
    public enum Assistant: Sendable, Equatable {
      case embedded
      case scripted(transcripts: [String], answers: [String]?, pictureText: [String])
    }

    public var assistant = Assistant.scripted(transcripts: ["what time is it"], answers: nil, pictureText: [])
    public var pairing = Pairing.both
    /// Who knows whom at the start.
    public enum Pairing: String, Sendable, CaseIterable {
      /// Glasses and host are paired.
      case both = "true"
      /// Neither knows the other.
      case none = "false"
      /// The host has forgotten the glasses, which do not know it yet.
      case forgotten
    }

    /// From end of speech to the transcript, to the first sentence, to its first sound; nil takes the rig's own.
    public var transcriptDelay: Duration?
    public var sentenceDelay: Duration?
    public var soundDelay: Duration?
    /// Length of the tone that stands for a spoken sentence of a scripted assistant.
    public var toneLength: Duration?

    public init() {}
  }

  /// When an entry comes.
  public enum Anchor: Sendable, Equatable {
    /// Time since the scenario's zero.
    case at(Duration)
    /// Time since the entry before.
    case later(Duration)
    /// When this is first seen after the entry before came, plus a time; it must come within `patience`.
    case after(Pattern, offset: Duration, patience: Duration)
  }

  /// One step of the timeline. Without stimulus and expectations it only waits.
  public struct Entry: Sendable, Equatable {
    public var anchor: Anchor
    public var stimulus: ScenarioStimulus?
    public var expectations: [Expectation]
    public var line: Int

    public init(_ anchor: Anchor, _ stimulus: ScenarioStimulus? = nil, expect: [Expectation] = [], line: Int = 0) {
      self.anchor = anchor
      self.stimulus = stimulus
      self.expectations = expect
      self.line = line
    }
  }

  /// How long an `after` or an expectation waits when the file does not say: longer than any deadline of the firmware.
  public static let patience = Duration.seconds(15)
}

/// What happens from outside.
public enum ScenarioStimulus: Sendable, Equatable {
  case press(Duration)
  /// On the frame.
  case tap
  /// The head is bent to a side.
  case tilt
  case wear(Bool)
  /// `human:…`, `made:…`, `tone:…` or a path.
  case say(String)
  /// `made:…` or a path.
  case look(String)
  case type(String)
  case battery(Int)
  case charging(Bool)
  /// Tenths of a degree Celsius.
  case temperature(Int)
  /// Minutes since midnight, as the board's own clock has it.
  case time(Int)
  case network(up: Bool)
  /// Nothing gets through, and nobody is told.
  case outage
  case weather(NetworkWeather)
  case indicator(stuck: Bool)
  case host(Process)
  case glasses(Process)

  public enum Process: String, Sendable, CaseIterable {
    case kill, start, restart
    /// Host only: waits for glasses to pair and confirms the digits.
    case pair
  }

  public var phrase: String {
    switch self {
    case .press(let time): "press \(time.milliseconds) ms"
    case .tap: "tap on the frame"
    case .tilt: "bend the head"
    case .wear(let on): on ? "put on" : "take off"
    case .say(let clip): "say \(clip)"
    case .look(let picture): "look at \(picture)"
    case .type(let text): "type \"\(text)\""
    case .battery(let percent): "battery \(percent) %"
    case .charging(let on): on ? "charger connected" : "charger removed"
    case .temperature(let tenths): "temperature \(tenths / 10).\(tenths % 10) C"
    case .time(let minutes): "it is \(Self.clock(minutes))"
    case .network(let up): up ? "network up" : "network down"
    case .outage: "network out"
    case .weather(let weather): weather.phrase
    case .indicator(let stuck): stuck ? "indicator stuck" : "indicator works"
    case .host(let process): "host: \(process.rawValue)"
    case .glasses(let process): "glasses: \(process.rawValue)"
    }
  }

  /// `22:05` of minutes since midnight.
  static func clock(_ minutes: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return two(minutes / 60) + ":" + two(minutes % 60)
  }
}
