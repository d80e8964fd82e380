import HAL
import Units

/// What the glasses say to the host. `sotto.proto` is the normative document; one frame carries one message.
public enum DeviceMessage: Sendable, Equatable {
  case hello(Hello)
  case turnBegan(TurnBegan)
  case audio(AudioPacket)
  case endOfSpeech(EndOfSpeech)
  case picture(PictureChunk)
  case pictureFailed(PictureFailed)
  case typed(TypedQuestion)
  case cancel(CancelTurn)
  case status(DeviceStatus)
  case received(Received)
}

/// What the host says to the glasses.
public enum HostMessage: Sendable, Equatable {
  case welcome(Welcome)
  case transcript(Transcript)
  case wantPicture(WantPicture)
  case answerText(AnswerText)
  case speech(AudioPacket)
  case card(CardContent)
  case turnEnded(TurnEnded)
  case reminder(Reminder)
  case refused(Refused)
  case soundsFinished(SoundsFinished)
  case clockEcho(ClockEcho)
  case received(Received)
}

/// First message of a session.
public struct Hello: Sendable, Equatable {
  /// Version of the protocol, 1.
  public var version: UInt32
  public var deviceName: String
  /// Sample rates of the two sound directions, in hertz.
  public var captureRate: UInt32
  public var playbackRate: UInt32
  public var hasCamera: Bool
  public var hasDisplay: Bool
  /// A session of these glasses survives its connection.
  public var canResume: Bool
  /// The session that is to go on, and how many of its counted messages have arrived; 0 for a new one.
  public var session: UInt64
  public var received: UInt32
  public init(
    version: UInt32 = 1, deviceName: String = "", captureRate: UInt32 = 0, playbackRate: UInt32 = 0, hasCamera: Bool = false,
    hasDisplay: Bool = false, canResume: Bool = false, session: UInt64 = 0, received: UInt32 = 0
  ) {
    self.version = version
    self.deviceName = deviceName
    self.captureRate = captureRate
    self.playbackRate = playbackRate
    self.hasCamera = hasCamera
    self.hasDisplay = hasDisplay
    self.canResume = canResume
    self.session = session
    self.received = received
  }
}

/// Answer to `Hello`.
public struct Welcome: Sendable, Equatable {
  public var version: UInt32
  public var hostName: String
  /// The wearer's time of day, to the second; nil when the host does not tell.
  public var localTime: LocalTime?
  /// The session's number, by which it can be resumed; 0 from a host that resumes none.
  public var session: UInt64
  /// The session that `Hello` named goes on, and so many of its counted messages have arrived.
  public var resumed: Bool
  public var received: UInt32
  public init(
    version: UInt32 = 1, hostName: String = "", localTime: LocalTime? = nil, session: UInt64 = 0, resumed: Bool = false,
    received: UInt32 = 0
  ) {
    self.version = version
    self.hostName = hostName
    self.localTime = localTime
    self.session = session
    self.resumed = resumed
    self.received = received
  }
}

/// How many counted messages (`isCounted`) have arrived since the session began.
public struct Received: Sendable, Equatable {
  public var count: UInt32
  public init(count: UInt32 = 0) { self.count = count }
}

extension DeviceMessage {
  /// Whether it belongs to a turn and must arrive exactly once, also when the connection is lost and another takes its place. A picture does not:
  /// it is not kept, and asked for anew.
  public var isCounted: Bool {
    switch self {
    case .turnBegan, .audio, .endOfSpeech, .pictureFailed, .typed, .cancel: true
    case .hello, .picture, .status, .received: false
    }
  }
}

extension HostMessage {
  /// Whether it must arrive exactly once, also when the connection is lost and another takes its place.
  public var isCounted: Bool {
    switch self {
    case .transcript, .wantPicture, .answerText, .speech, .card, .turnEnded, .reminder, .soundsFinished: true
    case .welcome, .refused, .clockEcho, .received: false
    }
  }
}

/// A turn begins; sound follows. Turn numbers grow by one and are unique within a session.
public struct TurnBegan: Sendable, Equatable {
  public var turn: UInt32
  public var trigger: Trigger
  /// Sound in the first packets that was captured before the wake, in milliseconds.
  public var preRollMilliseconds: UInt32
  /// The glasses' clock when this was written, which the host echoes; 0 asks for no echo.
  public var clockMicroseconds: UInt64
  /// A picture, or its failure, follows without being asked for.
  public var pictureFollows: Bool
  public init(
    turn: UInt32 = 0, trigger: Trigger = .button, preRollMilliseconds: UInt32 = 0, clockMicroseconds: UInt64 = 0,
    pictureFollows: Bool = false
  ) {
    self.pictureFollows = pictureFollows
    self.turn = turn
    self.trigger = trigger
    self.preRollMilliseconds = preRollMilliseconds
    self.clockMicroseconds = clockMicroseconds
  }
}

/// One Opus packet of 20 ms, in either direction.
public struct AudioPacket: Sendable, Equatable {
  public var turn: UInt32
  /// 0, 1, 2… within the turn and direction; a gap is a loss.
  public var sequence: UInt32
  public var opus: [UInt8]
  public init(turn: UInt32 = 0, sequence: UInt32 = 0, opus: [UInt8] = []) {
    self.turn = turn
    self.sequence = sequence
    self.opus = opus
  }
}

public struct EndOfSpeech: Sendable, Equatable {
  public var turn: UInt32
  public var reason: EndReason
  /// From the last spoken sample to this decision.
  public var silenceMilliseconds: UInt32
  /// As in `TurnBegan`.
  public var clockMicroseconds: UInt64
  /// That the voice was sent with, when the link bears less than the most; else 0.
  public var bitsPerSecond: UInt32
  public init(
    turn: UInt32 = 0, reason: EndReason = .silence, silenceMilliseconds: UInt32 = 0, clockMicroseconds: UInt64 = 0,
    bitsPerSecond: UInt32 = 0
  ) {
    self.bitsPerSecond = bitsPerSecond
    self.turn = turn
    self.reason = reason
    self.silenceMilliseconds = silenceMilliseconds
    self.clockMicroseconds = clockMicroseconds
  }
}

/// A piece of a picture. Pieces come in order; the last has `offset + bytes.count == totalBytes`.
public struct PictureChunk: Sendable, Equatable {
  public var turn: UInt32
  /// `PictureFormat` raw value.
  public var format: UInt32
  public var width: UInt32
  public var height: UInt32
  /// Clockwise degrees that make it upright.
  public var rotation: UInt32
  public var offset: UInt32
  public var totalBytes: UInt32
  public var bytes: [UInt8]
  public init(
    turn: UInt32 = 0, format: UInt32 = 0, width: UInt32 = 0, height: UInt32 = 0, rotation: UInt32 = 0, offset: UInt32 = 0,
    totalBytes: UInt32 = 0, bytes: [UInt8] = []
  ) {
    self.turn = turn
    self.format = format
    self.width = width
    self.height = height
    self.rotation = rotation
    self.offset = offset
    self.totalBytes = totalBytes
    self.bytes = bytes
  }
}

public struct PictureFailed: Sendable, Equatable {
  public var turn: UInt32
  /// `FailureCause` raw value.
  public var cause: UInt32
  public init(turn: UInt32 = 0, cause: UInt32 = 0) {
    self.turn = turn
    self.cause = cause
  }
}

/// A question typed at a development board's console; a turn of its own without sound from the wearer.
public struct TypedQuestion: Sendable, Equatable {
  public var turn: UInt32
  public var text: String
  public init(turn: UInt32 = 0, text: String = "") {
    self.turn = turn
    self.text = text
  }
}

public struct CancelTurn: Sendable, Equatable {
  public var turn: UInt32
  public var reason: CancelReason
  /// How much of the answer's sound the wearer really heard.
  public var heardMilliseconds: UInt32
  public init(turn: UInt32 = 0, reason: CancelReason = .button, heardMilliseconds: UInt32 = 0) {
    self.turn = turn
    self.reason = reason
    self.heardMilliseconds = heardMilliseconds
  }
}

public struct DeviceStatus: Sendable, Equatable {
  public var hasBattery: Bool
  public var batteryPercent: UInt32
  public var isCharging: Bool
  public var millivolts: UInt32
  public init(hasBattery: Bool = false, batteryPercent: UInt32 = 0, isCharging: Bool = false, millivolts: UInt32 = 0) {
    self.hasBattery = hasBattery
    self.batteryPercent = batteryPercent
    self.isCharging = isCharging
    self.millivolts = millivolts
  }
}

public struct Transcript: Sendable, Equatable {
  public var turn: UInt32
  public var text: String
  public var isFinal: Bool
  public init(turn: UInt32 = 0, text: String = "", isFinal: Bool = false) {
    self.turn = turn
    self.text = text
    self.isFinal = isFinal
  }
}

/// The answer needs a picture of what the wearer sees. May come while the wearer speaks.
public struct WantPicture: Sendable, Equatable {
  public var turn: UInt32
  public init(turn: UInt32 = 0) { self.turn = turn }
}

/// What was said so far is a whole question or request: glasses that hear silence need not wait for all of it.
public struct SoundsFinished: Sendable, Equatable {
  public var turn: UInt32
  public init(turn: UInt32 = 0) { self.turn = turn }
}

/// Tells what the host's clock said when a message came that stated the glasses'.
public struct ClockEcho: Sendable, Equatable {
  public var clockMicroseconds: UInt64
  public var hostMicroseconds: UInt64
  public init(clockMicroseconds: UInt64 = 0, hostMicroseconds: UInt64 = 0) {
    self.clockMicroseconds = clockMicroseconds
    self.hostMicroseconds = hostMicroseconds
  }
}

/// A sentence of the answer, in order.
public struct AnswerText: Sendable, Equatable {
  public var turn: UInt32
  public var text: String
  public init(turn: UInt32 = 0, text: String = "") {
    self.turn = turn
    self.text = text
  }
}

/// What the display is to show for this turn; replaces the turn's earlier card.
public struct CardContent: Sendable, Equatable {
  public var turn: UInt32
  public var title: String
  public var body: String
  public init(turn: UInt32 = 0, title: String = "", body: String = "") {
    self.turn = turn
    self.title = title
    self.body = body
  }
}

/// Last message of a turn: no more speech follows. The times are the host's engines', for the latency account.
public struct TurnEnded: Sendable, Equatable {
  public var turn: UInt32
  public var outcome: TurnOutcome
  /// Plain words when the outcome is `failed`.
  public var reason: String
  /// From end of speech to the final transcript.
  public var recogniserMicroseconds: UInt64
  /// From the final transcript to the first sentence.
  public var languageMicroseconds: UInt64
  /// From the first sentence to its first sound.
  public var speechMicroseconds: UInt64
  /// How long before the final transcript the answer was begun; 0 when it was not begun ahead.
  public var aheadMicroseconds: UInt64
  public init(
    turn: UInt32 = 0, outcome: TurnOutcome = .answered, reason: String = "", recogniserMicroseconds: UInt64 = 0,
    languageMicroseconds: UInt64 = 0, speechMicroseconds: UInt64 = 0, aheadMicroseconds: UInt64 = 0
  ) {
    self.aheadMicroseconds = aheadMicroseconds
    self.turn = turn
    self.outcome = outcome
    self.reason = reason
    self.recogniserMicroseconds = recogniserMicroseconds
    self.languageMicroseconds = languageMicroseconds
    self.speechMicroseconds = speechMicroseconds
  }
}

/// The glasses keep it and show it when due, so that they need no link meanwhile.
public struct Reminder: Sendable, Equatable {
  public var identifier: UInt32
  public var afterMilliseconds: UInt64
  public var title: String
  public var body: String
  public init(identifier: UInt32 = 0, afterMilliseconds: UInt64 = 0, title: String = "", body: String = "") {
    self.identifier = identifier
    self.afterMilliseconds = afterMilliseconds
    self.title = title
    self.body = body
  }
}

/// The host will not serve this session; it closes after this.
public struct Refused: Sendable, Equatable {
  public var reason: String
  /// It serves as many as it can; another time it may serve these too.
  public var isFull: Bool
  public init(reason: String = "", isFull: Bool = false) {
    self.reason = reason
    self.isFull = isFull
  }
}

/// The messages of pairing, in the order they are sent (ALPN `sotto-pair/1`). Nonces are 16 bytes, commitments 32.
public enum PairingMessage: Sendable, Equatable {
  /// Glasses → host: who asks.
  case request(PairingRequest)
  /// Host → glasses: the host's commitment to its nonce.
  case commitment(PairingCommitment)
  /// Glasses → host, then host → glasses: the nonces, revealed.
  case nonce(PairingNonce)
  /// Either way, once its person has confirmed the digits.
  case confirmed(PairingConfirmed)
  /// Either way: ends the attempt.
  case refused(Refused)
}

public struct PairingRequest: Sendable, Equatable {
  public var version: UInt32
  public var deviceName: String
  public init(version: UInt32 = 1, deviceName: String = "") {
    self.version = version
    self.deviceName = deviceName
  }
}

public struct PairingCommitment: Sendable, Equatable {
  public var hostName: String
  public var commitment: [UInt8]
  public init(hostName: String = "", commitment: [UInt8] = []) {
    self.hostName = hostName
    self.commitment = commitment
  }
}

public struct PairingNonce: Sendable, Equatable {
  public var nonce: [UInt8]
  public init(nonce: [UInt8] = []) { self.nonce = nonce }
}

public struct PairingConfirmed: Sendable, Equatable {
  public init() {}
}
