import Assistant
import Units
import Wire

/// One session with one pair of glasses: what each side may say when, one turn at a time. A pure value; the driver carries out
/// its actions, in order.
///
/// ```
///                 1 hello             2 turnBegan            4 endOfSpeech
/// awaitingHello ─────────▶ idle ───────────────▶ hearing ───────────────▶ answering
///                           ▲ │                     │                        ▲  │ 6 ended
///                           │ │      3 typed        │                        │  ▼
///                           │ └─────────────────────┼────────────────────────┘ speaking
///                           │                       │                            │
///                           └──────────── 5 cancel, ended ◀──────────────────────┴── 7 speech all sent
/// ```
///
/// The assistant may want one picture while it hears or answers, or the glasses announce one when the turn begins; until it has come or failed,
/// pieces of it are legal in both states.
///
/// From every turn state, 2 and 3 with a higher number end the old turn as cancelled and begin the new one. An illegal message, a
/// message that breaks a limit, silence before the hello, or a peer that does not read ends in `closed` from everywhere.
///
/// Messages for a turn that has ended are ignored, since they may have been under way when it ended. Every turn that began
/// gets exactly one `turnEnded` unless the session closes.
public struct HostSession: Sendable {
  public enum State: Sendable, Equatable {
    case awaitingHello
    /// No turn, or the last one is over.
    case idle
    /// The wearer speaks.
    case hearing
    /// The assistant works on the answer, or makes it audible.
    case answering
    /// The assistant is done; speech still waits for its time.
    case speaking
    case closed
  }

  public enum Event: Sendable {
    case message(DeviceMessage)
    /// A frame whose message kind is not known here.
    case unknownMessage
    /// A frame that does not decode, with the reason.
    case malformed(String)
    case report(turn: UInt32, TurnReport)
    /// Whether the connection takes bytes.
    case writable(Bool)
    /// `deadline` has come.
    case tick
    /// The host ends the session, with the reason.
    case stop(String)
    /// The connection is gone. A turn under way waits for the glasses to come back where they can (`isSuspended`).
    case lost
    /// The glasses are back on another connection and have so many of the host's counted messages.
    case resumed(received: UInt32)
    /// They will not come back.
    case abandoned
  }

  public enum Action: Sendable {
    case send(HostMessage)
    /// The inputs that follow are for this turn.
    case begin(turn: UInt32, StatusOfGlasses?)
    /// Sound for the recogniser: this many packets are missing before this one.
    case hear(lost: Int, opus: [UInt8])
    case feed(TurnInput)
    /// The link bore so many bits a second of the wearer's voice, less than the most.
    case narrow(bitsPerSecond: UInt32)
    /// Stops the turn, or tells it, when it is over already, how much of its answer was heard.
    case cancel(turn: UInt32, heard: Duration)
    case mark(turn: UInt32, TurnStage)
    case warn(String)
    /// The session is over; what was sent before still goes out.
    case close(String)
  }

  private let limits: HostLimits
  private let hostName: String
  private let localTime: LocalTime?
  public private(set) var state = State.awaitingHello
  public private(set) var hello: Hello?
  private var status: StatusOfGlasses?

  /// The number of the latest turn; 0 before the first.
  private var turn: UInt32 = 0
  private var isCancelled = false
  private var speechEnded = false
  private var nextSound: UInt32 = 0
  private var picture: PictureAssembler
  private var isPictureAwaited = false
  private var nextSpeech: UInt32 = 0
  private var hasSentence = false
  private var times = EngineTimes()
  private var pacer: SpeechPacer

  private var continuity: SessionContinuity

  private var helloDeadline: Instant?
  private var unreadSince: Instant?
  private var unknownMessages = 0

  /// `localTime` is the wearer's time of day now: `Hello`, which it answers, comes within seconds. `number` names the session and is not 0.
  public init(limits: HostLimits, hostName: String, localTime: LocalTime? = nil, number: UInt64 = 1, at now: Instant) {
    self.limits = limits
    continuity = SessionContinuity(number: number, limits: limits)
    self.hostName = hostName
    self.localTime = localTime
    picture = PictureAssembler(limit: limits.pictureBytes)
    pacer = SpeechPacer(ahead: limits.speechAhead)
    helloDeadline = now + limits.firstMessage
  }

  /// Whether `lost` would leave a turn that waits for the glasses.
  public var outlivesItsConnection: Bool {
    switch state {
    case .hearing, .answering, .speaking: continuity.isPossible && !continuity.isWaiting
    case .awaitingHello, .idle, .closed: false
    }
  }

  /// Whether it has lost its connection and waits for the glasses to come back.
  public var isSuspended: Bool { continuity.isWaiting }

  /// Speech made but not yet sent.
  public var speechBacklog: Duration { pacer.backlog }

  /// When `tick` is due; nil when nothing is to be done before the next event.
  public func deadline(at now: Instant) -> Instant? {
    if state == .closed { return nil }
    if let until = continuity.waitsUntil { return until }
    var earliest = pacer.due(at: now)
    for candidate in [helloDeadline, unreadSince.map { $0 + limits.unread }] {
      if let candidate { earliest = min(earliest ?? candidate, candidate) }
    }
    return earliest
  }

  public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
    var actions: [Action] = []
    if state == .closed { return actions }
    switch event {
    case .message(let message): receive(message, at: now, &actions)
    case .unknownMessage:
      unknownMessages += 1
      if unknownMessages > limits.unknownMessages {
        close("more than \(limits.unknownMessages) messages of unknown kind", at: now, &actions)
      } else {
        actions.append(.warn("a message of unknown kind was ignored"))
      }
    case .malformed(let reason): close(reason, at: now, &actions)
    case .report(let number, let report): if number == turn { take(report, &actions) }
    case .writable(let isWritable):
      pacer.isOpen = isWritable
      unreadSince = isWritable ? nil : (unreadSince ?? now)
    case .tick: checkDeadlines(at: now, &actions)
    case .stop(let reason): close(reason, at: now, &actions)
    case .lost: if !suspend(at: now) { abandon(at: now, &actions) }
    case .resumed(let received): resume(received, at: now, &actions)
    case .abandoned: abandon(at: now, &actions)
    }
    if case .closing(let reason) = verdict { close(reason, at: now, &actions) }
    release(at: now, &actions)
    continuity.keep(&actions, isClosed: state == .closed)
    return actions
  }

  /// What a message led to, beside its actions.
  private enum Verdict {
    case fine
    case closing(String)
  }
  private var verdict = Verdict.fine

  private mutating func refuse(_ reason: String) { verdict = .closing(reason) }
}

// MARK: - From the glasses

extension HostSession {
  private mutating func receive(_ message: DeviceMessage, at now: Instant, _ actions: inout [Action]) {
    continuity.count(message)
    switch (state, message) {
    case (.closed, _): break
    case (.awaitingHello, .received): refuse("the first message was not a hello")
    case (_, .received(let count)): if !continuity.acknowledge(count.count) { refuse("it claims to have what was never sent") }
    case (.awaitingHello, .hello(let hello)): accept(hello, &actions)
    case (.awaitingHello, .turnBegan), (.awaitingHello, .audio), (.awaitingHello, .endOfSpeech), (.awaitingHello, .picture),
      (.awaitingHello, .pictureFailed), (.awaitingHello, .typed), (.awaitingHello, .cancel), (.awaitingHello, .status):
      refuse("the first message was not a hello")

    case (.idle, .hello), (.hearing, .hello), (.answering, .hello), (.speaking, .hello):
      refuse("a second hello")

    case (.idle, .status(let new)), (.hearing, .status(let new)), (.answering, .status(let new)),
      (.speaking, .status(let new)):
      status = StatusOfGlasses(new)

    case (.idle, .turnBegan(let new)), (.hearing, .turnBegan(let new)), (.answering, .turnBegan(let new)),
      (.speaking, .turnBegan(let new)):
      if begin(new.turn, at: now, &actions) {
        state = .hearing
        if new.pictureFollows {
          isPictureAwaited = true
          actions.append(.mark(turn: turn, .pictureWanted))
          actions.append(.feed(.pictureFollows))
        }
      }
      echo(new.clockMicroseconds, at: now, &actions)

    case (.idle, .typed(let question)), (.hearing, .typed(let question)), (.answering, .typed(let question)),
      (.speaking, .typed(let question)):
      guard question.text.utf8.count <= limits.typedBytes else {
        return refuse("a typed question over \(limits.typedBytes) bytes")
      }
      if begin(question.turn, at: now, &actions) {
        state = .answering
        speechEnded = true
        actions.append(.mark(turn: turn, .endOfSpeech))
        actions.append(.feed(.text(question.text)))
      }

    case (.hearing, .audio(let packet)):
      if concerns(packet.turn, "sound") { hear(packet, &actions) }
    case (.idle, .audio(let packet)), (.speaking, .audio(let packet)), (.answering, .audio(let packet)):
      if concerns(packet.turn, "sound"), speechEnded { refuse("sound after the end of speech") }

    case (.hearing, .endOfSpeech(let end)):
      guard concerns(end.turn, "an end of speech") else { return }
      echo(end.clockMicroseconds, at: now, &actions)
      speechEnded = true
      state = .answering
      actions.append(.mark(turn: turn, .endOfSpeech))
      if end.bitsPerSecond > 0 { actions.append(.narrow(bitsPerSecond: end.bitsPerSecond)) }
      actions.append(.feed(.endOfSpeech))
    case (.idle, .endOfSpeech(let end)), (.speaking, .endOfSpeech(let end)), (.answering, .endOfSpeech(let end)):
      guard concerns(end.turn, "an end of speech") else { return }
      if speechEnded { refuse("a second end of speech") } else { speechEnded = true }

    case (.hearing, .picture(let chunk)), (.answering, .picture(let chunk)):
      guard concerns(chunk.turn, "a picture") else { return }
      if isPictureAwaited { receive(chunk, &actions) } else { refuse("a picture that was not asked for") }
    case (.idle, .picture(let chunk)), (.speaking, .picture(let chunk)):
      _ = concerns(chunk.turn, "a picture")

    case (.hearing, .pictureFailed(let failure)), (.answering, .pictureFailed(let failure)):
      guard concerns(failure.turn, "a failed picture") else { return }
      guard isPictureAwaited else { return refuse("a failed picture that was not asked for") }
      isPictureAwaited = false
      actions.append(.feed(.pictureFailed(PictureFailure.words(failure.cause))))
    case (.idle, .pictureFailed(let failure)), (.speaking, .pictureFailed(let failure)):
      _ = concerns(failure.turn, "a failed picture")

    case (.idle, .cancel(let cancel)), (.hearing, .cancel(let cancel)), (.answering, .cancel(let cancel)),
      (.speaking, .cancel(let cancel)):
      guard concerns(cancel.turn, "a cancel") else { return }
      stopTurn(heard: .milliseconds(Int64(cancel.heardMilliseconds)), &actions)
    }
  }

  private mutating func accept(_ new: Hello, _ actions: inout [Action]) {
    guard new.version == 1 else {
      return refuse("protocol version \(new.version) is not spoken here (only 1): update the older side")
    }
    guard new.deviceName.utf8.count <= limits.nameBytes else { return refuse("a device name over \(limits.nameBytes) bytes") }
    hello = new
    helloDeadline = nil
    state = .idle
    continuity.isPossible = new.canResume
    actions.append(
      .send(
        .welcome(
          Welcome(version: 1, hostName: hostName, localTime: localTime, session: new.canResume ? continuity.number : 0))))
  }

  /// Whether a message is about the current turn. One about an older turn is ignored; one about a turn that never began is
  /// illegal.
  private mutating func concerns(_ number: UInt32, _ what: String) -> Bool {
    if number > turn || number == 0 { refuse("\(what) for turn \(number), which never began") }
    return number == turn && turn != 0
  }

  private mutating func begin(_ number: UInt32, at now: Instant, _ actions: inout [Action]) -> Bool {
    guard number > turn else {
      refuse("turn \(number) after turn \(turn)")
      return false
    }
    if state != .idle { stopTurn(heard: pacer.heard(at: now), &actions) }
    turn = number
    isCancelled = false
    speechEnded = false
    nextSound = 0
    isPictureAwaited = false
    picture = PictureAssembler(limit: limits.pictureBytes)
    nextSpeech = 0
    hasSentence = false
    times = EngineTimes()
    pacer.clear()
    actions.append(.begin(turn: number, status))
    actions.append(.mark(turn: number, .began))
    return true
  }

  /// Tells glasses that trace what the host's clock says, so that both traces fit on one timeline.
  private func echo(_ clock: UInt64, at now: Instant, _ actions: inout [Action]) {
    guard clock > 0 else { return }
    let host = UInt64(clamping: now.nanoseconds / 1000)
    actions.append(.send(.clockEcho(ClockEcho(clockMicroseconds: clock, hostMicroseconds: host))))
  }

  private mutating func hear(_ packet: AudioPacket, _ actions: inout [Action]) {
    guard packet.sequence >= nextSound else { return refuse("sound out of order") }
    guard !packet.opus.isEmpty, packet.opus.count <= limits.opusBytes else {
      return refuse("a sound packet of \(packet.opus.count) bytes (1 to \(limits.opusBytes) are taken)")
    }
    guard SpeechPacer.packet * Int(packet.sequence) < limits.longestQuestion else {
      return refuse("a question longer than \(limits.longestQuestion)")
    }
    actions.append(.hear(lost: Int(packet.sequence - nextSound), opus: packet.opus))
    nextSound = packet.sequence + 1
  }

  private mutating func receive(_ chunk: PictureChunk, _ actions: inout [Action]) {
    switch picture.add(chunk) {
    case .more: break
    case .complete(let whole):
      isPictureAwaited = false
      picture = PictureAssembler(limit: limits.pictureBytes)
      actions.append(.mark(turn: turn, .pictureReceived))
      actions.append(.feed(.picture(whole)))
    case .illegal(let reason): refuse(reason)
    }
  }
}

// MARK: - From the assistant

extension HostSession {
  private mutating func take(_ report: TurnReport, _ actions: inout [Action]) {
    switch state {
    case .hearing, .answering: break
    case .awaitingHello, .idle, .speaking, .closed: return
    }
    switch report {
    case .transcript(let text, let isFinal):
      if isFinal { actions.append(.mark(turn: turn, .transcript)) }
      actions.append(.send(.transcript(Transcript(turn: turn, text: text, isFinal: isFinal))))
    case .soundsFinished:
      if state == .hearing { actions.append(.send(.soundsFinished(SoundsFinished(turn: turn)))) }
    case .wantPicture:
      guard !isPictureAwaited else { return actions.append(.warn("turn \(turn) wanted a second picture; ignored")) }
      isPictureAwaited = true
      actions.append(.mark(turn: turn, .pictureWanted))
      actions.append(.send(.wantPicture(WantPicture(turn: turn))))
    case .answer(let text):
      if !hasSentence { actions.append(.mark(turn: turn, .firstSentence)) }
      hasSentence = true
      actions.append(.send(.answerText(AnswerText(turn: turn, text: text))))
    case .speech(let packets):
      if nextSpeech == 0, !packets.isEmpty { actions.append(.mark(turn: turn, .firstSpeech)) }
      for packet in packets {
        pacer.add(.speech(AudioPacket(turn: turn, sequence: nextSpeech, opus: packet)))
        nextSpeech += 1
      }
    case .card(let title, let body):
      actions.append(.send(.card(CardContent(turn: turn, title: title, body: body))))
    case .reminder(let identifier, let after, let title, let body):
      let milliseconds = UInt64(max(0, after.milliseconds))
      actions.append(
        .send(.reminder(Reminder(identifier: identifier, afterMilliseconds: milliseconds, title: title, body: body))))
    case .times(let new): times = new
    case .ended(let end):
      actions.append(.mark(turn: turn, .ended(end)))
      pacer.add(.turnEnded(ended(end)))
      state = .speaking
    }
  }

  private func ended(_ end: TurnEnd) -> TurnEnded {
    var message = TurnEnded(
      turn: turn, recogniserMicroseconds: UInt64(max(0, times.recogniser.microseconds)),
      languageMicroseconds: UInt64(max(0, times.language.microseconds)),
      speechMicroseconds: UInt64(max(0, times.speech.microseconds)),
      aheadMicroseconds: UInt64(max(0, times.ahead.microseconds)))
    switch end {
    case .answered: message.outcome = .answered
    case .nothingHeard: message.outcome = .nothingHeard
    case .cancelled: message.outcome = .cancelled
    case .failed(let reason):
      message.outcome = .failed
      message.reason = reason
    }
    return message
  }
}

// MARK: - Without a connection

extension HostSession {
  /// Whether the session outlives its connection: a turn is under way, and the glasses can come back to it.
  private mutating func suspend(at now: Instant) -> Bool {
    guard outlivesItsConnection else { return false }
    continuity.lost(at: now)
    unreadSince = nil
    pacer.isOpen = false
    // The pieces so far were not counted: the picture is asked for anew.
    picture = PictureAssembler(limit: limits.pictureBytes)
    return true
  }

  private mutating func resume(_ count: UInt32, at now: Instant, _ actions: inout [Action]) {
    guard isSuspended else { return }
    guard let again = continuity.resumed(count) else { return refuse("it claims to have what was never sent") }
    pacer.isOpen = true
    actions.append(
      .send(
        .welcome(
          Welcome(
            version: 1, hostName: hostName, localTime: localTime, session: continuity.number, resumed: true,
            received: continuity.received))))
    actions += again.map { .send($0) }
    if isPictureAwaited, !again.contains(where: { if case .wantPicture = $0 { true } else { false } }) {
      actions.append(.send(.wantPicture(WantPicture(turn: turn))))
    }
  }

  private mutating func abandon(at now: Instant, _ actions: inout [Action]) {
    if state != .idle { stopTurn(heard: pacer.heard(at: now), &actions) }
    continuity.giveUp()
    state = .closed
  }
}

// MARK: - Endings and time

extension HostSession {
  /// Ends the turn as cancelled. When it is over already the assistant still learns how much was heard, once.
  private mutating func stopTurn(heard: Duration, _ actions: inout [Action]) {
    guard turn != 0, !isCancelled else { return }
    isCancelled = true
    actions.append(.cancel(turn: turn, heard: heard))
    switch state {
    case .hearing, .answering:
      actions.append(.mark(turn: turn, .ended(.cancelled)))
      actions.append(.send(.turnEnded(ended(.cancelled))))
    case .speaking: actions.append(.send(.turnEnded(ended(.cancelled))))
    case .awaitingHello, .idle, .closed: break
    }
    pacer.clear()
    if state != .awaitingHello { state = .idle }
  }

  private mutating func close(_ reason: String, at now: Instant, _ actions: inout [Action]) {
    verdict = .fine
    if state != .idle { stopTurn(heard: pacer.heard(at: now), &actions) }
    actions.append(.send(.refused(Refused(reason: reason))))
    actions.append(.close(reason))
    state = .closed
  }

  private mutating func checkDeadlines(at now: Instant, _ actions: inout [Action]) {
    if let until = continuity.waitsUntil { return now >= until ? abandon(at: now, &actions) : () }
    if let helloDeadline, now >= helloDeadline { return refuse("no hello within \(limits.firstMessage)") }
    if let unreadSince, now >= unreadSince + limits.unread { refuse("the glasses did not read for \(limits.unread)") }
  }

  /// Sends the speech whose time has come.
  private mutating func release(at now: Instant, _ actions: inout [Action]) {
    guard state != .closed else { return }
    for message in pacer.take(at: now) { actions.append(.send(message)) }
    if state == .speaking, pacer.isEmpty { state = .idle }
  }
}
