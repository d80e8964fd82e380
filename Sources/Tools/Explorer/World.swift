import Engagement
import HAL
import Power
import Runtime
import Units

/// How the hardware answers.
public enum Pace: String, CaseIterable, Sendable {
  /// As the drivers do: at once, but for the opening link.
  case prompt
  /// Camera, microphone, light and link take their time, each its own. Speaker and display, on which nothing depends, are left out.
  case slowCapture
  /// Speaker, display and link take their time; there is no camera, and microphone and light answer at once.
  case slowOutput
  /// Two clients of the control port take and give back leases, and die. The speaker, which they may hold, and the link take their time;
  /// there is neither camera nor display nor pairing, and neither battery nor temperature nor hour forbid anything.
  case clients
  /// Every part takes its time.
  case slow

  /// Whether a display is modelled. Pairing, which needs one, is played without it too.
  var hasDisplay: Bool { self != .slowCapture && self != .clients }

  func isSlow(_ part: Part) -> Bool {
    switch part {
    case .camera, .microphone, .indicator: self == .slowCapture || self == .slow
    case .speaker, .display: self == .slowOutput || self == .slow || self == .clients && part == .speaker
    case .link, .processor, .pins, .battery, .thermal, .storage, .motion: false
    }
  }
}

/// The model of what lies around the conductor, as far as it matters to it.
struct Surroundings: Sendable, Hashable {
  var isWorn = false
  /// The light shines.
  var isLit = false
  /// It has gone out since it was switched on, and nobody has looked.
  var wentDark = false
  /// It failed, and was not switched since.
  var lightFailed = false
  var card = false
  var cue = false
  var sound = false
  var isPairing = false
  var isCalling = false
  /// The host is called for kept questions.
  var callsHost = false
  /// The host has ended the answer, as the runtime keeps it.
  var isHostDone = false
  var isSoundOver = false
  var isCardOver = false
  /// Between what the runtime was told of a turn's begin and of its end.
  var isTurnOpen = false
  /// What of a presented answer was reported as over.
  var hostReported = false
  var soundReported = false
  var cardReported = false

  var bits: UInt64 {
    var bits: UInt64 = 0
    for flag in [
      isWorn, isLit, wentDark, lightFailed, card, cue, sound, isPairing, isCalling, isHostDone, isSoundOver, isCardOver,
      isTurnOpen,
      hostReported, soundReported, cardReported,
    ] { bits = bits << 1 | (flag ? 1 : 0) }
    return bits
  }
}

/// One state of the whole: the conductor and what is around it.
struct World: Sendable {
  var image: ConductorImage
  var around = Surroundings()
  var policy = World.policy
  var now = Instant.zero
  /// Transitions that the hardware has not answered.
  var pending: [PowerBroker.Transition] = []
  /// One that is answered before anything else happens.
  var asked: PowerBroker.Transition?
  /// Of the control port, as the firmware keeps them, and what they were told.
  var clients = ControlClients()
  var promises = Promises()

  /// Of a board that listens for its wake word, with quiet hours.
  static let policy = ArmingPolicy(
    isConfigured: true, quiet: QuietHours(from: LocalTime(hour: 22, minute: 0), to: LocalTime(hour: 7, minute: 0)))

  /// Parts that the broker switches in this model.
  static let parts: [Part] = [.processor, .camera, .microphone, .speaker, .display, .link, .indicator]

  struct Key: Hashable, Sendable {
    var machines: UInt64
    var hardware: UInt64
  }

  /// All that decides what can follow. Left out, because nothing follows from it: the clock, the number of the turn, and the causes of
  /// failures, which only choose the words (docs/design/0003).
  var key: Key {
    let engagement = image.engagement
    let presenting = engagement.presenting
    var machines = UInt64(engagement.state.rawValue)
    func add(_ value: Int, bits: Int) { machines = machines << UInt64(bits) | UInt64(value) }
    func add(_ flag: Bool) { add(flag ? 1 : 0, bits: 1) }
    add(engagement.isWorn)
    let permissions = engagement.permissions
    for flag in [permissions.arming, permissions.capture, permissions.camera, permissions.display] { add(flag) }
    add(policy.isHeld)
    add(policy.isQuiet)
    add(Int(policy.batteryStage.rawValue), bits: 2)
    add(Int(policy.thermalStage.rawValue), bits: 2)
    add(engagement.isDeaf)
    add(engagement.isPictureWanted)
    add(presenting.isHostDone)
    add(presenting.isSoundDone)
    add(presenting.isCardGone)
    add(presenting.isNotice)
    add(engagement.isHostAway)
    add(engagement.isKept)
    add(engagement.deadline != nil)
    add(Int(image.picture.stage.rawValue), bits: 2)
    add(image.openingLink != nil)
    add(image.mayHaveLost)
    for level in [
      image.slots.processor, image.slots.microphone, image.slots.camera, image.slots.speaker, image.slots.display,
      image.slots.link,
      image.slots.parkedLink,
    ] { add(level, bits: 2) }
    machines = machines << 16 | around.bits
    machines = machines << 6 | promises.bits
    var hardware: UInt64 = 0
    for part in Self.parts {
      hardware = hardware << 2 | UInt64(image.broker.level(of: part))
      hardware = hardware << 2 | UInt64(image.broker.highestLevel(of: part))
      hardware = hardware << 3 | (image.broker.transition(of: part).map { 4 | UInt64($0.to) } ?? 0)
      hardware = hardware << 1 | (image.broker.hasFailed(part) ? 1 : 0)
    }
    hardware = hardware << 4 | UInt64(asked?.part.rawValue ?? 0)
    hardware = hardware << 3 | UInt64(image.slots.clientsProcessor) << 1 | UInt64(image.slots.clientsSpeaker)
    hardware = hardware << 1 | (around.callsHost ? 1 : 0)
    return Key(machines: machines, hardware: hardware)
  }

  var isAtRest: Bool { image.engagement.state == .dormant || image.engagement.state == .armed }

  /// Nothing is on its way, to be seen or heard, and nobody is asked.
  var isQuiet: Bool {
    let state = image.engagement.state
    return asked == nil && pending.isEmpty && !state.isInTurn && state != .pairing && !around.callsHost && !around.card
      && !around.cue && !around.sound
  }
}
