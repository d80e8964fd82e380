/// What a gesture of the button can ask for. Raw values are fixed: they stand in traces.
public enum ButtonAction: UInt8, Sendable, Hashable, CaseIterable {
  case none = 0
  /// A question: the microphone listens.
  case ask = 1
  /// What the wearer looks at: a question about the picture that is taken, without a word said.
  case look = 2
  /// The last answer once more.
  case `repeat` = 3
  /// The wake word off, or on again.
  case wakeWord = 4
  /// The privacy hold, on or off.
  case privacy = 5
  /// A question that lasts as long as the button is held.
  case talk = 6

  /// As board files have it.
  public var name: StaticString {
    switch self {
    case .none: "none"
    case .ask: "ask"
    case .look: "look"
    case .repeat: "repeat"
    case .wakeWord: "wake-word"
    case .privacy: "privacy"
    case .talk: "talk"
    }
  }
}

/// What each gesture of a board's button asks for. Two things cannot be changed: a press stops what goes on, in every state, and a press of
/// `ButtonTiming.hold` pairs when there is somebody to pair with.
public struct ButtonActions: Sendable, Hashable {
  /// At rest; `ask`, `look` or `none`. Acts when the button goes down.
  public var press = ButtonAction.ask
  /// Of two presses within `ButtonTiming.multiple`: anything but `ask` and `talk`.
  public var double = ButtonAction.none
  /// Of three.
  public var triple = ButtonAction.none
  /// Of a press of `ButtonTiming.longPress`: anything but `ask`.
  public var long = ButtonAction.privacy

  public init() {}

  /// More presses than this mean nothing on this board: the series is over with the last of them.
  public var mostPresses: Int { triple != .none ? 3 : double != .none ? 2 : 1 }

  /// A gesture for the privacy hold, as people are told of it.
  public var privacyGesture: StaticString {
    long == .privacy ? "A long press" : double == .privacy ? "A double press" : triple == .privacy ? "A triple press" : "The host"
  }
}
