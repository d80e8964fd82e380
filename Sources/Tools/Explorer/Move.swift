/// Everything that can happen to the glasses: what the wearer, the host, the hardware and time may do.
public enum Move: UInt8, CaseIterable, Sendable {
  // The wearer and policy.
  case putOn, takeOff, press, hold, wakeWord, typedQuestion, shutdown
  /// A question that was kept for a host that was away is asked, or that host is called.
  case keptQuestion, hostCalled
  /// The privacy hold, on or off.
  case longPress
  case batteryLow, batteryCritical, batteryCharged, heats, cools, quietBegins, quietEnds
  // The host and what is heard, each also where it makes no sense.
  case speechBegan, speechEnded, nothingSaid, bargeIn, transcribed, pictureWanted, answerBegan
  case hostAnswered, hostNothingHeard, hostFailed, hostCancelled
  // Events that come early, late or twice.
  case strayDeadline, strayCaptureFailure, strayLinkOpened, strayLinkAbsent, strayLinkBroken, strayPictureSettled
  case straySoundEnded, strayCardGone
  // What the runtime around the conductor wants.
  case cardAppears, cueRings, soundArrives, pairingCalls, pairingHangsUp
  /// A block of the wearer's voice is about to be sent.
  case soundBlock
  // What two clients of the control port ask for, and their end.
  case clientTakesListening, clientTakesBusy, clientTakesSpeaker, clientReleasesProcessor, clientReleasesSpeaker, clientDies
  case otherTakesListening, otherTakesBusy, otherTakesSpeaker, otherReleasesProcessor, otherReleasesSpeaker, otherDies
  /// The first client asks for all that no client may have.
  case clientOverreaches
  // Parts that fail while they are up.
  case cameraBreaks, microphoneBreaks, speakerBreaks, displayBreaks, linkBreaks, lightGoesDark

  // Without any input: the hardware's answers, and time.
  case cameraAnswers, microphoneAnswers, speakerAnswers, displayAnswers, linkAnswers, indicatorAnswers
  case cameraRefuses, microphoneRefuses, speakerRefuses, displayRefuses, linkRefuses, indicatorRefuses
  case stillTaken, stillFails
  case deadline, cardExpires, soundDrains, pairingTimeOver, parkedTimeOver
  /// The host that was called answers, or is given up.
  case hostCallOver

  /// Comes by itself: an answer of the hardware, or time. Every chain of such moves has to end at rest.
  public var isInputFree: Bool { rawValue >= Move.cameraAnswers.rawValue }
}
