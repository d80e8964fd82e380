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
  var engagement: Engagement
  var button: ButtonGestures
  var wear: WearDetector
  var overlay: OverlayPolicy
  var inbox: [EngagementEvent] = []

  // Power.
  var broker: PowerBroker
  var ledger: EnergyLedger
  var leases = Leases()
  /// The last error of each part, by raw value: why a lease on it failed.
  var failures: [DeviceError?]
  /// Energy of each part when the turn began.
  var energyAtTurnBegin: [Nanojoules]

  // Voice.
  var ring: CaptureRing
  var endpoint: EndpointDetector
  let encoder: UplinkEncoder
  let decoder: DownlinkDecoder
  var playback: PlaybackQueue
  var captureBuffer: [Int16]
  var answer = AnswerProgress()

  // Link.
  let identity: Identity
  var pairedHost: Pairing?
  var connection: HostConnection?
  /// The transport stands; before that nothing can be sent, not even the handshake.
  var isTransportOpen = false
  var isSessionOpen = false
  /// The transition that the opening link will complete.
  var linkTransition: PowerBroker.Transition?
  var linkDeadline: Instant?
  /// When a parked link is given up.
  var parkedUntil: Instant?
  var receiveBuffer: [UInt8]
  /// What waits for the session to open.
  var outbox: [DeviceMessage] = []
  var pairing: DevicePairing?
  /// Pairing calls the host, or is connected to it.
  var pairingWantsLink = false

  // Display.
  var compositor: Compositor
  var drawnCard: Card?

  var picture = PictureProgress()
  var pictureDeadline: Instant?
  var typedQuestion: String?
  var reminders = ReminderList()
  var hasEnded = false

  public init(board: B, description: BoardDescription) throws(StartFailure) {
    self.board = board
    self.description = description
    let now = board.now()
    tracer = Tracer(board: board)
    engagement = Engagement(policy: description.listening)
    button = ButtonGestures(description.button)
    wear = WearDetector()
    overlay = OverlayPolicy(description.overlay, watched: false)
    broker = PowerBroker(dependencies: Self.privacy)
    ledger = EnergyLedger(figures: description.power, at: now)
    failures = [DeviceError?](repeating: nil, count: Part.allCases.count + 1)
    energyAtTurnBegin = [Nanojoules](repeating: .zero, count: Part.allCases.count + 1)
    ring = CaptureRing(preRoll: description.listening.preRoll)
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
    start(at: now)
  }

  deinit {
    leases.releaseAll(&broker)
  }

  /// Works until the board says that it is over, then puts everything to rest.
  public func run() {
    while !hasEnded { step() }
  }

  /// Waits for one event and deals with it and with everything that it causes.
  public func step() {
    let event = board.next(before: deadline)
    let now = board.now()
    handle(event, at: now)
    handleDue(at: now)
    settle(at: now)
  }

  public var state: EngagementState { engagement.state }
  public var isPaired: Bool { pairedHost != nil }

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
    consider(linkDeadline, &earliest)
    consider(parkedUntil, &earliest)
    consider(pictureDeadline, &earliest)
    consider(pairing?.deadline, &earliest)
    consider(reminders.deadline, &earliest)
    return earliest
  }

  /// Brings up what is true from the start: wear, the present level of the button, policy.
  private func start(at now: Instant) {
    tracer.begin(engagement.state.name, .state, at: now)
    button = ButtonGestures(description.button, active: level(of: .button, orElse: false, at: now))
    // Without a wear sensor that works the glasses are taken to be worn: they would be useless otherwise.
    let isWorn = level(of: .wear, orElse: true, at: now)
    wear = WearDetector(worn: isWorn)
    inbox.append(.worn(isWorn))
    for figure in description.power.parts { tracer.power(of: figure.part, ledger.power(of: figure.part), at: now) }
    inbox.append(.arming(description.listening.armedWhileWorn))
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

  /// Lets every consequence happen: machines first, hardware after, until nothing follows any more.
  func settle(at now: Instant) {
    var rounds = 0
    repeat {
      rounds += 1
      precondition(rounds < 64, "the machines and the hardware do not settle")
      var index = 0
      while index < inbox.count {
        apply(inbox[index], at: now)
        index += 1
        precondition(index < 256, "the machines do not come to an end")
      }
      inbox.removeAll(keepingCapacity: true)
      reconcile(at: now)
    } while !inbox.isEmpty
    redraw(at: now)
  }

  func report(_ error: DeviceError, at now: Instant) {
    tracer.log(Phrases.failure(error), at: now)
  }
}
