import Engagement
import HAL
import Overlay
import Units
import Voice
import Wake
import Wire

/// The wake word switched off by the wearer: its record is there exactly while it is off, whatever stands in it.
enum WakeWordOff {
  static var recordName: StaticString { "wake-word-off" }
}

extension Glasses {
  /// Carries out what a gesture of the button asks for.
  func handle(_ gesture: Gesture?, at now: Instant) {
    guard let gesture else { return }
    // Glasses that switch themselves off do nothing else any more.
    if powerOff != nil { return }
    if gesture == .down { wasHeldBeforePress = policy.isHeld }
    let command = intents.handle(gesture, number: button.pressNumber, in: situation)
    // Without a host a long press is on its way to pairing.
    if gesture == .long, pairedHost == nil, command != .perform(.privacy) { return intents.turnEnded() }
    switch command {
    case .press?: conductor.post(.button)
    case .perform(let action)?: perform(action, at: now)
    case .talk?: beginTalking(at: now)
    case .endQuestion?: endQuestion(.button, at: now)
    case .pair?: longestPress(at: now)
    case nil: break
    }
  }

  private var situation: ButtonSituation {
    switch engagement.state {
    case .notWorn, .dormant, .armed: .rest
    case .engaged, .thinking, .presenting: .turn
    case .pairing: .pairing
    }
  }

  private func perform(_ action: ButtonAction, at now: Instant) {
    switch action {
    case .privacy: togglePrivacy(at: now)
    case .wakeWord: toggleWakeWord(at: now)
    case .look: ask(Phrases.look, at: now)
    case .repeat: ask(Phrases.again, at: now)
    case .none, .ask, .talk: break
    }
  }

  /// Whatever goes on ends first: also the question that this very press has begun.
  private func stop(at now: Instant) {
    guard engagement.state.isInTurn else { return }
    conductor.post(.button)
    settle(at: now)
  }

  /// A question that needs no voice.
  private func ask(_ question: String, at now: Instant) {
    stop(at: now)
    guard engagement.isWorn else { return }
    typedQuestion = question
    conductor.post(.typedQuestion)
  }

  // MARK: Hold to talk

  private func beginTalking(at now: Instant) {
    // The press itself has been told why not.
    guard engagement.isWorn, engagement.permissions.capture else { return intents.turnEnded() }
    if !engagement.state.isInTurn {
      conductor.post(.button)
      settle(at: now)
    }
    guard engagement.state == .engaged else { return intents.turnEnded() }
    talkUntil = now + description.listening.longestUtterance
    tracer.instant("hold_to_talk", .turn, at: now)
    // Who holds the button speaks, however softly.
    conductor.post(.speechBegan)
  }

  /// What was said up to now is the question.
  func endQuestion(_ reason: EndReason, at now: Instant) {
    talkUntil = nil
    guard engagement.state == .engaged else { return }
    readMicrophone(at: now)
    settle(at: now)
    guard engagement.state == .engaged else { return }
    conductor.post(.speechEnded(reason))
  }

  // MARK: The wake word

  /// Whether the wearer had switched the wake word off when the glasses were last running.
  static func loadWakeWordOff(from storage: B.StorageDevice) throws(StartFailure) -> Bool {
    do throws(DeviceError) {
      return try storage.load(WakeWordOff.recordName) != nil
    } catch {
      throw .storage(error)
    }
  }

  private func toggleWakeWord(at now: Instant) {
    stop(at: now)
    policy.isSilenced.toggle()
    storeWakeWordOff(at: now)
    tracer.instant(policy.isSilenced ? "wake_word_off" : "wake_word_on", .log, at: now)
    reconsider(at: now)
    settle(at: now)
    guard engagement.isWorn else { return }
    let text = Phrases.wakeWord(isOff: policy.isSilenced)
    show(Card(.notice, title: text.title, body: text.body, isAsked: true), at: now)
    play(policy.isSilenced ? .wakeWordOff : .wakeWordOn, at: now)
  }

  /// What cannot be stored holds until a restart.
  private func storeWakeWordOff(at now: Instant) {
    do throws(DeviceError) {
      if policy.isSilenced {
        let record = [UInt8(1)]
        try board.storage.save(WakeWordOff.recordName, record.span)
      } else {
        try board.storage.remove(WakeWordOff.recordName)
      }
    } catch {
      report(error, at: now)
    }
  }
}
