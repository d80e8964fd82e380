import HAL
import Units

/// The unobtrusive mode: which state the glasses are in, and why they leave it.
///
/// ```
///  notWorn ─1─▶ dormant ◀─2─▶ armed        1 put on          6 end of speech, typed question
///     ▲            │ │3        │3          2 arming policy   7 first of the answer
///     │5           ▼ ▼         ▼           3 button, wake    8 card, sound and host are done; button; failure told and gone; privacy hold
///     ├───────── engaged ◀─────┘           4 hold            9 barge-in: the next turn
///     │             │6  ▲9                 5 taken off, from every state
///     ├───────── thinking ──8──▶ rest
///     │             │7
///     └───────── presenting ──8──▶ rest    (rest is dormant or armed, by policy)
///  dormant, armed ─4─▶ pairing ─8─▶ rest
/// ```
///
/// A pure value: events and the present instant in, actions out. `demand` says what the state needs of the hardware, `deadline`
/// when it wants `.deadline`. From each state with a deadline something follows without any other event, so without input the
/// machine comes to rest: engaged ≤ `nothingSaid` or `longestUtterance`, thinking ≤ `answerDeadline`, presenting ≤ `answerDeadline`
/// after the last sign of life, pairing ≤ `Engagement.longestPairing`. The resting states have no deadline.
public struct Engagement: Sendable {
  /// The pairing machine has its own time-box; this only bounds the state should it never report its end.
  public static let longestPairing = Duration.seconds(150)
  /// Slack over the endpoint detector's own limits before the state gives up on it (a microphone that delivers nothing).
  public static let captureGrace = Duration.seconds(2)
  /// An answer that plays longer than this is cut: no state lasts without bound.
  public static let longestAnswer = Duration.seconds(300)
  /// A failure notice that nothing takes away ends by itself after this.
  public static let longestNotice = Duration.seconds(30)

  public private(set) var state = EngagementState.notWorn
  /// The number of the newest turn; 0 before the first.
  public private(set) var turn: UInt32 = 0
  public private(set) var deadline: Instant?

  private let policy: ListeningPolicy
  public private(set) var isWorn = false
  public private(set) var permissions = Permissions()
  /// Listening locally failed: not tried again before the microphone has worked in a turn, or the glasses are put on anew.
  package private(set) var isDeaf = false
  package private(set) var isPictureWanted = false
  /// There is no host for what is being said.
  package private(set) var isHostAway = false
  /// The turn asks a question that was kept.
  package private(set) var isKept = false
  package private(set) var presenting = Presenting()

  /// What still has to finish while presenting.
  package struct Presenting: Sendable {
    package fileprivate(set) var isHostDone = false
    package fileprivate(set) var isSoundDone = false
    package fileprivate(set) var isCardGone = false
    /// A failure is being told; the turn itself has ended.
    package fileprivate(set) var isNotice = false

    var isOver: Bool { isHostDone && isSoundDone && isCardGone }
  }

  public init(policy: ListeningPolicy) {
    self.policy = policy
  }

  /// What the present state needs of the hardware.
  public var demand: Demand {
    var demand = Demand()
    switch state {
    case .notWorn, .dormant: break
    case .armed:
      demand.microphone = .local
    case .engaged:
      demand.microphone = .streaming
      demand.link = !isHostAway
      demand.camera = isPictureWanted
    case .thinking:
      // Heard on the glasses alone, until it is an interruption.
      demand.microphone = isDeaf ? .off : .local
      demand.link = true
      // Already now: its start must not delay the first word.
      demand.speaker = true
      demand.camera = isPictureWanted
    case .presenting:
      if !isDeaf && !presenting.isNotice && !presenting.isSoundDone { demand.microphone = .local }
      demand.link = !presenting.isHostDone
      demand.speaker = !presenting.isSoundDone
      demand.camera = isPictureWanted && !presenting.isHostDone
    case .pairing:
      demand.link = true
    }
    // Whatever the state asks for: what policy forbids is not leased.
    if !permissions.capture { demand.microphone = .off }
    if !permissions.capture || !permissions.camera { demand.camera = false }
    return demand
  }

  public mutating func handle(_ event: EngagementEvent, at now: Instant) -> EngagementActions {
    var actions = EngagementActions()
    // A deadline that something else has moved meanwhile is not this state's.
    if case .deadline = event, deadline.map({ $0 > now }) ?? true { return actions }
    switch event {
    case .worn(let worn):
      wear(worn, &actions)
    case .permitted(let permissions):
      permit(permissions, at: now, &actions)
    case .shutdown:
      if state == .pairing { actions.endPairing = true }
      endTurn(.cancelled, cancel: .shutdown, &actions)
      isWorn = false
      rest()
    case .button, .hold, .wakeWord, .typedQuestion, .captureFailed, .linkOpened, .linkLost, .hostAway, .keptQuestion,
      .speechBegan, .speechEnded,
      .nothingSaid, .bargeIn,
      .transcribed, .pictureWanted, .pictureSettled, .answerBegan, .hostEnded, .soundEnded, .cardGone, .pairingEnded, .deadline:
      switch state {
      case .notWorn: handleUnworn(event, at: now, &actions)
      case .dormant, .armed: handleAtRest(event, at: now, &actions)
      case .engaged: handleEngaged(event, at: now, &actions)
      case .thinking: handleThinking(event, at: now, &actions)
      case .presenting: handlePresenting(event, at: now, &actions)
      case .pairing: handlePairing(event, at: now, &actions)
      }
    }
    return actions
  }

  // MARK: States

  /// Unworn glasses do not listen, whatever is pressed; a hold still pairs, since that is done with the glasses in the hand.
  private mutating func handleUnworn(_ event: EngagementEvent, at now: Instant, _ actions: inout EngagementActions) {
    switch event {
    case .hold:
      beginPairing(at: now, &actions)
    case .button, .wakeWord, .typedQuestion, .captureFailed, .linkOpened, .linkLost, .hostAway, .keptQuestion, .speechBegan,
      .speechEnded, .nothingSaid,
      .bargeIn,
      .transcribed, .pictureWanted, .pictureSettled, .answerBegan, .hostEnded, .soundEnded, .cardGone, .pairingEnded, .deadline,
      .worn, .permitted, .shutdown:
      break
    }
  }

  private mutating func handleAtRest(_ event: EngagementEvent, at now: Instant, _ actions: inout EngagementActions) {
    switch event {
    case .button:
      if permissions.capture { begin(.button, at: now, &actions) } else { actions.notice = .privacy }
    case .wakeWord:
      // A wake word can only be heard while armed; one decided just before disarming still counts, but not against the wearer's will.
      if permissions.capture { begin(.wakeWord, at: now, &actions) }
    case .typedQuestion: begin(.typed, at: now, &actions)
    case .keptQuestion: begin(.kept, at: now, &actions)
    case .hold: beginPairing(at: now, &actions)
    case .captureFailed(let error):
      // Listening locally failed: fall back to the button alone.
      if state == .armed {
        isDeaf = true
        rest()
        actions.notice = .capture(error)
      }
    case .linkOpened, .linkLost, .hostAway, .speechBegan, .speechEnded, .nothingSaid, .bargeIn, .transcribed, .pictureWanted,
      .pictureSettled,
      .answerBegan, .hostEnded, .soundEnded, .cardGone, .pairingEnded, .deadline, .worn, .permitted, .shutdown:
      break
    }
  }

  private mutating func handleEngaged(_ event: EngagementEvent, at now: Instant, _ actions: inout EngagementActions) {
    switch event {
    case .button: stop(&actions)
    case .hold:
      endTurn(.cancelled, cancel: .button, &actions)
      beginPairing(at: now, &actions)
    case .speechBegan:
      isDeaf = false
      deadline = now + policy.longestUtterance + Self.captureGrace
    case .speechEnded(let reason):
      actions.speechEnded = reason
      if isHostAway { keepQuestion(at: now, &actions) } else { think(at: now) }
    case .nothingSaid:
      endTurn(.nothingSaid, cancel: .nothingSaid, &actions)
      rest()
    case .captureFailed(let error):
      fail(.capture(error), .failed, cancel: .captureFailed, at: now, &actions)
    case .linkLost(let cause):
      fail(.hostUnreachable(cause), .failed, cancel: nil, at: now, &actions)
    case .hostAway:
      isHostAway = true
      actions.hostIsAway = true
    // Somebody else has called it.
    case .linkOpened: isHostAway = false
    case .pictureWanted: wantPicture(&actions)
    case .pictureSettled: isPictureWanted = false
    case .answerBegan:
      // The host heard the end of the question before the endpoint detector did.
      actions.speechEnded = .silence
      present(at: now)
    case .hostEnded(let outcome): hostEnded(outcome, at: now, &actions)
    case .deadline:
      fail(.capture(DeviceError(.microphone, "read", .timedOut)), .timedOut, cancel: .timedOut, at: now, &actions)
    case .wakeWord, .typedQuestion, .keptQuestion, .bargeIn, .transcribed, .soundEnded, .cardGone, .pairingEnded, .worn,
      .permitted,
      .shutdown:
      break
    }
  }

  private mutating func handleThinking(_ event: EngagementEvent, at now: Instant, _ actions: inout EngagementActions) {
    switch event {
    case .button: stop(&actions)
    case .hold:
      endTurn(.cancelled, cancel: .button, &actions)
      beginPairing(at: now, &actions)
    case .wakeWord, .bargeIn: interrupt(event, at: now, &actions)
    case .captureFailed(let error):
      if !goDeaf(error) { fail(.capture(error), .failed, cancel: .captureFailed, at: now, &actions) }
    case .linkLost(let cause):
      fail(Self.notice(ofLost: cause), .failed, cancel: nil, at: now, &actions)
    case .hostAway: keepQuestion(at: now, &actions)
    case .transcribed:
      deadline = now + policy.answerDeadline
    case .pictureWanted:
      deadline = now + policy.answerDeadline
      wantPicture(&actions)
    case .pictureSettled:
      deadline = now + policy.answerDeadline
      isPictureWanted = false
    case .answerBegan: present(at: now)
    case .hostEnded(let outcome): hostEnded(outcome, at: now, &actions)
    case .deadline:
      fail(.hostSilent, .timedOut, cancel: .timedOut, at: now, &actions)
    case .typedQuestion, .keptQuestion, .linkOpened, .speechBegan, .speechEnded, .nothingSaid, .soundEnded, .cardGone,
      .pairingEnded, .worn,
      .permitted, .shutdown:
      break
    }
  }

  private mutating func handlePresenting(_ event: EngagementEvent, at now: Instant, _ actions: inout EngagementActions) {
    switch event {
    case .button: stop(&actions)
    case .hold:
      endTurn(.cancelled, cancel: .button, &actions)
      beginPairing(at: now, &actions)
    case .wakeWord, .bargeIn: interrupt(event, at: now, &actions)
    case .typedQuestion:
      endTurn(.cancelled, cancel: .bargeIn, &actions)
      begin(.typed, at: now, &actions)
    case .captureFailed(let error):
      if !goDeaf(error), !presenting.isHostDone { fail(.capture(error), .failed, cancel: .captureFailed, at: now, &actions) }
    // What has been answered in part is not asked again.
    case .linkLost, .hostAway:
      if !presenting.isHostDone { fail(.hostLost, .failed, cancel: nil, at: now, &actions) }
    case .pictureWanted:
      if !presenting.isHostDone { wantPicture(&actions) }
    case .pictureSettled: isPictureWanted = false
    case .answerBegan:
      // Each sign of life of the host moves the deadline of its silence.
      if !presenting.isHostDone { deadline = now + policy.answerDeadline }
    case .hostEnded(let outcome):
      guard !presenting.isHostDone else { break }
      if outcome == .failed {
        fail(.hostFailed, .failed, cancel: nil, at: now, &actions)
      } else {
        presenting.isHostDone = true
        deadline = now + Self.longestAnswer
        finishIfOver(&actions)
      }
    case .soundEnded:
      presenting.isSoundDone = presenting.isHostDone
      finishIfOver(&actions)
    case .cardGone:
      presenting.isCardGone = true
      finishIfOver(&actions)
    case .deadline:
      if presenting.isHostDone {
        endTurn(.answered, cancel: nil, &actions)
        rest()
      } else {
        fail(.hostSilent, .timedOut, cancel: .timedOut, at: now, &actions)
      }
    case .keptQuestion, .linkOpened, .speechBegan, .speechEnded, .nothingSaid, .transcribed, .pairingEnded, .worn, .permitted,
      .shutdown:
      break
    }
  }

  private mutating func handlePairing(_ event: EngagementEvent, at now: Instant, _ actions: inout EngagementActions) {
    switch event {
    case .button: actions.confirmPairing = true
    case .pairingEnded: rest()
    case .deadline:
      actions.endPairing = true
      rest()
    case .hold, .wakeWord, .typedQuestion, .captureFailed, .linkOpened, .linkLost, .hostAway, .keptQuestion, .speechBegan,
      .speechEnded, .nothingSaid,
      .bargeIn,
      .transcribed, .pictureWanted, .pictureSettled, .answerBegan, .hostEnded, .soundEnded, .cardGone, .worn, .permitted,
      .shutdown:
      break
    }
  }

  // MARK: Moves

  private mutating func wear(_ worn: Bool, _ actions: inout EngagementActions) {
    isWorn = worn
    if worn { isDeaf = false } else { endTurn(.cancelled, cancel: .takenOff, &actions) }
    // Pairing goes on in the hand.
    if state != .pairing && (!worn || state == .notWorn) { rest() }
  }

  /// What is not allowed any more ends at once. What is allowed anew begins by itself only at rest.
  private mutating func permit(_ new: Permissions, at now: Instant, _ actions: inout EngagementActions) {
    let old = permissions
    permissions = new
    isDeaf = false
    if !new.capture && old.capture && state.isInTurn {
      endTurn(.cancelled, cancel: .button, &actions)
      rest()
    }
    if !new.camera && isPictureWanted {
      isPictureWanted = false
      actions.refusePicture = true
      if state == .thinking || state == .presenting && !presenting.isHostDone { deadline = now + policy.answerDeadline }
    }
    // Nobody can compare digits that are not shown.
    if !new.display && state == .pairing {
      actions.endPairing = true
      rest()
    }
    if state == .dormant || state == .armed { rest() }
  }

  /// To the resting state that wear and policy call for.
  private mutating func rest() {
    state = !isWorn ? .notWorn : permissions.arming && !isDeaf ? .armed : .dormant
    deadline = nil
    isPictureWanted = false
    isHostAway = false
    isKept = false
    presenting = Presenting()
  }

  private mutating func begin(_ trigger: Trigger, at now: Instant, _ actions: inout EngagementActions) {
    turn &+= 1
    isPictureWanted = false
    isHostAway = false
    isKept = trigger == .kept
    presenting = Presenting()
    actions.turnBegan = (turn, trigger)
    if trigger == .typed || trigger == .kept {
      think(at: now)
    } else {
      state = .engaged
      deadline = now + policy.nothingSaid + Self.captureGrace
    }
  }

  private mutating func think(at now: Instant) {
    state = .thinking
    deadline = now + policy.answerDeadline
  }

  private mutating func present(at now: Instant) {
    state = .presenting
    presenting = Presenting()
    deadline = now + policy.answerDeadline
  }

  private mutating func wantPicture(_ actions: inout EngagementActions) {
    // What a kept question was about is out of sight.
    guard permissions.camera, !isKept else {
      actions.refusePicture = true
      return
    }
    guard !isPictureWanted else { return }
    isPictureWanted = true
    actions.takePicture = true
  }

  /// One press stops, in every state of a turn.
  private mutating func stop(_ actions: inout EngagementActions) {
    endTurn(.cancelled, cancel: .button, &actions)
    rest()
  }

  private mutating func interrupt(_ event: EngagementEvent, at now: Instant, _ actions: inout EngagementActions) {
    // What was heard before the microphone went off.
    guard permissions.capture else { return }
    endTurn(.cancelled, cancel: .bargeIn, &actions)
    if case .wakeWord = event { begin(.wakeWord, at: now, &actions) } else { begin(.button, at: now, &actions) }
  }

  /// Ends the turn; the wearer knows of a question that was kept before.
  private mutating func keepQuestion(at now: Instant, _ actions: inout EngagementActions) {
    actions.keepQuestion = true
    guard isKept else { return fail(.questionKept, .kept, cancel: nil, at: now, &actions) }
    endTurn(.kept, cancel: nil, &actions)
    rest()
  }

  /// The question has been heard: without the microphone the answer cannot be interrupted by voice, and that is all.
  private mutating func goDeaf(_ error: DeviceError) -> Bool {
    guard error.part == .microphone else { return false }
    isDeaf = true
    return true
  }

  private mutating func hostEnded(_ outcome: TurnOutcome, at now: Instant, _ actions: inout EngagementActions) {
    switch outcome {
    case .answered, .cancelled:
      // Without any answer there is nothing to present.
      endTurn(outcome == .answered ? .answered : .cancelled, cancel: nil, &actions)
      rest()
    case .nothingHeard: fail(.nothingHeard, .nothingHeard, cancel: nil, at: now, &actions)
    case .failed: fail(.hostFailed, .failed, cancel: nil, at: now, &actions)
    }
  }

  /// Ends the turn and tells the wearer why; the notice is presented like an answer.
  private mutating func fail(
    _ notice: Notice, _ ending: TurnEnding, cancel: CancelReason?, at now: Instant, _ actions: inout EngagementActions
  ) {
    endTurn(ending, cancel: cancel, &actions)
    actions.notice = notice
    isPictureWanted = false
    isHostAway = false
    isKept = false
    state = .presenting
    presenting = Presenting(isHostDone: true, isNotice: true)
    deadline = now + Self.longestNotice
  }

  private mutating func finishIfOver(_ actions: inout EngagementActions) {
    guard presenting.isOver else { return }
    endTurn(.answered, cancel: nil, &actions)
    rest()
  }

  /// What is shown and heard of a turn goes with it. A host that has ended the turn itself is not told to stop.
  private mutating func endTurn(_ ending: TurnEnding, cancel: CancelReason?, _ actions: inout EngagementActions) {
    guard state.isInTurn else { return }
    actions.hush = true
    guard !presenting.isNotice else { return }
    actions.turnEnded = EngagementActions.Ended(turn: turn, ending: ending, cancel: presenting.isHostDone ? nil : cancel)
  }

  /// After the question: whether the host was never there, does not want these glasses, or went away.
  private static func notice(ofLost cause: FailureCause) -> Notice {
    switch cause {
    case .absent, .busy, .unsupported, .timedOut, .forbidden, .full, .refused: .hostUnreachable(cause)
    case .removed, .malformed, .io: .hostLost
    }
  }

  private mutating func beginPairing(at now: Instant, _ actions: inout EngagementActions) {
    actions.beginPairing = true
    state = .pairing
    deadline = now + Self.longestPairing
    isPictureWanted = false
    isHostAway = false
    isKept = false
    presenting = Presenting()
  }
}
