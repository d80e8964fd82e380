import Engagement
import HAL
import Overlay
import Power
import Units
import Wake
import Wire

extension Glasses {
  /// Turns what the board reports into events of the machines.
  func handle(_ event: BoardEvent, at now: Instant) {
    switch event {
    case .deadline: break
    case .edge(let line, let active, let at): handleEdge(line, active: active, edge: at, at: now)
    case .tapped: tapped()
    case .tilted: tilted()
    case .microphoneReady: readMicrophone(at: now)
    case .speakerReady: feedSpeaker(at: now)
    case .speakerDrained: speakerDrained(at: now)
    case .stillTaken: sendPicture(at: now)
    case .stillFailed(let error): pictureFailed(error, at: now)
    case .linkOpened:
      isTransportOpen = connection != nil
      roundTrip = now - calledAt
      pushOutput(at: now)
    case .linkReadable: readLink(at: now)
    case .linkWritable: pushOutput(at: now)
    case .linkClosed(let cause): transportEnded(cause, at: now)
    case .batteryChanged(let reading):
      deferred.battery(reading)
      policy.battery(reading)
      reconsider(at: now)
      send(status(reading))
      compare(reading, at: now)
    case .thermalChanged(let reading):
      deferred.thermal(reading)
      policy.thermal(reading)
      reconsider(at: now)
    case .timeTold(let time):
      isTimeTheBoards = true
      wallClock.set(time, at: now)
      reconsider(at: now)
    case .control(let event): handle(event, at: now)
    case .deviceFailed(let error): deviceFailed(error, at: now)
    case .settled(let part): partSettled(part, at: now)
    case .typed(let text):
      switch engagement.state {
      case .dormant, .armed, .presenting:
        typedQuestion = text
        conductor.post(.typedQuestion)
      case .engaged, .thinking: tracer.log("A question is being dealt with; type again when it is answered.", at: now)
      case .notWorn: tracer.log("Nobody wears the glasses; put them on to ask.", at: now)
      case .pairing: tracer.log("The glasses are pairing; type again when that is over.", at: now)
      }
    case .shutdown:
      conductor.post(.shutdown)
      settle(at: now)
      end(.asked, at: now)
    }
  }

  /// Lets every machine whose time has come act.
  func handleDue(at now: Instant) {
    func isDue(_ deadline: Instant?) -> Bool {
      if let deadline { deadline <= now } else { false }
    }
    if isDue(button.deadline) { handle(button.handle(.tick, at: now), at: now) }
    if isDue(wear.deadline) { handle(wear.handle(.tick, at: now), at: now) }
    if isDue(overlay.deadline) { handle(.tick, at: now) }
    giveUpOverdue(at: now)
    if isDue(linkDeadline) { linkIsDown(.timedOut, at: now) }
    if isDue(resumption.nextAttempt) { reconnect(at: now) }
    if isDue(probeDue) { probeHost(at: now) }
    if isDue(drawAfter) { drawAfter = nil }
    if isDue(pictureDeadline) { pictureFailed(DeviceError(.camera, "take", .timedOut), at: now) }
    if isDue(pairing?.deadline) { pairingTick(at: now) }
    while let task = deferred.next(at: now, isServing: engagement.state.isInTurn) { perform(task, at: now) }
    if isDue(talkDeadline) { endQuestion(.longest, at: now) }
    if let powerOff, isDue(powerOff.due) { end(powerOff.ending, at: now) }
    if isDue(engagement.deadline) { conductor.post(.deadline) }
  }

  private func perform(_ task: DeferredWork.Task, at now: Instant) {
    switch task {
    case .remind(let reminder): remind(reminder, at: now)
    case .giveUpParkedLink: unpark()
    case .attendKeptQuestions: callForKept(at: now)
    }
  }

  private func handleEdge(_ line: InputLine, active: Bool, edge: Instant, at now: Instant) {
    switch line {
    case .button: handle(button.handle(.edge(active: active, at: edge), at: now), at: now)
    case .wear: handle(wear.handle(.edge(active: active, at: edge), at: now), at: now)
    case .sound: sound.change(active: active, at: edge)
    }
  }

  /// A tap on the frame does what a press of the button does at once, and never grows into a longer one. It agrees to nothing: glasses are tapped by
  /// accident, too.
  private func tapped() {
    if powerOff == nil, engagement.state != .pairing { conductor.post(.button) }
  }

  /// A head that is bent to a side takes an answer away.
  private func tilted() {
    if powerOff == nil, engagement.state == .presenting { conductor.post(.button) }
  }

  private func handle(_ change: WearChange?, at now: Instant) {
    switch change {
    case .putOn?: setWorn(true, at: now)
    case .takenOff?: setWorn(false, at: now)
    case nil: break
    }
  }

  /// Glasses that are put on are armed at once or not at all, and taken off they are nothing in between.
  private func setWorn(_ isWorn: Bool, at now: Instant) {
    policy.isWorn = isWorn
    if isWorn { reconsider(at: now) }
    if powerOff == nil { conductor.post(.worn(isWorn)) }
    if !isWorn {
      // Who puts them on next may be somebody else.
      forgetKept()
      reconsider(at: now)
    }
  }

  private func deviceFailed(_ error: DeviceError, at now: Instant) {
    if error.part == .link { return linkIsDown(error.cause, at: now) }
    if error.part == .pins { lookAtSoundLine(at: now) }
    partFailed(error, at: now)
  }

  private func end(_ ending: Ending, at now: Instant) {
    powerOff = nil
    unpark()
    dismissCards(at: now)
    answer.stopCue()
    settle(at: now)
    closeLink(at: now)
    ledger.enter(state: engagement.state.rawValue, at: now, work: work)
    traceLedger(at: now)
    tracer.instant("wakeups", .log, at: now) { $0.add("count", board.wakeups) }
    tracer.end(engagement.state.name, .state, at: now)
    self.ending = ending
    guard ending != .asked else { return }
    tracer.instant("power_off", .log, at: now) { $0.add("code", ending.rawValue) }
    board.powerOff(ending)
  }
}
