import Engagement
import HAL
import Overlay
import Power
import Units
import Voice

/// Levels of the parts, as the board file counts them.
enum Level {
  static let off = 0
  static let on = 1
  static let microphoneLocal = 1
  static let microphoneStreaming = 2
  static let speakerReady = 1
  static let speakerPlaying = 2
  static let linkParked = 1
  static let linkActive = 2
  static let processorListening = 1
  static let processorBusy = 2
}

extension Glasses {
  /// No capture without the light: what leaves the device, picture or sound, needs the indicator on and verified.
  static var privacy: [PowerDependency] {
    [
      PowerDependency(.camera, atLevel: Level.on, requires: .indicator, atLevel: Level.on),
      PowerDependency(.microphone, atLevel: Level.microphoneStreaming, requires: .indicator, atLevel: Level.on),
    ]
  }

  /// Leases what the present state demands, releases the rest, and switches the hardware accordingly.
  func reconcile(at now: Instant) {
    repeat {
      adjustLeases()
      while let transition = broker.nextTransition() { perform(transition, at: now) }
    } while noticeFailedLeases(at: now)
    takeStillIfReady(at: now)
  }

  private func adjustLeases() {
    let demand = engagement.demand
    let microphone =
      switch demand.microphone {
      case .off: Level.off
      case .local: Level.microphoneLocal
      case .streaming: Level.microphoneStreaming
      }
    let speaker = speakerLevel(demanded: demand.speaker)
    let wantsLink = demand.link && (engagement.state != .pairing || pairingWantsLink)
    // A card that only stands there needs no processor: the panel refreshes itself.
    let isBusy = microphone == Level.microphoneStreaming || speaker > Level.off || wantsLink || demand.camera
    leases.processor.adjust(to: isBusy ? Level.processorBusy : microphone > 0 ? Level.processorListening : Level.off, &broker)
    leases.microphone.adjust(to: microphone, &broker)
    leases.camera.adjust(to: demand.camera ? Level.on : Level.off, &broker)
    leases.speaker.adjust(to: speaker, &broker)
    leases.display.adjust(to: overlay.card != nil && board.display != nil ? Level.on : Level.off, &broker)
    leases.link.adjust(to: wantsLink ? Level.linkActive : Level.off, &broker)
    // A picture that is not wanted any more is not waited for either.
    if !demand.camera {
      picture.reset()
      pictureDeadline = nil
    }
  }

  private func perform(_ transition: PowerBroker.Transition, at now: Instant) {
    do throws(DeviceError) {
      switch transition.part {
      case .indicator: try switchIndicator(on: transition.to > 0)
      case .microphone: try switchMicrophone(to: transition.to, from: transition.from, at: now)
      case .speaker: try switchSpeaker(to: transition.to, from: transition.from)
      case .display: try switchDisplay(on: transition.to > 0)
      case .camera:
        guard let camera = board.camera else { throw DeviceError(.camera, "open", .absent) }
        if transition.to == 0 { camera.cancel() }
      case .link:
        if transition.from == 0 {
          try openLink(at: now)
          note(.link, level: transition.to, at: now)
          // Completed by `sessionOpened`.
          linkTransition = transition
          return
        }
        if transition.to == 0 { closeLink(at: now) }
      case .processor, .pins, .battery, .thermal, .storage: break
      }
      broker.completed(transition)
      note(transition.part, level: transition.to, at: now)
    } catch {
      partFailed(error, at: now)
    }
  }

  /// A part refused to come up, or failed while it was up: its leases fail with it, and it is brought to rest so that it can be tried anew.
  func partFailed(_ error: DeviceError, at now: Instant) {
    failures[Int(error.part.rawValue)] = error
    quieten(error.part)
    broker.failed(error.part)
    note(error.part, level: 0, at: now)
    report(error, at: now)
  }

  private func quieten(_ part: Part) {
    switch part {
    case .camera: board.camera?.cancel()
    case .microphone:
      board.microphone?.stop()
      ring.clear()
    case .speaker: board.speaker?.stop()
    case .display:
      board.display?.turnOff()
      drawnCard = nil
    // A light that cannot be seen shall not burn either. If that fails too, nothing more can be done.
    case .indicator: try? board.pins.set(.indicator, active: false)
    case .link, .processor, .pins, .battery, .thermal, .storage: break
    }
  }

  func note(_ part: Part, level: Int, at now: Instant) {
    let before = ledger.power(of: part)
    ledger.set(part, level: level, at: now)
    if ledger.power(of: part) != before { tracer.power(of: part, ledger.power(of: part), at: now) }
  }

  /// The light counts as on only when its read-back says so.
  private func switchIndicator(on: Bool) throws(DeviceError) {
    do throws(DeviceError) {
      try board.pins.set(.indicator, active: on)
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
    let period = level == Level.microphoneStreaming ? description.listening.engagedPeriod : description.listening.armedPeriod
    if level == 0 {
      microphone.stop()
      ring.clear()
    } else if from == 0 {
      try microphone.start(period: period)
    } else {
      microphone.setPeriod(period)
    }
    if level == Level.microphoneStreaming { tracer.mark("microphone_open", turn: engagement.turn, at: now) }
  }

  private func speakerLevel(demanded: Bool) -> Int {
    guard board.speaker != nil, demanded || answer.isCueSounding else { return Level.off }
    return playback.queued > 0 ? Level.speakerPlaying : Level.speakerReady
  }

  private func switchSpeaker(to level: Int, from: Int) throws(DeviceError) {
    guard let speaker = board.speaker else { throw DeviceError(.speaker, "start", .absent) }
    if level == 0 {
      speaker.stop()
    } else if from == 0 {
      try speaker.start()
    }
  }

  private func switchDisplay(on: Bool) throws(DeviceError) {
    guard let display = board.display else { throw DeviceError(.display, "turn on", .absent) }
    drawnCard = nil
    if on { try display.turnOn() } else { display.turnOff() }
  }

  /// Tells the engagement machine which leases cannot be had. Each failure is told once: its state no longer demands the part afterwards,
  /// or the runtime does without it. True when the runtime itself wants less now.
  private func noticeFailedLeases(at now: Instant) -> Bool {
    var wantsLess = false
    if case .failed(let culprit)? = leases.microphone.state(broker) {
      inbox.append(.captureFailed(failure(of: culprit, "start")))
    }
    if case .failed(let culprit)? = leases.camera.state(broker) { pictureFailed(failure(of: culprit, "open"), at: now) }
    if case .failed? = leases.link.state(broker) {
      if engagement.state == .pairing {
        pairingLost(at: now)
        wantsLess = true
      } else {
        inbox.append(.linkLost(failure(of: .link, "open").cause))
      }
    }
    if case .failed? = leases.speaker.state(broker) {
      wantsLess = wantsLess || answer.isCueSounding
      speakerFailed()
    }
    if case .failed? = leases.display.state(broker) {
      dismissCards(at: now)
      wantsLess = true
    }
    return wantsLess
  }

  func failure(of part: Part, _ operation: StaticString) -> DeviceError {
    failures[Int(part.rawValue)] ?? DeviceError(part, operation, .io)
  }
}
