import Engagement
import HAL
import Overlay
import Power
import Units
import Voice
import Wake
import Wire

/// The glasses: every state machine put together on one board, and the one loop that waits.
///
/// `Glasses` owns no policy of its own. Events of the board become events of the machines (`GlassesInput`), what the engagement machine decides is carried
/// out (`GlassesTurn`), and what its state demands of the hardware is leased (`GlassesPower`). Everything runs on the caller's thread.
public final class Glasses<B: Board> {
  let board: B
  let description: BoardDescription
  let tracer: Tracer<B>

  // The machines.
  var conductor: Conductor
  var button: ButtonGestures
  /// What its gestures mean.
  var intents: ButtonIntents
  var wear: WearDetector
  var overlay: OverlayPolicy

  // Power.
  var ledger: EnergyLedger
  let governor: IdleGovernor
  var drift: GaugeDrift
  /// Since when each lease is held.
  var leaseBook = LeaseBook(places: Leases.count + ControlPlaces.count * ControlRequest.leasable.count)
  var control = ControlClients()
  /// Energy of each part when the turn began.
  var energyAtTurnBegin: [Nanojoules]

  // Voice.
  var ring: CaptureRing
  var endpoint: EndpointDetector
  let voicing = VoicingMeter()
  let echo = EchoControl()
  let interruption = InterruptionDetector()
  /// What the interruption that begins the next turn began with.
  var interruptionOnset: Instant?
  var questionLevel = QuestionLevel()
  let encoder: UplinkEncoder
  /// How many bits it uses, and that it is time to look whether that is right.
  var uplinkRate = UplinkRate()
  var isRateDue = false
  /// What the transport took to open: there and back, while the link carried nothing else.
  var roundTrip = Duration.zero
  var calledAt = Instant.zero
  let decoder: DownlinkDecoder
  var playback: PlaybackQueue
  var captureBuffer: [Int16]
  /// Listens for wake words while armed; nil when there are none.
  let listener: WakeListener?
  /// What the line says that tells of sound.
  var sound = SoundLine()
  /// The microphone's period, as it was last told.
  var microphonePeriod = Duration.zero
  /// When the wake word that begins the next turn had been spoken.
  var wakeWordEnd: Instant?
  var answer = AnswerProgress()

  // Link.
  let identity: Identity
  var pairedHost: Pairing?
  var connection: HostConnection?
  /// The transport stands; before that nothing can be sent, not even the handshake.
  var isTransportOpen = false
  var isSessionOpen = false
  /// The host of this connection has said that it knows these glasses.
  var isWelcome = false
  /// The paired host answered when it was last called, or was not called yet.
  var hasHost = true
  var linkDeadline: Instant?
  var receiveBuffer: [UInt8]
  /// What of the present turn the host may not have yet.
  var journal = FrameJournal()
  var resumption = SessionResumption()
  /// What was asked while the host was away.
  var kept = KeptQuestions()
  let seal = MemorySeal()
  /// The host is called for them.
  var isCallingHost = false
  var pairing: DevicePairing?
  /// Pairing calls the host, or is connected to it.
  var pairingWantsLink = false

  // Display.
  var compositor: Compositor
  var drawnCard: Card?

  var pictureDeadline: Instant?
  /// Until then nothing is drawn: the first sound of a quick answer comes before its card.
  var drawAfter: Instant?
  /// Whether the accelerometer tells how the head is held.
  private var isTiltWatched = false
  var typedQuestion: String?
  var deferred: DeferredWork

  // Policy.
  var policy: ArmingPolicy
  /// What the engagement machine was last told of it.
  var permissions = Permissions()
  var wallClock = WallClock()
  /// The board told the time, not the host.
  var isTimeTheBoards = false
  var news = StageNews()
  var tracedBattery = BatteryStage.normal
  var tracedThermal = ThermalStage.normal
  /// A question that lasts as long as the button is held ends by itself then; nil when there is none.
  var talkUntil: Instant?
  /// Whether the privacy hold was on when the button went down.
  var wasHeldBeforePress = false
  var powerOff: PowerOff?
  /// Nothing has been under way since memory was given back.
  var hasRested = false
  /// Why the glasses have ended; nil while they work.
  public internal(set) var ending: Ending?

  /// `words` are listened for while the glasses are armed.
  public init(board: B, description: BoardDescription, words: [WakeWord] = []) throws(StartFailure) {
    self.board = board
    listener = words.isEmpty ? nil : WakeListener(words)
    self.description = description
    deferred = DeferredWork(battery: description.battery, thermal: description.thermal)
    policy = ArmingPolicy(
      isConfigured: description.listening.armedWhileWorn, canSpeak: board.speaker != nil, quiet: description.quiet,
      battery: description.battery, thermal: description.thermal)
    let now = board.now()
    tracer = Tracer(board: board)
    var fitting = Fitting()
    fitting.speaker = board.speaker != nil
    fitting.display = board.display != nil
    conductor = Conductor(policy: description.listening, fitting: fitting, dependencies: description.power.dependencies)
    button = ButtonGestures(description.button, most: description.gestures.mostPresses)
    intents = ButtonIntents(description.gestures)
    wear = WearDetector()
    overlay = OverlayPolicy(description.overlay, watched: false)
    ledger = EnergyLedger(figures: description.power, at: now)
    governor = IdleGovernor(levels: description.power.idleLevels)
    drift = GaugeDrift(milliwattHours: description.power.batteryMilliwattHours)
    energyAtTurnBegin = [Nanojoules](repeating: .zero, count: Part.allCases.count + 1)
    // What is heard locally while the light comes up is kept on top of the pre-roll, and what is heard until a press is known not to become the
    // privacy hold.
    let lightRise = description.power.rise(of: .indicator, level: Level.on)
    let heldBack = description.gestures.long == .privacy ? description.button.longPress : .zero
    ring = CaptureRing(preRoll: description.listening.preRoll, slack: .milliseconds(500) + max(lightRise, heldBack))
    endpoint = EndpointDetector(description.listening, wake: now)
    do throws(CodecError) {
      encoder = try UplinkEncoder()
      decoder = try DownlinkDecoder()
    } catch {
      throw .codec
    }
    playback = PlaybackQueue()
    captureBuffer = [Int16](repeating: 0, count: AudioFormat.captureRate / 10)
    receiveBuffer = [UInt8](repeating: 0, count: 16 * 1024)
    compositor = Compositor(board.display?.geometry ?? description.display)
    identity = try Self.loadIdentity(from: board.storage)
    pairedHost = try Self.loadPairing(from: board.storage)
    policy.isHeld = try Self.loadPrivacyHold(from: board.storage)
    policy.isSilenced = try Self.loadWakeWordOff(from: board.storage)
    start(at: now)
  }

  deinit {
    conductor.releaseAll()
  }

  /// Works until the board says that it is over, or battery or temperature do; then puts everything to rest. Says why it ended.
  @discardableResult
  public func run() -> Ending {
    while true {
      if let ending { return ending }
      step()
    }
  }

  /// Waits for one event and deals with it and with everything that it causes.
  public func step() {
    let event = waitForEvent()
    let now = board.now()
    reconsider(at: now)
    handle(event, at: now)
    handleDue(at: now)
    settle(at: now)
    attendKept(at: now)
    // A client that goes may have held something.
    while sendControl() { settle(at: now) }
  }

  public var state: EngagementState { engagement.state }
  var engagement: Engagement { conductor.engagement }
  public var isPaired: Bool { pairedHost != nil }
  /// Where the energy went so far, as modelled from the board file's figures.
  public var energy: EnergyLedger { ledger }

  /// The earliest instant at which anything wants to act; nil while the glasses sleep.
  var deadline: Instant? {
    var earliest = engagement.deadline
    func consider(_ other: Instant?, _ earliest: inout Instant?) {
      guard let other else { return }
      if let current = earliest { earliest = min(current, other) } else { earliest = other }
    }
    consider(button.deadline, &earliest)
    consider(wear.deadline, &earliest)
    consider(overlay.deadline, &earliest)
    consider(conductor.broker.deadline, &earliest)
    consider(linkDeadline, &earliest)
    consider(resumption.nextAttempt, &earliest)
    consider(probeDue, &earliest)
    consider(pictureDeadline, &earliest)
    consider(drawAfter, &earliest)
    consider(pairing?.deadline, &earliest)
    consider(deferred.nextWake, &earliest)
    consider(powerOff?.due, &earliest)
    consider(talkDeadline, &earliest)
    return earliest
  }

  var talkDeadline: Instant? { engagement.state == .engaged ? talkUntil : nil }

  /// Brings up what is true from the start: wear, the present level of the button, policy.
  private func start(at now: Instant) {
    tracer.begin(engagement.state.name, .state, at: now)
    ledger.enter(state: engagement.state.rawValue, at: now, work: work)
    button = ButtonGestures(
      description.button, most: description.gestures.mostPresses, active: level(of: .button, orElse: false, at: now))
    // Without a wear sensor that works the glasses are taken to be worn: they would be useless otherwise.
    let isWorn = level(of: .wear, orElse: true, at: now)
    wear = WearDetector(worn: isWorn)
    beginPolicy(worn: isWorn, at: now)
    conductor.post(.worn(isWorn))
    traceLevels(at: now)
    settle(at: now)
  }

  private func level(of line: InputLine, orElse fallback: Bool, at now: Instant) -> Bool {
    guard board.pins.has(line) else { return fallback }
    do throws(DeviceError) {
      return try board.pins.level(of: line)
    } catch {
      report(error, at: now)
      return fallback
    }
  }

  /// Lets every consequence happen, of events and of what the hardware answers, until nothing follows any more.
  func settle(at now: Instant) {
    var steps = 0
    while let step = conductor.next(wishes, at: now) {
      steps += 1
      precondition(steps < 1024, "the machines and the hardware do not settle")
      noteLeases(at: now)
      carryOut(step, at: now)
    }
    noteLeases(at: now)
    watchTilt(at: now)
    // A picture that is not wanted any more is not waited for either.
    if conductor.picture.stage != .taking { pictureDeadline = nil }
    redraw(at: now)
  }

  /// How the head is held matters during a turn; at rest nobody reads the accelerometer.
  private func watchTilt(at now: Instant) {
    guard let motion = board.motion, isTiltWatched != engagement.state.isInTurn else { return }
    isTiltWatched = engagement.state.isInTurn
    guard isTiltWatched else { return motion.ignoreTilt() }
    do throws(DeviceError) {
      try motion.watchTilt()
    } catch {
      report(error, at: now)
    }
  }

  func report(_ error: DeviceError, at now: Instant) {
    tracer.log(Phrases.failure(error), at: now)
  }
}
