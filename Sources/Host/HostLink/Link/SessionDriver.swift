import Assistant
import NIOCore
import Units
import Wire

/// Carries out what a `HostSession` decides: sends its messages, runs its turns, writes its trace. It lives on the link's event
/// loop, which is the session's one serial task.
final class SessionDriver: Conversation {
  let loop: any EventLoop
  private let core: HostCore
  private let device: PairedDevice
  /// Nil while the session has no connection.
  private var outlet: (any LinkOutlet)?
  private let number: UInt64
  private var session: HostSession
  private var runner: (any TurnRunner)?
  private var spans: TurnSpans
  private var waiting: [EventLoopPromise<Void>] = []
  private var isOver = false
  /// The message under way began a turn.
  private var hasBegunTurn = false

  init(core: HostCore, device: PairedDevice, peer: String, outlet: any LinkOutlet, loop: any EventLoop) {
    self.core = core
    self.device = device
    self.outlet = outlet
    self.loop = loop
    number = .random(in: 1...UInt64.max)
    session = HostSession(
      limits: core.limits, hostName: core.hostName, localTime: LocalTime(core.wallClock()), number: number, at: core.now())
    spans = TurnSpans(device: device.name)
    core.events(.sessionBegan(device: device.name, fingerprint: device.fingerprint, peer: peer))
  }

  // MARK: Conversation

  func receive(_ body: Span<UInt8>, at now: Instant) {
    do {
      hasBegunTurn = false
      let message = try DeviceMessage.decode(body)
      if case .hello(let hello) = message, session.state == .awaitingHello, goesOn(as: hello, at: now) { return }
      handle(.message(message), at: now)
      if hasBegunTurn, !isOver, core.turns.running(device.fingerprint.hex) > core.limits.turnTasks {
        handle(.malformed("turns begin faster than they can be ended"), at: now)
      }
    } catch {
      handle(error.isSurvivable ? .unknownMessage : .malformed("\(error.phrase)"), at: now)
    }
  }

  func broken(_ reason: String, at now: Instant) { handle(.malformed(reason), at: now) }
  func writable(_ isWritable: Bool, at now: Instant) { handle(.writable(isWritable), at: now) }
  func tick(at now: Instant) {
    let wasSuspended = session.isSuspended
    handle(.tick, at: now)
    if wasSuspended, session.state == .closed { abandon("the glasses did not come back") }
  }
  func stop(_ reason: String, at now: Instant) { handle(.stop(reason), at: now) }

  func lost(_ reason: String, at now: Instant) {
    outlet = nil
    handle(.lost, at: now)
    guard session.isSuspended else { return finish(reason) }
    core.suspended.add(self, of: device.fingerprint)
    core.events(
      .sessionEnded(device: device.name, fingerprint: device.fingerprint, reason: "\(reason); its turn waits for it to come back")
    )
    guard core.armsTimers else { return }
    let bound = NIOLoopBound(self, eventLoop: loop)
    let core = core
    loop.scheduleTask(in: .nanoseconds(core.limits.resumption.nanoseconds) + .milliseconds(1)) {
      bound.value.tick(at: core.now())
    }
  }

  // MARK: Another connection

  /// Hands the link over to the session that the glasses come back to, if it is still there; an older one is over then.
  private func goesOn(as hello: Hello, at now: Instant) -> Bool {
    guard let earlier = core.suspended.take(device.fingerprint) else { return false }
    guard hello.session == earlier.number, let outlet else {
      earlier.abandon("the glasses began another session")
      return false
    }
    isOver = true
    self.outlet = nil
    outlet.adopt(earlier)
    earlier.come(back: outlet, received: hello.received, at: now)
    return true
  }

  private func come(back outlet: any LinkOutlet, received: UInt32, at now: Instant) {
    self.outlet = outlet
    handle(.resumed(received: received), at: now)
  }

  /// The glasses will not come back.
  func abandon(_ reason: String) {
    handle(.abandoned, at: core.now())
    isOver = true
    runner = nil
    core.suspended.remove(self, of: device.fingerprint)
  }

  var outlivesItsConnection: Bool { session.outlivesItsConnection }

  var isSuspended: Bool { session.isSuspended }

  func deadline(at now: Instant) -> Instant? { session.deadline(at: now) }

  // MARK: Turns

  /// What a turn reports. Reports of a turn that is no longer the current one are dropped.
  func take(_ report: TurnReport, of turn: UInt32) {
    handle(.report(turn: turn, report), at: core.now())
    outlet?.settle()
  }

  /// Completes when the session takes more speech.
  func room() -> EventLoopFuture<Void> {
    guard !isOver, session.speechBacklog > core.limits.speechBacklog else { return loop.makeSucceededVoidFuture() }
    let promise = loop.makePromise(of: Void.self)
    waiting.append(promise)
    return promise.futureResult
  }

  func warn(_ text: String) { core.events(.warning("\(device.name): \(text)")) }

  // MARK: Actions

  private func handle(_ event: HostSession.Event, at now: Instant) {
    for action in session.handle(event, at: now) {
      switch action {
      case .send(let message): send(message)
      case .begin(let turn, let status): begin(turn, status)
      case .hear(let lost, let opus): runner?.hear(lost: lost, opus: opus)
      case .feed(let input): runner?.feed(input)
      case .narrow(let bits): runner?.speak(bitrate: HostAudio.bitrate(after: bits))
      case .cancel(_, let heard): runner?.cancel(heard: heard)
      case .mark(let turn, let stage): mark(turn, stage, at: now)
      case .warn(let text): warn(text)
      case .close(let reason):
        outlet?.close(reason)
        finish(reason)
      }
    }
    if !waiting.isEmpty, isOver || session.speechBacklog <= core.limits.speechBacklog {
      let released = waiting
      waiting = []
      for promise in released { promise.succeed() }
    }
  }

  private func send(_ message: HostMessage) {
    var bytes: [UInt8] = []
    do {
      try Frame.append(message, to: &bytes)
    } catch {
      return warn("a message was not sent: \(error.phrase)")
    }
    switch message {
    case .transcript(let transcript):
      if transcript.isFinal { core.events(.transcript(device: device.name, turn: transcript.turn, text: transcript.text)) }
    case .answerText(let answer): core.events(.answer(device: device.name, turn: answer.turn, text: answer.text))
    case .welcome, .soundsFinished, .wantPicture, .speech, .card, .turnEnded, .reminder, .refused, .clockEcho, .received: break
    }
    outlet?.send(bytes)
  }

  private func begin(_ turn: UInt32, _ status: StatusOfGlasses?) {
    let context = TurnContext(
      deviceIdentifier: device.fingerprint.hex, deviceName: device.name, turn: turn, status: status, now: core.wallClock)
    runner = core.turns.runner(context, for: self)
    hasBegunTurn = true
  }

  private func mark(_ turn: UInt32, _ stage: TurnStage, at now: Instant) {
    core.trace?.write(spans.handle(turn, stage, at: now))
    switch stage {
    case .began: core.events(.turnBegan(device: device.name, turn: turn))
    case .ended(let end): core.events(.turnEnded(device: device.name, turn: turn, outcome: end.words))
    case .endOfSpeech, .transcript, .pictureWanted, .pictureReceived, .firstSentence, .firstSpeech: break
    }
  }

  private func finish(_ reason: String) {
    guard !isOver else { return }
    isOver = true
    runner = nil
    core.events(.sessionEnded(device: device.name, fingerprint: device.fingerprint, reason: reason))
  }
}

extension TurnEnd {
  /// One word, or the failure's reason after one.
  var words: String {
    switch self {
    case .answered: "answered"
    case .nothingHeard: "nothing heard"
    case .cancelled: "cancelled"
    case .failed(let reason): "failed: \(reason)"
    }
  }
}
