import BoardFile
import Foundation
import Units

/// What a rig in real time on other hardware makes of a scenario: whether it can play it, and how patient it is.
public enum HardwareFit {
  /// A scenario that takes longer is for virtual time.
  static let longest = Duration.seconds(600)

  /// Why the scenario is not for this rig; nil when it is.
  public static func objection(to scenario: Scenario) -> String? {
    let length = scenario.shortestLength
    if length > longest {
      return "it takes at least \(DurationText.text(of: length)) in real time; virtual time plays it"
    }
    for entry in scenario.timeline {
      switch entry.stimulus {
      case .type?: return "line \(entry.line) types a question: only the simulated board has a console"
      case .tilt?:
        return "line \(entry.line) bends the head: only the simulated board has an accelerometer of three axes that can be told"
      case .temperature?, .time?:
        return "line \(entry.line) sets the temperature or the time of day: only the simulated board can be told"
      case .say(let clip)? where !isPlayable(clip, in: scenario):
        return "line \(entry.line) says \(clip), which is no sound: a broken file is the simulated microphone's concern"
      case .outage?, .weather?:
        return "line \(entry.line) sets the weather of the network, which is modelled: virtual time plays it"
      case .press, .tap, .wear, .say, .look, .battery, .charging, .network, .indicator, .host, .glasses, nil: break
      }
    }
    return nil
  }

  /// The board that stands for the scenario's on this rig, or why there is none: `own` for `sim/glasses`, `own-armed` for
  /// `sim/glasses-armed`.
  public static func board(for scenario: Scenario, own: String, boards: String) -> (name: String, objection: String?) {
    guard let variant = scenario.board.removingPrefix("sim/glasses") else { return (scenario.board, nil) }
    let name = own + variant
    let isThere = FileManager.default.fileExists(atPath: "\(boards)/\(name)/board.toml")
    return (name, isThere ? nil : "there is no board \(name) that stands for \(scenario.board)")
  }

  /// Files of the scenario's own must be what a sound card can play.
  private static func isPlayable(_ clip: String, in scenario: Scenario) -> Bool {
    guard clip.hasSuffix(".wav"), !clip.contains(":") else { return true }
    let path = clip.hasPrefix("/") ? clip : scenario.folder + "/" + clip
    guard let bytes = FileManager.default.contents(atPath: path), bytes.count > 44 else { return false }
    let size = bytes[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    return bytes.starts(with: Array("RIFF".utf8)) && bytes[8..<12].elementsEqual("WAVE".utf8) && size + 8 <= bytes.count
  }
}

/// How much longer than it says a scenario may take. An emulated processor and a busy machine are judged by what comes and
/// in which order; that it comes in time is for virtual time to say.
public struct Patience: Sendable, Equatable {
  /// Deadlines take so many times as long, and this much more.
  public var factor: Int
  public var more: Duration
  /// Steps at a fixed time come so many times as late: what the step before began has ended by then.
  public var pace: Int
  /// A finger that holds the button stays so much longer: a processor that is late must see it down for long enough.
  public var longerHold: Duration

  public init(factor: Int, more: Duration, pace: Int, longerHold: Duration) {
    self.factor = factor
    self.more = more
    self.pace = pace
    self.longerHold = longerHold
  }

  /// For a processor that QEMU emulates beside a host that works on the same machine.
  public static let emulated = Patience(factor: 4, more: .seconds(3), pace: 2, longerHold: .seconds(2))

  func stretched(_ time: Duration) -> Duration { time * factor + more }

  /// Shorter presses are none that is held.
  private static let shortestHold = Duration.seconds(1)

  func pressed(_ time: Duration) -> Duration { time < Self.shortestHold ? time : time + longerHold }
}

extension Scenario {
  /// The least time that the timeline takes: waits for events count as nothing.
  var shortestLength: Duration {
    var length = Duration.zero
    for entry in timeline {
      switch entry.anchor {
      case .at(let time): length = max(length, time)
      case .later(let time): length += time
      case .after(_, let offset, _): length += offset
      }
    }
    return length
  }

  /// The same scenario with later deadlines and at a slower pace. What must *not* come is watched for as long as before.
  public func stretched(by patience: Patience) -> Scenario {
    var scenario = self
    for index in scenario.timeline.indices {
      switch scenario.timeline[index].anchor {
      case .at(let time): scenario.timeline[index].anchor = .at(time * patience.pace)
      case .later: break
      case .after(let pattern, let offset, let within):
        scenario.timeline[index].anchor = .after(pattern, offset: offset, patience: patience.stretched(within))
      }
      if case .press(let time)? = scenario.timeline[index].stimulus {
        scenario.timeline[index].stimulus = .press(patience.pressed(time))
      }
      for place in scenario.timeline[index].expectations.indices {
        if case .seen(let pattern, let time) = scenario.timeline[index].expectations[place].demand {
          scenario.timeline[index].expectations[place].demand = .seen(pattern, within: patience.stretched(time))
        }
      }
    }
    return scenario
  }
}
