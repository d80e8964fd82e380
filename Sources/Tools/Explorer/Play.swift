import Engagement
import HAL
import Power
import Runtime
import Units

/// One move, played on the real conductor: the part of `Glasses`, of its drivers and of the world around is taken by a model.
struct Play: ~Copyable {
  private var conductor: Conductor
  private(set) var around: Surroundings
  private var policy: ArmingPolicy
  private var now: Instant
  private var pending: [PowerBroker.Transition]
  private var asked: PowerBroker.Transition?
  private var clients: ControlClients
  private var promises: Promises
  private let pace: Pace
  private let fault: Fault?
  /// What went wrong on the way.
  private(set) var breach: String?
  private(set) var hasBegun = false
  private(set) var hasEnded = false
  private(set) var wasTold = false

  init(_ world: borrowing World, pace: Pace, fault: Fault?) {
    conductor = Conductor(world.image)
    around = world.around
    policy = world.policy
    now = world.now
    pending = world.pending
    asked = world.asked
    clients = world.clients
    promises = world.promises
    self.pace = pace
    self.fault = fault
  }

  /// The glasses as they are switched on, in nobody's hand.
  static func start(pace: Pace, fault: Fault?) -> World {
    var fitting = Fitting()
    fitting.speaker = pace != .slowCapture
    fitting.display = pace.hasDisplay
    let spared: Part? =
      switch fault {
      case .cameraBeforeLight?: .camera
      case .microphoneBeforeLight?: .microphone
      default: nil
      }
    let conductor = Conductor(
      policy: ListeningPolicy(), fitting: fitting, privacy: Conductor.privacy.filter { $0.part != spared })
    var world = World(image: conductor.setAside())
    if pace == .clients { for place in 0..<2 { world.clients.open(place, process: 1) } }
    return world
  }

  consuming func result(from before: borrowing World) -> World {
    let (around, policy, now, pending, asked, fault) = (around, policy, now, pending, asked, fault)
    let (clients, promises) = (clients, promises)
    var image = conductor.setAside()
    if fault == .dropsRelease, before.image.slots.microphone > 0, image.slots.microphone == 0 {
      image.broker.lease(.microphone, level: before.image.slots.microphone).end()
    }
    if fault == .keepsLinkLease, before.image.slots.link > 0, image.slots.link == 0, image.engagement.state == .dormant {
      image.slots.link = before.image.slots.link
      image.broker.lease(.link, level: image.slots.link).end()
    }
    return World(
      image: image, around: around, policy: policy, now: now, pending: pending, asked: asked, clients: clients, promises: promises
    )
  }

  // MARK: Moves

  mutating func make(_ move: Move) {
    if let client = move.client {
      act(client)
      return settle()
    }
    switch move {
    case .putOn:
      around.isWorn = true
      policy.isWorn = true
      reconsider(isPutOn: true)
      tell(.worn(true))
    case .takeOff:
      around.isWorn = false
      around.callsHost = false
      policy.isWorn = false
      tell(.worn(false))
      reconsider()
    case .press: tell(.button)
    case .hold: tell(.hold)
    case .wakeWord: tell(.wakeWord)
    case .typedQuestion: tell(.typedQuestion)
    case .keptQuestion: tell(.keptQuestion)
    case .hostCalled: around.callsHost = true
    case .hostCallOver: around.callsHost = false
    case .shutdown:
      around.isWorn = false
      policy.isWorn = false
      conductor.unpark()
      tell(.shutdown)
      reconsider()
    case .longPress:
      policy.isHeld.toggle()
      reconsider()
    case .batteryLow: discharge(to: 15)
    case .batteryCritical: discharge(to: 6)
    case .batteryCharged: discharge(to: 80)
    case .heats: warm(to: 440)
    case .cools: warm(to: 300)
    case .quietBegins: clock(LocalTime(hour: 23, minute: 0))
    case .quietEnds: clock(LocalTime(hour: 12, minute: 0))
    case .speechBegan: tell(.speechBegan)
    case .speechEnded: tell(.speechEnded(.silence))
    case .nothingSaid: tell(.nothingSaid)
    case .bargeIn: tell(.bargeIn)
    case .transcribed: tell(.transcribed)
    case .pictureWanted: tell(.pictureWanted)
    case .answerBegan: tell(.answerBegan)
    case .hostAnswered: tell(.hostEnded(.answered))
    case .hostNothingHeard: tell(.hostEnded(.nothingHeard))
    case .hostFailed: tell(.hostEnded(.failed))
    case .hostCancelled: tell(.hostEnded(.cancelled))
    case .strayDeadline: tell(.deadline)
    case .strayCaptureFailure: tell(.captureFailed(DeviceError(.microphone, "read", .io)))
    case .strayLinkOpened: tell(.linkOpened)
    case .strayLinkAbsent: tell(.linkLost(.absent))
    case .strayLinkBroken: tell(.linkLost(.io))
    case .strayPictureSettled: tell(.pictureSettled)
    case .straySoundEnded: tell(.soundEnded)
    case .strayCardGone: tell(.cardGone)
    case .cardAppears: around.card = true
    case .cueRings:
      around.cue = true
      around.sound = true
    case .soundArrives: around.sound = true
    case .pairingCalls: around.isCalling = true
    case .pairingHangsUp:
      around.isCalling = false
      dropLink()
    case .soundBlock: sendSound()
    case .clientOverreaches: overreach()
    case .cameraBreaks: fail(.camera)
    case .microphoneBreaks: fail(.microphone)
    case .speakerBreaks: fail(.speaker)
    case .displayBreaks: fail(.display)
    case .linkBreaks: loseLink()
    case .lightGoesDark:
      around.isLit = false
      around.wentDark = true
    case .stillTaken: conductor.pictureTaken()
    case .stillFails: _ = conductor.pictureFailed(DeviceError(.camera, "take", .io))
    case .deadline:
      if let deadline = conductor.engagement.deadline { now = max(now, deadline) }
      tell(.deadline)
    case .cardExpires:
      hideCard()
      if fault == .retriesForever && conductor.engagement.isDeaf { conductor.post(.permitted(conductor.engagement.permissions)) }
    case .soundDrains: endSound()
    case .pairingTimeOver: endPairing()
    case .parkedTimeOver: conductor.unpark()
    case .cameraAnswers, .microphoneAnswers, .speakerAnswers, .displayAnswers, .linkAnswers, .indicatorAnswers: answer(move)
    case .cameraRefuses, .microphoneRefuses, .speakerRefuses, .displayRefuses, .linkRefuses, .indicatorRefuses: answer(move)
    case .clientTakesListening, .clientTakesBusy, .clientTakesSpeaker, .clientReleasesProcessor, .clientReleasesSpeaker,
      .clientDies,
      .otherTakesListening, .otherTakesBusy, .otherTakesSpeaker, .otherReleasesProcessor, .otherReleasesSpeaker, .otherDies:
      break
    }
    settle()
  }

  // MARK: The runtime

  /// Posts an event, and keeps what of an answer was reported as over, for the check that presenting then ends.
  private mutating func tell(_ event: EngagementEvent) {
    let isPresenting = conductor.engagement.state == .presenting
    switch event {
    case .hostEnded(let outcome): if isPresenting && outcome != .failed { around.hostReported = true }
    case .soundEnded: if isPresenting && around.hostReported { around.soundReported = true }
    case .cardGone:
      if isPresenting { around.cardReported = true }
      if fault == .staysInPresenting { return }
    case .worn(false): if fault == .ignoresTakeOff { return }
    case .button:
      if fault == .losesWakeDuringTransition && !pending.isEmpty { return }
      if fault == .losesStopWhileThinking && conductor.engagement.state == .thinking { return }
    case .deadline: if fault == .ignoresDeadline && conductor.engagement.state == .thinking { return }
    default: break
    }
    conductor.post(event)
  }

  private var wishes: Wishes {
    var wishes = Wishes()
    wishes.card = around.card
    wishes.cue = around.cue
    wishes.isSoundWaiting = around.sound
    wishes.pairingLink = around.isCalling
    wishes.callsHost = around.callsHost
    wishes.keepsQuestion = keepsQuestion
    wishes.clients = clients.wish
    return wishes
  }

  /// The question is whole and there is room: so where everything answers at once; elsewhere the host's absence is told as ever.
  private var keepsQuestion: Bool {
    switch conductor.engagement.state {
    case .engaged, .thinking: pace == .prompt
    case .notWorn, .dormant, .armed, .presenting, .pairing: false
    }
  }

  /// As `Glasses.settle`; stops where an answer of the hardware is needed.
  private mutating func settle() {
    var steps = 0
    while breach == nil, asked == nil, let step = conductor.next(wishes, at: now) {
      steps += 1
      if steps > 100 { breach = "the machines and the hardware do not settle" }
      switch step {
      case .decided(let actions, let event, let before): carryOut(actions, of: event, from: before)
      case .transition(let transition): begin(transition)
      case .lost(let lost): doWithout(lost)
      case .verifyLight:
        if around.isLit || fault == .noReadBackBeforeStill { conductor.lightIsOn() } else { fail(.indicator) }
      case .takeStill: if !around.isLit { breach = "a picture is taken without the light" }
      }
    }
  }

  private mutating func carryOut(_ actions: EngagementActions, of event: EngagementEvent, from before: EngagementState) {
    let state = conductor.engagement.state
    if let ended = actions.turnEnded {
      endTurn()
      if fault == .endsTurnTwice, ended.ending == .cancelled { endTurn() }
    }
    if actions.hush {
      around.card = false
      around.cue = false
      around.sound = false
    }
    if state != before || actions.notice != nil {
      around.hostReported = actions.notice != nil && state == .presenting
      around.soundReported = false
      around.cardReported = false
    }
    if let begun = actions.turnBegan {
      if around.isTurnOpen { breach = "a turn begins within a turn" }
      hasBegun = true
      around.isTurnOpen = true
      around.isHostDone = false
      around.isSoundOver = false
      around.isCardOver = false
      around.cue = false
      around.sound = false
      around.card = begun.trigger != .typed && begun.trigger != .kept && conductor.engagement.permissions.display
    }
    if let notice = actions.notice { tell(notice, in: state) }
    if actions.hostIsAway { around.card = conductor.engagement.isWorn && conductor.engagement.permissions.display }
    if actions.beginPairing {
      around.callsHost = false
      beginPairing()
    }
    if actions.endPairing { endPairing() }
    if case .hostEnded = event, before.isInTurn { finishAnswer() }
    let isWatched = conductor.engagement.isWorn && conductor.engagement.permissions.display || state == .pairing
    if case .pairingEnded = event {} else if !isWatched { hideCard() }
  }

  private mutating func endTurn() {
    if !around.isTurnOpen { breach = "a turn ends that has not begun" }
    around.isTurnOpen = false
    hasEnded = true
  }

  private mutating func tell(_ notice: Notice, in state: EngagementState) {
    wasTold = true
    if case .hostSilent = notice { dropLink() }
    if case .privacy = notice { return answerPress() }
    around.isHostDone = true
    around.isSoundOver = false
    around.isCardOver = false
    around.card = conductor.engagement.isWorn && conductor.engagement.permissions.display
    guard state.isInTurn else { return }
    if conductor.fitting.speaker {
      around.cue = true
      around.sound = true
    } else {
      endSound()
    }
  }

  /// During the privacy hold: a card and a tone, and no turn.
  private mutating func answerPress() {
    around.card = conductor.engagement.permissions.display
    guard conductor.fitting.speaker else { return }
    around.cue = true
    around.sound = true
  }

  /// The host has nothing more: what is neither seen nor heard is over.
  private mutating func finishAnswer() {
    guard !around.isHostDone else { return }
    around.isHostDone = true
    if !around.sound { endSound() }
    if !around.card { hideCard() }
  }

  private mutating func hideCard() {
    around.card = false
    guard around.isHostDone, !around.isCardOver else { return }
    around.isCardOver = true
    tell(.cardGone)
  }

  private mutating func endSound() {
    around.cue = false
    around.sound = false
    guard around.isHostDone, !around.isSoundOver else { return }
    around.isSoundOver = true
    tell(.soundEnded)
  }

  private mutating func doWithout(_ lost: LostLeases) {
    if let error = lost.picture, fault != .forgetsLostPicture { _ = conductor.pictureFailed(error) }
    if lost.pairingLink { around.isCalling = false }
    if lost.hostCall { around.callsHost = false }
    if lost.speaker { endSound() }
    if lost.display { hideCard() }
    if lost.clientsSpeaker, fault != .keepsLostSpeaker { clients.drop(.speaker) { place, _ in promises[place][.speaker] = 0 } }
  }

  // MARK: Clients of the control port

  /// As `GlassesControl` deals with what comes over the socket.
  private mutating func act(_ client: ClientMove) {
    let place = client.place
    switch client.deed {
    case .asks(let part, let level):
      if send("lease \(part.name) \(level)", from: place) { promises[place][part] = level }
    case .releases(let part):
      if !send("release \(part.name)", from: place) { breach = "a client cannot give its lease on the \(part.name) back" }
      promises[place][part] = 0
      if fault == .releasesForOthers { _ = send("release", from: 1 - place) }
    case .dies:
      promises[place] = .none
      if fault == .keepsLeasesOfTheDead { return }
      clients.close(place)
      // Another takes its place.
      clients.open(place, process: 1)
    }
  }

  private mutating func overreach() {
    for line in Overreach.lines where send(line, from: 0) { breach = "a client is granted \"\(line)\"" }
    if fault == .clientHoldsMicrophone {
      _ = clients.adjust(.lease(.microphone, level: Level.microphoneStreaming), of: 0) { _ in true }
    }
  }

  /// True when it was granted.
  private mutating func send(_ line: String, from place: Int) -> Bool {
    var granted = false
    for byte in "\(line)\n".utf8 {
      guard case .success(let request)? = clients[place]?.take(byte) else { continue }
      let isThere = conductor.fitting.speaker && !conductor.broker.hasFailed(.speaker)
      granted = clients.adjust(request, of: place) { $0 != .speaker || isThere } == nil
    }
    return granted
  }

  private mutating func beginPairing() {
    let hasDisplay = conductor.fitting.display || !pace.hasDisplay
    guard hasDisplay, conductor.engagement.permissions.display else { return conductor.post(.pairingEnded) }
    dropLink()
    around.isPairing = true
    around.isCalling = false
    around.card = true
  }

  private mutating func endPairing() {
    guard around.isPairing else { return }
    around.isPairing = false
    around.isCalling = false
    dropLink()
    conductor.post(.pairingEnded)
  }

  // MARK: Policy

  /// As `Glasses.reconsider`.
  private mutating func reconsider(isPutOn: Bool = false) {
    var permissions = policy.permissions
    switch fault {
    case .cameraAtCritical?: if policy.batteryStage >= .critical { permissions.camera = permissions.capture }
    case .displayAtCritical?: permissions.display = true
    case .armedInQuietHours?: if policy.isQuiet { permissions.arming = policy.isWorn && !policy.isHeld }
    case .forgetsHoldWhenPutOn? where isPutOn:
      permissions.capture = true
      permissions.camera = true
    case .ignoresHoldInTurn? where policy.isHeld && conductor.engagement.state.isInTurn: return
    default: break
    }
    if permissions != conductor.engagement.permissions { tell(.permitted(permissions)) }
  }

  private mutating func discharge(to charge: Int) {
    policy.battery(BatteryReading(charge: Percent(charge), voltage: Millivolts(3_800), isCharging: false))
    reconsider()
  }

  private mutating func warm(to temperature: Int32) {
    policy.thermal(DeciCelsius(temperature))
    reconsider()
  }

  private mutating func clock(_ time: LocalTime) {
    policy.time(time)
    reconsider()
  }

  // MARK: Hardware

  private mutating func begin(_ transition: PowerBroker.Transition) {
    switch transition.part {
    case .link where transition.from == 0:
      conductor.linkIsOpening(transition)
      pending.append(transition)
    case .camera, .microphone, .speaker, .display, .indicator:
      if fault == .partStaysUp, transition.part == .indicator, transition.to == 0 { return }
      if pace.isSlow(transition.part) {
        // What it was told before is called off.
        pending.removeAll { $0.part == transition.part }
        pending.append(transition)
      } else if transition.mayBeRefused {
        asked = transition
      } else {
        complete(transition)
      }
    case .link, .processor, .pins, .battery, .thermal, .storage, .motion: complete(transition)
    }
  }

  private mutating func complete(_ transition: PowerBroker.Transition) {
    if transition.part == .indicator {
      around.isLit = transition.to > 0
      around.wentDark = false
      around.lightFailed = false
    }
    conductor.completed(transition)
  }

  private mutating func answer(_ move: Move) {
    guard let part = move.answerer else { return }
    guard let transition = asked ?? pending.first(where: { $0.part == part }) else { return }
    asked = nil
    pending.removeAll { $0.part == part }
    switch (part, move.isAnswer) {
    case (.link, true): conductor.linkOpened()
    case (.link, false): if fault != .forgetsRefusal { loseLink() }
    case (_, true): complete(transition)
    case (.indicator, false) where fault == .noReadBackAtSwitch && transition.to > 0:
      complete(transition)
      around.isLit = false
    case (_, false): if fault != .forgetsRefusal { fail(part) }
    }
  }

  /// As `Glasses.partFailed`: the part is brought to rest, and what it was asked is not answered any more.
  private mutating func fail(_ part: Part) {
    pending.removeAll { $0.part == part }
    if part == .indicator {
      around.isLit = false
      around.wentDark = false
      around.lightFailed = true
    }
    conductor.failed(DeviceError(part, "switch", .io))
  }

  private mutating func loseLink() {
    pending.removeAll { $0.part == .link }
    conductor.linkFailed(DeviceError(.link, "connect", .io))
    if conductor.engagement.state == .pairing { around.isCalling = false }
  }

  private mutating func dropLink() {
    pending.removeAll { $0.part == .link }
    conductor.resetLink()
  }

  private mutating func sendSound() {
    if !around.isLit && fault != .noReadBackBeforeSound { return fail(.indicator) }
    if !around.isLit { breach = "sound is sent without the light" }
  }
}
