import Engagement
import HAL
import Power
import Units
import Voice
import Wire

extension Glasses {
  // MARK: Opening and closing

  /// Begins to connect; `sessionOpened` or `linkIsDown` follows.
  func openLink(at now: Instant) throws(DeviceError) {
    try connect(within: description.link.connectDeadline, at: now)
  }

  private func connect(within limit: Duration, at now: Instant) throws(DeviceError) {
    let expectation: PeerExpectation
    if engagement.state == .pairing {
      expectation = .pairing
    } else if let pairedHost {
      expectation = .paired(pairedHost.peer)
    } else {
      throw DeviceError(.link, "open", .forbidden)
    }
    do throws(SessionFailure) {
      connection = try HostConnection(identity: identity, expecting: expectation)
    } catch {
      throw DeviceError(.link, "open", .io)
    }
    linkDeadline = now + limit
    calledAt = now
    do throws(DeviceError) {
      try board.link.open(description.link.address)
    } catch {
      connection = nil
      linkDeadline = nil
      throw DeviceError(.link, error.operation, error.cause.ofTransport(isOpen: false), errno: error.errno)
    }
  }

  /// Says good-bye where there is a session, and closes.
  func closeLink(at now: Instant) {
    resumption.forget()
    journal.clear()
    guard let open = connection else { return }
    if isSessionOpen {
      open.close()
      pushOutput(at: now)
      tracer.instant("link_down", .link, at: now) { $0.add("reason", "closed by the glasses") }
    }
    forgetConnection()
  }

  private func forgetConnection() {
    board.link.close()
    connection = nil
    isTransportOpen = false
    isSessionOpen = false
    isWelcome = false
    linkDeadline = nil
    deferred.keepParkedLink()
  }

  /// The transport closed by itself. What arrived before is dealt with first: it may say why.
  func transportEnded(_ cause: FailureCause, at now: Instant) {
    readLink(at: now)
    if let open = connection, isSessionOpen {
      open.transportEnded()
      drainEvents(of: open, at: now)
    }
    linkIsDown(cause.ofTransport(isOpen: isSessionOpen), at: now)
  }

  /// The link could not be opened, or was lost.
  func linkIsDown(_ cause: FailureCause, at now: Instant) {
    guard connection != nil else { return }
    tracer.instant("link_down", .link, at: now) { $0.add("reason", cause.phrase) }
    let wasWelcome = isWelcome
    forgetConnection()
    if reconnects(after: cause, at: now) { return }
    if !wasWelcome && engagement.state != .pairing { hasHost = false }
    giveUpLink(cause, at: now)
  }

  private func giveUpLink(_ cause: FailureCause, at now: Instant) {
    resumption.forget()
    let error = DeviceError(.link, "connect", cause)
    conductor.linkFailed(error)
    note(.link, level: Level.off, at: now)
    report(error, at: now)
    if engagement.state == .pairing { pairingLost(at: now) }
    hostCallFailed(at: now)
  }

  /// Drops whatever connection there is, so that the next lease opens one anew.
  func resetLink(at now: Instant) {
    closeLink(at: now)
    conductor.resetLink()
    note(.link, level: Level.off, at: now)
  }

  private func sessionOpened(with peer: Fingerprint, at now: Instant) {
    isSessionOpen = true
    linkDeadline = nil
    conductor.linkOpened()
    tracer.instant("link_up", .link, at: now)
    guard engagement.state != .pairing else {
      pairingOpened(with: peer, at: now)
      return
    }
    if engagement.state.isInTurn { tracer.mark("link_open", turn: engagement.turn, at: now) } else { park(at: now) }
    connection?.send(
      .hello(
        Hello(
          deviceName: description.name, captureRate: UInt32(AudioFormat.captureRate),
          playbackRate: UInt32(AudioFormat.playbackRate),
          hasCamera: board.camera != nil, hasDisplay: board.display != nil, canResume: true, session: resumption.session,
          received: resumption.received)))
    if let battery = readBattery(at: now) { connection?.send(.status(status(battery))) }
    if resumption.isReconnecting {
      // What is to be sent again, the host's welcome says.
      linkDeadline = now + resumption.attemptLimit
    } else {
      journal.restart()
      transmit()
      // Nobody else waits for its welcome.
      if isCallingHost { linkDeadline = now + description.link.connectDeadline }
    }
    pushOutput(at: now)
  }

  // MARK: Going on with a session

  /// Whether a lost connection is replaced by another, without the wearer noticing: in a turn, while the host may still have its half of it. A
  /// host that refuses, or a machine on which nobody listens any more, has not.
  private func reconnects(after cause: FailureCause, at now: Instant) -> Bool {
    guard engagement.state.isInTurn, conductor.isLinkWanted else { return false }
    switch cause {
    case .absent, .refused, .forbidden, .malformed, .unsupported: return false
    case .removed, .timedOut, .busy, .full, .io: return resumption.lost(at: now)
    }
  }

  /// The next attempt at a connection.
  func reconnect(at now: Instant) {
    resumption.attempting(at: now)
    do throws(DeviceError) {
      try connect(within: resumption.attemptLimit, at: now)
    } catch {
      if !reconnects(after: error.cause, at: now) { giveUpLink(error.cause, at: now) }
    }
  }

  /// The host has answered `Hello`: it goes on with the session, or has begun another.
  func welcomed(_ welcome: Welcome, at now: Instant) {
    linkDeadline = nil
    isCallingHost = false
    guard resumption.isReconnecting else { return resumption.began(welcome.session, at: now) }
    guard welcome.resumed, welcome.session == resumption.session, journal.acknowledge(welcome.received) else {
      // The host knows nothing of the turn any more.
      resumption.began(welcome.session, at: now)
      journal.clear()
      conductor.post(.linkLost(.removed))
      return
    }
    journal.rewind()
    resumption.resumed(at: now)
    tracer.mark("link_resumed", turn: engagement.turn, at: now)
    transmit()
    pushOutput(at: now)
  }

  /// Nobody waits for the host any more: a connection that was lost is not replaced.
  func stopReconnecting(at now: Instant) {
    guard resumption.isReconnecting else { return }
    closeLink(at: now)
    conductor.linkFailed(DeviceError(.link, "connect", .removed))
    note(.link, level: Level.off, at: now)
  }

  /// When a silent host of which something is expected is sent a word; nil when nothing is.
  var probeDue: Instant? {
    switch engagement.state {
    case .thinking: isWelcome ? resumption.probe : nil
    case .presenting: isWelcome && !answer.isHostDone ? resumption.probe : nil
    case .notWorn, .dormant, .armed, .engaged, .pairing: nil
    }
  }

  func probeHost(at now: Instant) {
    resumption.heard(at: now)
    send(.received(Received(count: resumption.received)))
  }

  /// Between turns the link stays open and silent, for as long as the board file says.
  func park(at now: Instant) {
    stopReconnecting(at: now)
    // Nothing of a turn is left to be sent again.
    journal.clear()
    guard isSessionOpen, conductor.isLinkParked else { return }
    if let time = description.link.parkedFor { deferred.giveUpParkedLink(after: time, at: now) }
  }

  func unpark() {
    deferred.keepParkedLink()
    conductor.unpark()
  }

  // MARK: Sending

  /// Sends now, or as soon as the session is open. What is not about a turn (status) waits for no session.
  func send(_ message: DeviceMessage) {
    if !message.isCounted {
      guard isSessionOpen, !resumption.isReconnecting else { return }
      connection?.send(message)
    } else {
      guard isSessionOpen || resumption.isReconnecting || engagement.state.isInTurn else { return }
      journal.append(message)
      transmit()
    }
    pushOutput(at: board.now())
  }

  /// A packet of the wearer's voice.
  func sendAudio(turn: UInt32, sequence: UInt32, _ packet: Span<UInt8>) {
    journal.appendAudio(turn: turn, sequence: sequence, opus: packet)
    // The rest goes with whatever follows, the end of speech at the latest.
    if (sequence &+ 1) % uplinkRate.packetsTogether == 0 { transmit() }
    if sequence % UplinkRate.interval == UplinkRate.interval - 1 { isRateDue = true }
  }

  /// Gives the session what it has not been given yet.
  private func transmit() {
    guard isSessionOpen, !resumption.isReconnecting, let connection else { return }
    journal.takeUnsent { connection.sendFrames($0) }
  }

  /// Room for the longest question, so that nothing has to grow while it is spoken.
  func reserveJournal() {
    if !isSessionOpen && !resumption.isReconnecting { journal.clear() }
    journal.beginQuestion()
    let longest = description.listening.preRoll + description.listening.longestUtterance
    journal.reserve(min(Int(longest.milliseconds) * Self.questionBytesPerSecond / 1000, FrameJournal.limit))
  }

  /// Of the wearer's voice, in frames: 24 kbit/s, and what is around each packet.
  private static var questionBytesPerSecond: Int { 5_000 }

  /// Gives the transport what the session has for it, as far as it goes.
  func pushOutput(at now: Instant) {
    guard isTransportOpen, let connection, connection.hasOutput else { return }
    var failure: DeviceError?
    connection.drainOutput { bytes in
      do throws(DeviceError) {
        return try board.link.send(bytes)
      } catch {
        failure = error
        return 0
      }
    }
    if let failure { linkIsDown(failure.cause.ofTransport(isOpen: isSessionOpen), at: now) }
  }

  // MARK: Receiving

  func readLink(at now: Instant) {
    do throws(DeviceError) {
      while isTransportOpen, let open = connection {
        var span = receiveBuffer.mutableSpan
        let count = try board.link.receive(into: &span)
        guard count > 0 else { break }
        open.received(receiveBuffer.span.extracting(first: count))
        drainEvents(of: open, at: now)
      }
    } catch {
      linkIsDown(error.cause, at: now)
    }
    pushOutput(at: now)
  }

  private func drainEvents(of open: HostConnection, at now: Instant) {
    while connection === open, let event = open.next() {
      switch event {
      case .opened(let peer): sessionOpened(with: peer, at: now)
      case .message(let message):
        resumption.heard(at: now)
        noteHost()
        handle(message, at: now)
        if message.isCounted, let count = resumption.count() { send(.received(Received(count: count))) }
      case .pairing(let message): handle(message, at: now)
      case .warning(let error): tracer.log(error.phrase.description, at: now)
      case .closed(let failure):
        tracer.log(failure.phrase.description, at: now)
        // The alert that tells the host why.
        pushOutput(at: now)
        linkIsDown(failure.cause, at: now)
      }
      // Each message meets the state that the one before it has led to.
      settle(at: now)
    }
  }

  // MARK: Status

  func readBattery(at now: Instant) -> BatteryReading? {
    guard let battery = board.battery else { return nil }
    do throws(DeviceError) {
      return try battery.read()
    } catch {
      report(error, at: now)
      return nil
    }
  }

  func status(_ reading: BatteryReading) -> DeviceStatus {
    DeviceStatus(
      hasBattery: true, batteryPercent: UInt32(reading.charge.value), isCharging: reading.isCharging,
      millivolts: UInt32(clamping: reading.voltage.value))
  }

  func send(_ status: DeviceStatus) { send(.status(status)) }
}

extension FailureCause {
  /// That nobody listens, that the stream ended or that a firewall forbids it says nothing about whether the host knows these glasses: only the
  /// session can refuse them, and only the lack of a pairing forbids.
  fileprivate func ofTransport(isOpen: Bool) -> FailureCause {
    switch self {
    case .refused, .forbidden: isOpen ? .removed : .absent
    case .absent, .removed, .busy, .unsupported, .malformed, .timedOut, .full, .io: self
    }
  }
}

extension SessionFailure {
  /// What the wearer is told of it.
  var cause: FailureCause {
    switch self {
    case .wrongKey, .rejectedByPeer, .notTLS, .tlsVersion, .wrongApplication: .refused
    case .alert, .corrupted, .oversizedFrame, .malformedMessage: .malformed
    case .truncated, .peerClosed: .removed
    case .unusableIdentity: .io
    }
  }
}
