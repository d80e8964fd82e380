import HAL
import Units

/// What the glasses are doing, as in architecture section 4. Raw values are fixed; they stand in traces.
public enum EngagementState: UInt8, Sendable, Hashable, CaseIterable {
  case notWorn = 0
  case dormant = 1
  case armed = 2
  case engaged = 3
  case thinking = 4
  case presenting = 5
  case pairing = 6

  public var name: StaticString {
    switch self {
    case .notWorn: "notWorn"
    case .dormant: "dormant"
    case .armed: "armed"
    case .engaged: "engaged"
    case .thinking: "thinking"
    case .presenting: "presenting"
    case .pairing: "pairing"
    }
  }

  /// A turn is under way.
  public var isInTurn: Bool {
    switch self {
    case .engaged, .thinking, .presenting: true
    case .notWorn, .dormant, .armed, .pairing: false
    }
  }
}

/// What can happen to the glasses, as far as engagement is concerned.
public enum EngagementEvent: Sendable {
  /// Put on or taken off (debounced).
  case worn(Bool)
  /// What policy allows from now on.
  case permitted(Permissions)
  /// The button went down (debounced).
  case button
  /// The button was held: the request to pair.
  case hold
  case wakeWord
  case typedQuestion
  /// Microphone or indicator could not be brought up, or failed. (A camera that fails only ends the wish for a picture: `pictureSettled`.)
  case captureFailed(DeviceError)
  case linkOpened
  case linkLost(FailureCause)
  /// There is no host now, and the question is to be kept until there is.
  case hostAway
  /// A question that was kept can be asked now.
  case keptQuestion
  case speechBegan
  case speechEnded(EndReason)
  case nothingSaid
  /// The wearer spoke while the answer was being given.
  case bargeIn
  case transcribed
  case pictureWanted
  /// The picture was sent, or its failure was.
  case pictureSettled
  /// The first sentence, sound or card of the answer arrived.
  case answerBegan
  /// The host has nothing more for this turn.
  case hostEnded(TurnOutcome)
  /// The last sample of what was to be heard was heard.
  case soundEnded
  /// The card of this turn is gone.
  case cardGone
  case pairingEnded
  case deadline
  case shutdown
}

/// How a turn ended for the wearer. Raw values are fixed; they stand in traces.
public enum TurnEnding: UInt8, Sendable, Hashable {
  case answered = 1
  case nothingSaid = 2
  case nothingHeard = 3
  case cancelled = 4
  case failed = 5
  case timedOut = 6
  /// The host is away: the question is asked when it is back.
  case kept = 7

  public var name: StaticString {
    switch self {
    case .answered: "answered"
    case .nothingSaid: "nothingSaid"
    case .nothingHeard: "nothingHeard"
    case .cancelled: "cancelled"
    case .failed: "failed"
    case .timedOut: "timedOut"
    case .kept: "kept"
    }
  }
}

/// What the wearer is told when a turn fails: a short card and a cue.
public enum Notice: Sendable {
  case hostUnreachable(FailureCause)
  case hostLost
  case hostSilent
  case hostFailed
  case capture(DeviceError)
  case nothingHeard
  /// The host is away, and the question is kept.
  case questionKept
  /// The privacy hold stands: nothing is listened to.
  case privacy
}

/// What has to be done at once because of an event; several may be set. `turnEnded` comes before `turnBegan`.
public struct EngagementActions: Sendable {
  public struct Ended: Sendable {
    public var turn: UInt32
    public var ending: TurnEnding
    /// Set when the host is to be told to stop.
    public var cancel: CancelReason?
  }

  public var turnEnded: Ended?
  public var turnBegan: (turn: UInt32, trigger: Trigger)?
  public var speechEnded: EndReason?
  public var takePicture = false
  /// The host's wish for a picture cannot be granted, or not any more.
  public var refusePicture = false
  /// Silence the speaker and take the card away at once.
  public var hush = false
  public var notice: Notice?
  /// The wearer asks a host that is away: what is being said is kept.
  public var hostIsAway = false
  /// The question is whole, and is to be kept.
  public var keepQuestion = false
  public var beginPairing = false
  public var confirmPairing = false
  public var endPairing = false

  public init() {}
}

/// What a state needs of the hardware. The runtime takes leases until it is so, and gives back what is not in here: desired state
/// beside current state. The display is not among it: it is on exactly while the overlay shows a card.
public struct Demand: Sendable, Hashable {
  public enum Microphone: UInt8, Sendable { case off, local, streaming }

  public var microphone = Microphone.off
  public var camera = false
  public var link = false
  public var speaker = false

  public init() {}
}
