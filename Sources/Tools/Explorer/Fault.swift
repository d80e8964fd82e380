/// Faults that are put in on purpose, one at a time, between the conductor and the model around it: each must be found.
public enum Fault: String, CaseIterable, Sendable {
  case cameraBeforeLight
  case microphoneBeforeLight
  case noReadBackAtSwitch
  case noReadBackBeforeStill
  case noReadBackBeforeSound
  case dropsRelease
  case keepsLinkLease
  case deadlineInDormant
  case ignoresTakeOff
  case losesWakeDuringTransition
  case losesStopWhileThinking
  case forgetsRefusal
  case forgetsLostPicture
  case endsTurnTwice
  case ignoresDeadline
  case staysInPresenting
  case retriesForever
  case partStaysUp
  case ignoresHoldInTurn
  case forgetsHoldWhenPutOn
  case cameraAtCritical
  case displayAtCritical
  case armedInQuietHours
  case keepsLeasesOfTheDead
  case releasesForOthers
  case clientHoldsMicrophone
  case keepsLostSpeaker

  /// The behaviour of the hardware under which it is looked for.
  public var pace: Pace {
    switch self {
    case .keepsLeasesOfTheDead, .releasesForOthers, .clientHoldsMicrophone, .keepsLostSpeaker: .clients
    default: .prompt
    }
  }

  public var phrase: String {
    switch self {
    case .cameraBeforeLight: "the camera does not wait for the light"
    case .microphoneBeforeLight: "the microphone does not wait for the light"
    case .noReadBackAtSwitch: "the light counts as on without its read-back"
    case .noReadBackBeforeStill: "no look at the light before a picture"
    case .noReadBackBeforeSound: "no look at the light before sound is sent"
    case .dropsRelease: "the lease on the microphone is not given back"
    case .keepsLinkLease: "the lease on the link is kept after the turn"
    case .deadlineInDormant: "a timer is armed in dormant"
    case .ignoresTakeOff: "taking off is not noticed"
    case .losesWakeDuringTransition: "a press while a part is on its way is lost"
    case .losesStopWhileThinking: "a press while thinking is lost"
    case .forgetsRefusal: "nobody is told that a part refused"
    case .forgetsLostPicture: "nobody is told that there will be no picture"
    case .endsTurnTwice: "a turn that is stopped ends twice"
    case .ignoresDeadline: "the deadline of thinking is ignored"
    case .staysInPresenting: "the card's going does not end the answer"
    case .retriesForever: "a microphone that failed is tried again whenever its notice goes, for ever"
    case .partStaysUp: "the light is not switched off"
    case .ignoresHoldInTurn: "the privacy hold is not noticed during a turn"
    case .forgetsHoldWhenPutOn: "putting the glasses on ends the privacy hold"
    case .cameraAtCritical: "the camera may be used although the battery is almost empty"
    case .displayAtCritical: "the display may be used although the battery is almost empty"
    case .armedInQuietHours: "quiet hours do not disarm"
    case .keepsLeasesOfTheDead: "the leases of a client of the control port outlive it"
    case .releasesForOthers: "a client that gives a lease back gives back the other client's too"
    case .clientHoldsMicrophone: "a client is granted the microphone"
    case .keepsLostSpeaker: "nobody tells a client that its speaker failed"
    }
  }
}
