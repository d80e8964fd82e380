import Engagement
import HAL
import Power
import Runtime

extension Move {
  /// False when it cannot happen now.
  func isPossible(in world: borrowing World, pace: Pace) -> Bool {
    let engagement = world.image.engagement
    let around = world.around
    func isUp(_ part: Part) -> Bool {
      world.image.broker.level(of: part) > 0 && !world.pending.contains { $0.part == part }
    }
    if let part = answerer {
      guard let transition = world.asked ?? world.pending.first(where: { $0.part == part }), transition.part == part else {
        return false
      }
      // What takes its time may also never come: its time runs out, on the way down too.
      return isAnswer || transition.mayBeRefused || pace.isSlow(part)
    }
    if world.asked != nil { return false }
    if let client {
      guard pace == .clients else { return false }
      let held = world.promises[client.place]
      switch client.deed {
      case .asks(let part, let level): return held[part] != level
      case .releases(let part): return held[part] > 0
      // A client that holds nothing leaves nothing behind.
      case .dies: return !held.isEmpty
      }
    }
    if self == .clientOverreaches { return pace == .clients }
    if pace == .clients && !isOfInterestToClients { return false }
    if self == .pictureWanted && (pace == .slowOutput || pace == .clients) { return false }
    switch self {
    case .putOn: return !around.isWorn
    case .takeOff: return around.isWorn
    case .longPress: return pace == .prompt || world.policy.isCalm
    case .batteryLow, .heats: return pace == .prompt && world.policy.isCalm
    // Of slow hardware one cause at a time: what counts is what is forbidden, not by what.
    case .batteryCritical, .quietBegins: return world.policy.isCalm && (pace == .prompt || !world.policy.isHeld)
    case .batteryCharged: return world.policy.batteryStage != .normal
    case .cools: return world.policy.thermalStage != .normal
    case .quietEnds: return world.policy.isQuiet
    case .press, .hold, .wakeWord, .typedQuestion, .shutdown, .speechBegan, .speechEnded, .nothingSaid, .bargeIn, .transcribed,
      .pictureWanted, .answerBegan, .hostAnswered, .hostNothingHeard, .hostFailed, .hostCancelled, .strayDeadline,
      .strayCaptureFailure, .strayLinkOpened, .strayLinkAbsent, .strayLinkBroken, .strayPictureSettled, .straySoundEnded,
      .strayCardGone:
      return true
    case .keptQuestion: return pace == .prompt
    case .hostCalled: return pace == .prompt && !around.callsHost && world.isAtRest
    case .hostCallOver: return around.callsHost
    case .cardAppears: return !around.card && engagement.isWorn && engagement.permissions.display
    case .cueRings: return !around.cue && engagement.isWorn && !engagement.state.isInTurn && engagement.state != .pairing
    case .soundArrives: return !around.sound && engagement.demand.speaker
    case .pairingCalls: return around.isPairing && !around.isCalling
    case .pairingHangsUp: return around.isCalling
    case .soundBlock:
      return engagement.state == .engaged && world.image.broker.level(of: .microphone) == Level.microphoneStreaming
    case .cameraBreaks: return isUp(.camera)
    case .microphoneBreaks: return isUp(.microphone)
    case .speakerBreaks: return isUp(.speaker)
    case .displayBreaks: return isUp(.display)
    case .linkBreaks: return isUp(.link)
    case .lightGoesDark: return around.isLit
    case .stillTaken, .stillFails: return world.image.picture.stage == .taking
    case .deadline: return engagement.deadline != nil
    case .cardExpires: return around.card
    case .soundDrains: return around.cue || around.sound
    case .pairingTimeOver: return around.isPairing
    case .parkedTimeOver: return world.image.slots.parkedLink > 0 && !engagement.state.isInTurn
    case .cameraAnswers, .microphoneAnswers, .speakerAnswers, .displayAnswers, .linkAnswers, .indicatorAnswers, .cameraRefuses,
      .microphoneRefuses, .speakerRefuses, .displayRefuses, .linkRefuses, .indicatorRefuses, .clientTakesListening,
      .clientTakesBusy, .clientTakesSpeaker, .clientReleasesProcessor, .clientReleasesSpeaker, .clientDies, .otherTakesListening,
      .otherTakesBusy, .otherTakesSpeaker, .otherReleasesProcessor, .otherReleasesSpeaker, .otherDies, .clientOverreaches:
      return false
    }
  }

  /// Battery, temperature and hour decide nothing about what a client holds, a card needs neither processor nor speaker, and pairing and events at the
  /// wrong time are for the other explorations.
  private var isOfInterestToClients: Bool {
    switch self {
    case .batteryLow, .batteryCritical, .heats, .quietBegins, .cardAppears, .hold, .strayDeadline, .strayCaptureFailure,
      .strayLinkOpened, .strayLinkAbsent, .strayLinkBroken, .strayPictureSettled, .straySoundEnded, .strayCardGone:
      false
    default: true
    }
  }

  /// The part that answers a transition with this move.
  var answerer: Part? {
    switch self {
    case .cameraAnswers, .cameraRefuses: .camera
    case .microphoneAnswers, .microphoneRefuses: .microphone
    case .speakerAnswers, .speakerRefuses: .speaker
    case .displayAnswers, .displayRefuses: .display
    case .linkAnswers, .linkRefuses: .link
    case .indicatorAnswers, .indicatorRefuses: .indicator
    default: nil
    }
  }

  /// Of a move with an `answerer`: the transition is done.
  var isAnswer: Bool { rawValue < Move.cameraRefuses.rawValue }
}

extension ArmingPolicy {
  /// Neither battery nor temperature nor hour forbid anything.
  var isCalm: Bool { batteryStage == .normal && thermalStage == .normal && !isQuiet }
}

extension PowerBroker.Transition {
  /// Switching off fails for nothing but the light, whose read-back may say that it still burns.
  var mayBeRefused: Bool { to > from || part == .indicator }
}
