import Units

/// Who holds a lease, and so why a part is up: what `sotto power explain` and the trace name.
public enum LeaseHolder: Sendable, Hashable {
  /// The turn of this number, from the wake to the end of its answer.
  case turn(UInt32)
  /// The policy that lets the microphone listen locally while nothing is asked.
  case arming
  /// A card that is to be seen.
  case card
  /// A tone outside of an answer.
  case cue
  case pairing
  /// The call to a host that was away, for questions that were kept.
  case keptQuestions
  /// The link that is kept, open and silent, between turns.
  case parkedLink
  /// A client of the control port, the how-manieth since the start, and its process.
  case control(client: UInt32, process: Int32)

  /// Without the number: `turn`, `parked link`.
  public var kind: StaticString {
    switch self {
    case .turn: "turn"
    case .arming: "arming"
    case .card: "card"
    case .cue: "cue"
    case .pairing: "pairing"
    case .keptQuestions: "kept questions"
    case .parkedLink: "parked link"
    case .control: "control client"
    }
  }
}

extension TextBuffer {
  /// The holder for a person and for the trace: `turn 3`, `parked link`, `control client 1 (process 4711)`.
  public mutating func append(_ holder: LeaseHolder) {
    append(holder.kind)
    switch holder {
    case .turn(let number):
      append(" ")
      append(number)
    case .control(let client, let process):
      append(" ")
      append(client)
      append(" (process ")
      append(process)
      append(")")
    case .arming, .card, .cue, .pairing, .keptQuestions, .parkedLink: break
    }
  }
}
