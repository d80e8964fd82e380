import Engagement
import HAL
import Overlay
import Power
import Units
import Voice
import Wake

extension Glasses {
  /// What wants hardware besides the state of engagement.
  var wishes: Wishes {
    var wishes = Wishes()
    wishes.card = overlay.card != nil
    wishes.cue = answer.isCueSounding
    wishes.isSoundWaiting = playback.queued > 0
    wishes.pairingLink = pairingWantsLink
    wishes.isQuiet = sound.isQuiet
    wishes.callsHost = isCallingHost
    wishes.keepsQuestion = canKeepQuestion
    wishes.clients = control.wish
    return wishes
  }

  func carryOut(_ step: Conductor.Step, at now: Instant) {
    switch step {
    case .decided(let actions, let event, let before): carryOut(actions, of: event, from: before, at: now)
    case .transition(let transition): perform(transition, at: now)
    case .lost(let lost): doWithout(lost, at: now)
    case .verifyLight: if verifyLight(at: now) { conductor.lightIsOn() }
    case .takeStill: takeStill(at: now)
    }
  }

  /// Asks the part's driver for a level. It is there when the call returns, or `partSettled` follows.
  private func perform(_ transition: PowerBroker.Transition, at now: Instant) {
    do throws(DeviceError) {
      switch transition.part {
      case .indicator:
        try setIndicator(on: transition.to > 0)
        if board.hasSettled(.indicator) { try readBackIndicator(on: transition.to > 0) }
      case .microphone: try switchMicrophone(to: transition.to, from: transition.from, at: now)
      case .speaker: try switchSpeaker(to: transition.to, from: transition.from)
      case .display: try switchDisplay(on: transition.to > 0)
      case .camera: try switchCamera(on: transition.to > 0)
      case .link:
        if transition.from == 0 {
          try openLink(at: now)
          note(.link, level: transition.to, at: now)
          // Completed by `sessionOpened`.
          conductor.linkIsOpening(transition)
          return
        }
        if transition.to == 0 { closeLink(at: now) }
      case .processor, .pins, .battery, .thermal, .storage, .motion: break
      }
      if transition.part == .link || board.hasSettled(transition.part) {
        complete(transition, at: now)
      } else {
        let limit = description.power.limit(of: transition.part, from: transition.from, to: transition.to)
        conductor.awaits(transition, until: now + limit)
        noteBegin(transition, at: now)
      }
    } catch {
      partFailed(error, at: now)
    }
  }

  private func complete(_ transition: PowerBroker.Transition, at now: Instant) {
    if transition.part == .microphone, transition.to == Level.microphoneStreaming {
      tracer.mark("microphone_open", turn: engagement.turn, at: now)
    }
    conductor.completed(transition)
    note(transition.part, level: transition.to, at: now)
    // Without a microphone nothing bounds what the speaker holds.
    if transition.part == .speaker || transition.part == .microphone { feedSpeaker(at: now) }
  }

  /// A part that was on its way has arrived.
  func partSettled(_ part: Part, at now: Instant) {
    // An answer to what was asked before the last.
    guard board.hasSettled(part), let transition = conductor.broker.transition(of: part) else { return }
    do throws(DeviceError) {
      if part == .indicator { try readBackIndicator(on: transition.to > 0) }
      complete(transition, at: now)
    } catch {
      partFailed(error, at: now)
    }
  }

  /// Parts that should have arrived by now have failed.
  func giveUpOverdue(at now: Instant) {
    while let part = conductor.broker.overdue(at: now) { partFailed(DeviceError(part, "settle", .timedOut), at: now) }
  }

  /// A part refused to come up, or failed while it was up: its leases fail with it, and it is brought to rest so that it can be tried anew.
  func partFailed(_ error: DeviceError, at now: Instant) {
    quieten(error.part, at: now)
    conductor.failed(error)
    note(error.part, level: 0, at: now)
    report(error, at: now)
  }

  private func quieten(_ part: Part, at now: Instant) {
    switch part {
    case .camera: board.camera?.turnOff()
    case .microphone:
      board.microphone?.stop()
      ring.clear()
      endDisturbance()
    case .speaker:
      board.speaker?.stop()
      echo.reference.cut(at: now)
    case .display:
      board.display?.turnOff()
      drawnCard = nil
    // A light that cannot be seen shall not burn either. If that fails too, nothing more can be done.
    case .indicator: try? board.pins.set(.indicator, active: false)
    case .link, .processor, .pins, .battery, .thermal, .storage, .motion: break
    }
  }

  private func setIndicator(on: Bool) throws(DeviceError) {
    do throws(DeviceError) {
      try board.pins.set(.indicator, active: on)
    } catch {
      throw DeviceError(.indicator, error.operation, error.cause, errno: error.errno)
    }
  }

  /// The light counts as on only when its read-back says so.
  private func readBackIndicator(on: Bool) throws(DeviceError) {
    do throws(DeviceError) {
      if try board.pins.readBack(.indicator) != on { throw DeviceError(.indicator, "read-back", .io) }
    } catch {
      throw DeviceError(.indicator, error.operation, error.cause, errno: error.errno)
    }
  }

  /// Whether the light is still seen to be on; the indicator has failed otherwise.
  func verifyLight(at now: Instant) -> Bool {
    do throws(DeviceError) {
      if try board.pins.readBack(.indicator) { return true }
      partFailed(DeviceError(.indicator, "read-back", .io), at: now)
    } catch {
      partFailed(DeviceError(.indicator, error.operation, error.cause, errno: error.errno), at: now)
    }
    return false
  }

  private func switchMicrophone(to level: Int, from: Int, at now: Instant) throws(DeviceError) {
    guard let microphone = board.microphone else { throw DeviceError(.microphone, "start", .absent) }
    let period = periodOfMicrophone(at: level)
    if level == 0 {
      microphone.stop()
      ring.clear()
    } else if from == 0 {
      try microphone.start(period: period)
      echo.begin()
    } else {
      microphone.setPeriod(period)
    }
    microphonePeriod = period
    if level == Level.microphoneLocal && !engagement.state.isInTurn { listener?.reset() }
  }

  /// Whoever is listened to, or may interrupt, is heard at once; a wake word may take its time.
  private func periodOfMicrophone(at level: Int) -> Duration {
    level == Level.microphoneStreaming || engagement.state.isInTurn
      ? description.listening.engagedPeriod : description.listening.armedPeriod
  }

  /// The microphone may stay at its level when the glasses go from a turn to rest: its pace changes all the same.
  func adjustMicrophonePeriod(from before: EngagementState) {
    let level = conductor.broker.level(of: .microphone)
    guard level == Level.microphoneLocal, before.isInTurn, !engagement.state.isInTurn else { return }
    microphonePeriod = periodOfMicrophone(at: level)
    board.microphone?.setPeriod(microphonePeriod)
    listener?.reset()
  }

  private func switchSpeaker(to level: Int, from: Int) throws(DeviceError) {
    guard let speaker = board.speaker else { throw DeviceError(.speaker, "start", .absent) }
    if level == 0 {
      speaker.stop()
      echo.reference.cut(at: board.now())
    } else if from == 0 {
      try speaker.start()
    }
  }

  private func switchCamera(on: Bool) throws(DeviceError) {
    guard let camera = board.camera else { throw DeviceError(.camera, "open", .absent) }
    if on { try camera.turnOn() } else { camera.turnOff() }
  }

  private func switchDisplay(on: Bool) throws(DeviceError) {
    guard let display = board.display else { throw DeviceError(.display, "turn on", .absent) }
    drawnCard = nil
    if on { try display.turnOn() } else { display.turnOff() }
  }

  /// What cannot be had is done without.
  private func doWithout(_ lost: LostLeases, at now: Instant) {
    if let error = lost.picture { pictureFailed(error, at: now) }
    if lost.pairingLink { pairingLost(at: now) }
    if lost.hostCall { hostCallFailed(at: now) }
    if lost.speaker { speakerFailed() }
    if lost.clientsSpeaker { dropControlLeases(on: .speaker, at: now) }
    if lost.display { dismissCards(at: now) }
  }
}
