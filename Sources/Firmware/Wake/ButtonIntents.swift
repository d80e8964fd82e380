import HAL
import Units

/// What the glasses are to do because of a gesture.
public enum ButtonCommand: Sendable, Hashable {
  /// Stops what goes on. At rest it begins a question, or says why it can't; while pairing it agrees.
  case press
  /// Stops what goes on, if anything does, and carries this out: `look`, `repeat`, `wakeWord` or `privacy`.
  case perform(ButtonAction)
  /// The question lasts until `endQuestion`, whatever is said or not; at rest it begins one.
  case talk
  /// The question is over.
  case endQuestion
  /// To pair, if there is a use for it.
  case pair
}

/// What goes on when a gesture comes.
public enum ButtonSituation: Sendable, Hashable, CaseIterable {
  case rest
  case turn
  case pairing
}

/// Gestures into commands, as the board's `ButtonActions` have it.
///
/// ```
///                  1 down / press or perform(press)          2 long / perform(long) or talk     3 hold / pair
///        idle ─────────────────────────────────▶ open ────────────────────────────▶ grown ──────────────▶ grown
///         ▲ ▲                                     │                                    │
///         │ └──── 4 release / endQuestion if its end has been heard meanwhile ─────────┤
///         └────── 5 release / endQuestion after talk ──────────────────────────────────┘
///   in a series:  6 its second and third down / press in a turn, nothing at rest
///                 7 presses(2), presses(3) / perform(double), perform(triple)
/// ```
///
/// A press acts when it goes down, on every board: nothing waits for what it may become, and what it becomes takes back what it did. In a turn
/// each press stops at once; at rest the second press of a series begins nothing, so a double press leaves no question open.
public struct ButtonIntents: Sendable, Hashable {
  private enum Phase: Sendable, Hashable {
    case idle
    /// Down, and short so far.
    case open
    /// Down, and long.
    case grown
    /// Down, and the question lasts as long.
    case talking
  }

  private let actions: ButtonActions
  private var phase = Phase.idle
  /// The end of the question was heard while the button was down.
  private var isEndDue = false

  public init(_ actions: ButtonActions = ButtonActions()) { self.actions = actions }

  /// The button is down and may become the privacy hold: what is heard stays on the glasses until it is known.
  public var holdsSoundBack: Bool { phase == .open && actions.long == .privacy }

  /// The question lasts until the button is let go: silence does not end it.
  public var isTalking: Bool { phase == .talking }

  /// The turn has ended, or there is none that could last as long as the button is held.
  public mutating func turnEnded() {
    isEndDue = false
    if phase == .talking { phase = .grown }
  }

  /// The end of the question was heard. True when it has to wait for the button.
  public mutating func defersEnd() -> Bool {
    switch phase {
    case .talking: return true
    case .open where actions.long == .talk:
      isEndDue = true
      return true
    case .open, .idle, .grown: return false
    }
  }

  /// Takes a gesture. `number` is the press's place in its series, from 1 (`ButtonGestures.pressNumber`).
  public mutating func handle(_ gesture: Gesture, number: Int, in situation: ButtonSituation) -> ButtonCommand? {
    switch gesture {
    case .down:
      phase = .open
      isEndDue = false
      return down(number, situation)
    case .long:
      phase = .grown
      return long(situation)
    case .hold:
      return .pair
    case .release:
      defer {
        phase = .idle
        isEndDue = false
      }
      return phase == .talking || isEndDue ? .endQuestion : nil
    case .presses(let count):
      // The series ended with a long press, or none was asked for.
      return perform(count == 2 ? actions.double : count == 3 ? actions.triple : .none, situation)
    }
  }

  private func down(_ number: Int, _ situation: ButtonSituation) -> ButtonCommand? {
    switch situation {
    case .turn: return .press
    case .pairing: return number == 1 ? .press : nil
    case .rest:
      guard number == 1 else { return nil }
      switch actions.press {
      case .ask: return .press
      case .look, .repeat, .wakeWord, .privacy: return .perform(actions.press)
      case .none, .talk: return nil
      }
    }
  }

  private mutating func long(_ situation: ButtonSituation) -> ButtonCommand? {
    guard actions.long == .talk else { return perform(actions.long, situation) }
    guard situation != .pairing else { return nil }
    phase = .talking
    return .talk
  }

  private func perform(_ action: ButtonAction, _ situation: ButtonSituation) -> ButtonCommand? {
    switch action {
    case .none, .ask, .talk: return nil
    case .privacy: return .perform(action)
    case .look, .repeat, .wakeWord: return situation == .pairing ? nil : .perform(action)
    }
  }
}
