import HAL
import Units

/// Which channels of a microphone array become the one that the firmware hears.
public enum ChannelSelection: Sendable, Hashable {
  /// The mean of all channels of the device.
  case mix
  /// The mean of these, counted from 0; one alone is taken as it is.
  case only([Int])

  /// `mix`, or numbers from 0 with commas between them; nil for anything else.
  public init?(_ text: String) {
    if text.utf8.elementsEqual("mix".utf8) {
      self = .mix
      return
    }
    var list: [Int] = []
    for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let channel = Int(String(decoding: part, as: UTF8.self)), (0..<MicrophoneWiring.mostChannels).contains(channel),
        !list.contains(channel)
      else {
        return nil
      }
      list.append(channel)
    }
    self = .only(list)
  }

  /// The channels used of a device that has `count`; nil when it lacks one of them.
  public func channels(of count: Int) -> [Int]? {
    switch self {
    case .mix: return Array(0..<count)
    case .only(let list):
      guard !list.isEmpty else { return nil }
      for channel in list where channel < 0 || channel >= count { return nil }
      return list
    }
  }

  /// Channels that the device must have at least.
  var least: Int {
    switch self {
    case .mix: 1
    case .only(let list): list.reduce(0, max) + 1
    }
  }
}

/// What a board says about its microphone beside its name.
public struct MicrophoneSettings: Sendable {
  public var channels = ChannelSelection.mix
  /// The longest period that will be asked for (`listening.armed_period`): the hardware gathers this much before it interrupts.
  public var longestPeriod: Duration = .milliseconds(200)
  /// The element of the card's mixer that amplifies it: it is switched on, and set to `volume` where there is one. Nil leaves the mixer alone.
  public var mixer: String?
  public var volume: Percent?

  public init() {}

  /// What a board's file says.
  public init(_ wiring: MicrophoneWiring, _ listening: ListeningPolicy) {
    if !wiring.channels.isEmpty { channels = .only(wiring.channels) }
    longestPeriod = listening.armedPeriod
    mixer = wiring.mixer
    volume = wiring.volume
  }
}

/// What a board says about its speaker beside its name.
public struct SpeakerSettings: Sendable {
  /// The element of the card's mixer that sets its volume: it is switched on, and set to `volume` where there is one. Nil leaves the mixer alone.
  public var mixer: String?
  public var volume: Percent?

  public init() {}

  /// What a board's file says.
  public init(_ wiring: SpeakerWiring) {
    mixer = wiring.mixer
    volume = wiring.volume
  }
}
