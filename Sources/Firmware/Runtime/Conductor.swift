import Engagement
import HAL
import Power
import Units

/// What wants hardware besides the engagement machine's state.
package struct Wishes: Sendable, Hashable {
  /// A card is to be seen.
  package var card = false
  /// A cue outside of an answer is sounding.
  package var cue = false
  /// Sound waits to be played.
  package var isSoundWaiting = false
  /// Pairing calls the host, or is connected to it.
  package var pairingLink = false
  /// There is nothing to hear, as hardware tells: who listens locally at rest needs no microphone.
  package var isQuiet = false
  /// The host is called at rest, for the questions that were kept.
  package var callsHost = false
  /// Without a host the question of this turn can be kept.
  package var keepsQuestion = false
  /// What clients of the control port hold, as far as they may.
  package var clients = PartLevels.none

  package init() {}
}

/// Which of the parts that the glasses can do without are there.
package struct Fitting: Sendable, Hashable {
  package var speaker = true
  package var display = true

  package init() {}
}

/// Leases that cannot be had, as far as somebody besides the engagement machine has to do something about it.
package struct LostLeases: Sendable {
  /// Why there will be no picture.
  package var picture: DeviceError?
  /// The call for pairing failed.
  package var pairingLink = false
  /// The host that was called at rest is not there.
  package var hostCall = false
  package var speaker = false
  package var display = false
  /// Clients of the control port have lost the speaker.
  package var clientsSpeaker = false

  var isEmpty: Bool { picture == nil && !pairingLink && !hostCall && !speaker && !display && !clientsSpeaker }
}

/// Engagement, leases and power broker as one value: from an event to what the hardware has to do, and from what became of that
/// back to events. docs/design/0001 says why; docs/design/0003 how every state of it is walked through.
///
/// ```
///  post ──▶ inbox ──▶ Engagement ──demand──▶ leases ──▶ PowerBroker ──▶ transition, verifyLight, takeStill
///             ▲                     wishes ────┘                          │
///             └── captureFailed, linkLost, pictureSettled … ◀── completed, failed, linkOpened …
/// ```
///
/// Whoever drives it calls `next` until it is nil and does each step: that is all. It performs no input or output, reads no clock and
/// allocates nothing while nothing changes.
package struct Conductor: ~Copyable {
  package enum Step: Sendable {
    /// The engagement machine has dealt with an event that found it in state `from`.
    case decided(EngagementActions, EngagementEvent, from: EngagementState)
    /// To be done, and answered at once or later by `completed` or `failed`; a link that is opening by `linkOpened` or `linkFailed`.
    case transition(PowerBroker.Transition)
    case lost(LostLeases)
    /// Look whether the light is on, and answer with `lightIsOn` or `failed`.
    case verifyLight
    /// The light was on just now: take the picture, and answer with `pictureTaken` or `pictureFailed`.
    case takeStill
  }

  package internal(set) var engagement: Engagement
  package internal(set) var broker: PowerBroker
  var leases = Leases()
  /// Events that wait for the engagement machine.
  var inbox: [EngagementEvent] = []
  package internal(set) var picture = PictureProgress()
  /// The transition that the opening link will complete.
  package internal(set) var openingLink: PowerBroker.Transition?
  /// The last error of each part, by raw value: why a lease on it failed.
  var failures: [DeviceError?]
  /// Since the leases were last looked through one may have failed.
  var mayHaveLost = false
  package let fitting: Fitting

  /// No capture without the light: what leaves the device, picture or sound, needs the indicator on and verified.
  package static var privacy: [PowerDependency] {
    [
      PowerDependency(.camera, atLevel: Level.on, requires: .indicator, atLevel: Level.on),
      PowerDependency(.microphone, atLevel: Level.microphoneStreaming, requires: .indicator, atLevel: Level.on),
    ]
  }

  /// `dependencies` are the board's own; no capture without the light holds whatever they are. The explorer alone leaves a part of `privacy`
  /// out, to see that it notices.
  package init(
    policy: ListeningPolicy, fitting: Fitting, dependencies: [PowerDependency] = [],
    privacy: [PowerDependency] = Conductor.privacy
  ) {
    engagement = Engagement(policy: policy)
    // An opening link is not called off: a turn that was stopped leaves it parked for the next.
    broker = PowerBroker(dependencies: privacy + dependencies, steadfast: [.link])
    failures = [DeviceError?](repeating: nil, count: Part.allCases.count + 1)
    self.fitting = fitting
  }

  // MARK: What is to be done

  package mutating func post(_ event: EngagementEvent) { inbox.append(event) }

  /// The next thing to do; nil when nothing follows any more.
  package mutating func next(_ wishes: Wishes, at now: Instant) -> Step? {
    // The hardware comes when no event waits; what it lacks may be the next event.
    if inbox.isEmpty, let step = nextOfHardware(wishes) { return step }
    guard !inbox.isEmpty else { return nil }
    let event = inbox.removeFirst()
    let before = engagement.state
    let actions = engagement.handle(event, at: now)
    mayHaveLost = true
    if actions.takePicture { picture.want() }
    return .decided(actions, event, from: before)
  }

  private mutating func nextOfHardware(_ wishes: Wishes) -> Step? {
    adjustLeases(wishes)
    if let transition = broker.nextTransition() { return .transition(transition) }
    if mayHaveLost {
      mayHaveLost = false
      let lost = noticeLostLeases(wishes)
      if !lost.isEmpty { return .lost(lost) }
    }
    guard leases.camera.state(broker) == .held else { return nil }
    switch picture.stage {
    case .wanted: return .verifyLight
    case .lit:
      picture.take()
      return .takeStill
    case .none, .taking: return nil
    }
  }

  private mutating func adjustLeases(_ wishes: Wishes) {
    let demand = engagement.demand
    let microphone =
      switch demand.microphone {
      case .off: Level.off
      case .local: wishes.isQuiet && !engagement.state.isInTurn ? Level.off : Level.microphoneLocal
      case .streaming: Level.microphoneStreaming
      }
    let speaker = speakerLevel(demand, wishes)
    let isAtRest = engagement.state == .dormant || engagement.state == .armed
    let link = demand.link && (engagement.state != .pairing || wishes.pairingLink) || wishes.callsHost && isAtRest
    // A card that only stands there needs no processor: the panel refreshes itself.
    let isBusy = microphone == Level.microphoneStreaming || speaker > Level.off || link || demand.camera
    let processor = isBusy ? Level.processorBusy : microphone > 0 ? Level.processorListening : Level.off
    // Outside of a turn a speaker that is up sounds a cue, and a processor that works does so for pairing or for that cue.
    let turn = engagement.state.isInTurn ? LeaseHolder.turn(engagement.turn) : nil
    let caller = engagement.state == .pairing ? LeaseHolder.pairing : .keptQuestions
    let processorHolder = turn ?? (link ? caller : isBusy ? .cue : .arming)
    var changed = leases.processor.adjust(to: processor, for: processorHolder, &broker)
    changed = leases.microphone.adjust(to: microphone, for: turn ?? .arming, &broker) || changed
    changed = leases.camera.adjust(to: demand.camera ? Level.on : Level.off, for: .turn(engagement.turn), &broker) || changed
    changed = leases.speaker.adjust(to: speaker, for: demand.speaker ? turn ?? .cue : .cue, &broker) || changed
    let display = wishes.card && fitting.display && engagement.permissions.display ? Level.on : Level.off
    changed = leases.display.adjust(to: display, for: .card, &broker) || changed
    changed = leases.link.adjust(to: link ? Level.linkActive : Level.off, for: turn ?? caller, &broker) || changed
    changed = leases.clientsProcessor.adjust(to: wishes.clients[.processor], &broker) || changed
    changed = leases.clientsSpeaker.adjust(to: fitting.speaker ? wishes.clients[.speaker] : Level.off, &broker) || changed
    mayHaveLost = mayHaveLost || changed
    // A picture that is not wanted any more is not waited for either.
    if !demand.camera { picture.reset() }
  }

  private func speakerLevel(_ demand: Demand, _ wishes: Wishes) -> Int {
    guard fitting.speaker, demand.speaker || wishes.cue else { return Level.off }
    return wishes.isSoundWaiting ? Level.speakerPlaying : Level.speakerReady
  }

  /// Tells the engagement machine which leases cannot be had: its state no longer demands the part afterwards, or the runtime does without.
  private mutating func noticeLostLeases(_ wishes: Wishes) -> LostLeases {
    var lost = LostLeases()
    if case .failed(let culprit)? = leases.microphone.state(broker) { post(.captureFailed(failure(of: culprit, "start"))) }
    if case .failed(let culprit)? = leases.camera.state(broker) { lost.picture = failure(of: culprit, "open") }
    if case .failed? = leases.link.state(broker) {
      let cause = failure(of: .link, "open").cause
      switch engagement.state {
      case .pairing: lost.pairingLink = true
      case .notWorn, .dormant, .armed: lost.hostCall = true
      case .engaged, .thinking, .presenting: post(wishes.keepsQuestion && cause.meansAway ? .hostAway : .linkLost(cause))
      }
    }
    lost.speaker = Self.isLost(leases.speaker.state(broker))
    lost.display = Self.isLost(leases.display.state(broker))
    lost.clientsSpeaker = Self.isLost(leases.clientsSpeaker.state(broker))
    return lost
  }

  /// It failed, or the board lets it only be used along with something that is down: an answer does not wait for that.
  private static func isLost(_ state: PowerBroker.LeaseState?) -> Bool {
    switch state {
    case .failed?, .waiting?: true
    case .rising?, .held?, nil: false
    }
  }

  package func failure(of part: Part, _ operation: StaticString) -> DeviceError {
    failures[Int(part.rawValue)] ?? DeviceError(part, operation, .io)
  }

  // MARK: What became of it

  package mutating func completed(_ transition: PowerBroker.Transition) { broker.completed(transition) }

  /// The part is on its way; it fails if it is not there by then.
  package mutating func awaits(_ transition: PowerBroker.Transition, until deadline: Instant) {
    broker.awaits(transition, until: deadline)
  }

  /// A part refused to come up, or failed while it was up: the leases on it fail with it. It is at rest now.
  package mutating func failed(_ error: DeviceError) {
    failures[Int(error.part.rawValue)] = error
    broker.failed(error.part)
    mayHaveLost = true
  }

  package mutating func lightIsOn() { picture.light() }

  /// The picture is on its way to the host.
  package mutating func pictureTaken() {
    picture.reset()
    post(.pictureSettled)
  }

  /// There will be no picture; false when none is waited for. Without the light nothing may be captured at all; without a camera the turn
  /// goes on.
  package mutating func pictureFailed(_ error: DeviceError) -> Bool {
    guard picture.stage != .none else { return false }
    picture.reset()
    post(error.part == .indicator ? .captureFailed(error) : .pictureSettled)
    return true
  }

  // MARK: Link

  /// The link is being opened; `linkOpened` or `linkFailed` follows.
  package mutating func linkIsOpening(_ transition: PowerBroker.Transition) { openingLink = transition }

  /// The session stands. Outside of pairing it is kept, silent, after the turn.
  package mutating func linkOpened() {
    if let openingLink { broker.completed(openingLink) }
    openingLink = nil
    guard engagement.state != .pairing else { return }
    leases.parkedLink.adjust(to: Level.linkParked, &broker)
    post(.linkOpened)
  }

  /// The link could not be opened, or was lost.
  package mutating func linkFailed(_ error: DeviceError) {
    openingLink = nil
    leases.parkedLink.adjust(to: Level.off, &broker)
    failed(error)
  }

  /// The link is closed between turns.
  package mutating func unpark() { leases.parkedLink.adjust(to: Level.off, &broker) }

  /// A turn wants the link.
  package var isLinkWanted: Bool { leases.link.level > 0 }

  package var isLinkParked: Bool { leases.parkedLink.level > 0 }

  /// The connection was dropped, so that the next lease opens one anew.
  package mutating func resetLink() {
    openingLink = nil
    leases.parkedLink.adjust(to: Level.off, &broker)
    leases.link.adjust(to: Level.off, &broker)
    broker.failed(.link)
  }

  /// Gives every lease back.
  package mutating func releaseAll() { leases.releaseAll(&broker) }
}

extension FailureCause {
  /// The host is not to be reached now, and may be later: no other reason against asking it.
  fileprivate var meansAway: Bool {
    switch self {
    case .absent, .removed, .busy, .timedOut, .io: true
    case .unsupported, .malformed, .forbidden, .full, .refused: false
    }
  }
}
