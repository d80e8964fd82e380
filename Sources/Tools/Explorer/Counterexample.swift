/// A violation for people: what is broken, and how to get there.
public struct Counterexample: Sendable {
  public let violation: Violation

  public init(_ violation: Violation) { self.violation = violation }

  /// As a scenario where every move has a stimulus or follows by itself, otherwise as a list of moves.
  public var text: String { scenario ?? list }

  public var list: String {
    var text = "# \(violation.what) (hardware: \(violation.pace.rawValue))\n"
    for move in violation.moves { text += "- \(Self.words(move))\n" }
    if !violation.round.isEmpty {
      text += "# and then, again and again:\n"
      for move in violation.round { text += "- \(Self.words(move))\n" }
    }
    return text
  }

  /// `docs/scenarios.md`; nil when a move has no stimulus. In a scenario the hardware answers when it does, so only moves of a `prompt`
  /// exploration can be played.
  public var scenario: String? {
    guard violation.pace == .prompt, violation.round.isEmpty else { return nil }
    var steps: [String] = []
    var hasSpoken = false
    for move in violation.moves {
      switch move {
      case .putOn: steps.append("wear: on")
      case .takeOff: steps.append("wear: off")
      case .press: steps.append("press:")
      case .hold: steps.append("hold:")
      // A press that lasts; it began as a plain one.
      case .longPress:
        if steps.last == "press:" { steps.removeLast() }
        steps.append("press: 1200ms")
      case .batteryLow: steps.append("battery: 15")
      case .batteryCritical: steps.append("battery: 6")
      case .batteryCharged: steps.append("battery: 80")
      case .heats: steps.append("temperature: 44")
      case .cools: steps.append("temperature: 30")
      case .typedQuestion: steps.append("type: \"Read this, please.\"")
      case .speechBegan, .speechEnded:
        if !hasSpoken { steps.append("say: tone:1.2s") }
        hasSpoken = true
      case .pictureWanted: if !hasSpoken && !violation.moves.contains(.typedQuestion) { return nil }
      case .lightGoesDark: steps.append("indicator: stuck")
      case .linkBreaks: steps.append("network: down")
      // What is broken has to be so before it is used.
      case .indicatorRefuses: steps.insert("indicator: stuck", at: max(steps.count - 1, 0))
      case .linkRefuses: steps.insert("network: down", at: max(steps.count - 1, 0))
      case .deadline: steps.append("")
      case .cameraAnswers, .microphoneAnswers, .speakerAnswers, .displayAnswers, .linkAnswers, .indicatorAnswers, .transcribed,
        .answerBegan, .hostAnswered, .soundArrives, .soundBlock, .stillTaken, .cardExpires, .soundDrains:
        break
      case .wakeWord, .keptQuestion, .hostCalled, .hostCallOver, .quietBegins, .quietEnds, .shutdown, .nothingSaid, .bargeIn,
        .hostNothingHeard, .hostFailed, .hostCancelled,
        .strayDeadline, .strayCaptureFailure, .strayLinkOpened, .strayLinkAbsent, .strayLinkBroken, .strayPictureSettled,
        .straySoundEnded, .strayCardGone, .cardAppears, .cueRings, .pairingCalls, .pairingHangsUp, .cameraBreaks,
        .microphoneBreaks, .speakerBreaks, .displayBreaks, .cameraRefuses, .microphoneRefuses, .speakerRefuses, .displayRefuses,
        .stillFails, .pairingTimeOver, .parkedTimeOver, .clientTakesListening, .clientTakesBusy, .clientTakesSpeaker,
        .clientReleasesProcessor, .clientReleasesSpeaker, .clientDies, .otherTakesListening, .otherTakesBusy, .otherTakesSpeaker,
        .otherReleasesProcessor, .otherReleasesSpeaker, .otherDies, .clientOverreaches:
        return nil
      }
    }
    var text = """
      name: "Counterexample: \(violation.what)"
      about: "\(violation.moves.map(Self.words).joined(separator: ", "))"
      board: sim/glasses
      host:
        transcripts: ["Read this, please."]
        picture_text: ["PLATFORM 3"]
      tail: 60s
      timeline:

      """
    for (index, step) in steps.enumerated() {
      if step.isEmpty {
        text += "  - at: +60s\n"
      } else {
        text += "  - at: \(index == 0 ? "1s" : "+500ms")\n    \(step)\n"
      }
    }
    if steps.contains("indicator: stuck") { text += "    expect: no capture within 10s\n" }
    if steps.last == "wear: off" { text += "    expect: state notWorn within 1s\n" }
    return text
  }

  /// `linkAnswers` → `link answers`.
  static func words(_ move: Move) -> String {
    var words = ""
    for character in "\(move)" {
      if character.isUppercase { words += " " }
      words += character.lowercased()
    }
    return words
  }
}
