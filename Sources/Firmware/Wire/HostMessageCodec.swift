import Units

extension HostMessage {
  /// Appends the encoded message, without a frame's length, to `buffer`.
  public func append(to buffer: inout [UInt8]) {
    let mark: MessageMark
    switch self {
    case .welcome(let welcome):
      mark = buffer.beginMessage(field: 1)
      buffer.append(field: 1, welcome.version)
      buffer.append(field: 2, welcome.hostName)
      buffer.append(field: 3, welcome.localTime.map { UInt32($0.milliseconds / 1000) + 1 } ?? 0)
      buffer.append(field: 4, welcome.session)
      buffer.append(field: 5, welcome.resumed)
      buffer.append(field: 6, welcome.received)
    case .transcript(let transcript):
      mark = buffer.beginMessage(field: 2)
      buffer.append(field: 1, transcript.turn)
      buffer.append(field: 2, transcript.text)
      buffer.append(field: 3, transcript.isFinal)
    case .wantPicture(let want):
      mark = buffer.beginMessage(field: 3)
      buffer.append(field: 1, want.turn)
    case .answerText(let answer):
      mark = buffer.beginMessage(field: 4)
      buffer.append(field: 1, answer.turn)
      buffer.append(field: 2, answer.text)
    case .speech(let packet):
      mark = buffer.beginMessage(field: 5)
      AudioPacket.append(turn: packet.turn, sequence: packet.sequence, opus: packet.opus.span, to: &buffer)
    case .card(let card):
      mark = buffer.beginMessage(field: 6)
      buffer.append(field: 1, card.turn)
      buffer.append(field: 2, card.title)
      buffer.append(field: 3, card.body)
    case .turnEnded(let ended):
      mark = buffer.beginMessage(field: 7)
      ended.append(to: &buffer)
    case .reminder(let reminder):
      mark = buffer.beginMessage(field: 8)
      buffer.append(field: 1, reminder.identifier)
      buffer.append(field: 2, reminder.afterMilliseconds)
      buffer.append(field: 3, reminder.title)
      buffer.append(field: 4, reminder.body)
    case .refused(let refused):
      mark = buffer.beginMessage(field: 9)
      refused.append(to: &buffer)
    case .soundsFinished(let finished):
      mark = buffer.beginMessage(field: 10)
      buffer.append(field: 1, finished.turn)
    case .clockEcho(let echo):
      mark = buffer.beginMessage(field: 11)
      buffer.append(field: 1, echo.clockMicroseconds)
      buffer.append(field: 2, echo.hostMicroseconds)
    case .received(let received):
      mark = buffer.beginMessage(field: 15)
      received.append(to: &buffer)
    }
    buffer.endMessage(mark)
  }

  /// The message in a frame's body.
  public static func decode(_ bytes: Span<UInt8>) throws(WireError) -> HostMessage {
    var reader = ProtoReader(bytes)
    var message: HostMessage?
    while let field = try reader.nextField() {
      let known: HostMessage
      switch field.number {
      case 1: known = .welcome(try Welcome(try reader.message(field)))
      case 2: known = .transcript(try Transcript(try reader.message(field)))
      case 3: known = .wantPicture(try WantPicture(try reader.message(field)))
      case 4: known = .answerText(try AnswerText(try reader.message(field)))
      case 5: known = .speech(try AudioPacket(try reader.message(field)))
      case 6: known = .card(try CardContent(try reader.message(field)))
      case 7: known = .turnEnded(try TurnEnded(try reader.message(field)))
      case 8: known = .reminder(try Reminder(try reader.message(field)))
      case 9: known = .refused(try Refused(try reader.message(field)))
      case 10: known = .soundsFinished(try SoundsFinished(try reader.message(field)))
      case 11: known = .clockEcho(try ClockEcho(try reader.message(field)))
      case 15: known = .received(try Received(try reader.message(field)))
      default:
        try reader.skip(field)
        continue
      }
      guard message == nil else { throw .severalMessages }
      message = known
    }
    guard let message else { throw .unknownMessage }
    return message
  }
}

extension Welcome {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init(version: 0)
    while let field = try fields.nextField() {
      switch field.number {
      case 1: version = try fields.unsigned32(field)
      case 2: hostName = try fields.text(field)
      case 3: localTime = try Self.localTime(try fields.unsigned32(field))
      case 4: session = try fields.unsigned64(field)
      case 5: resumed = try fields.boolean(field)
      case 6: received = try fields.unsigned32(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension Welcome {
  /// One more than the seconds since midnight; 0 stands for none.
  private static func localTime(_ number: UInt32) throws(WireError) -> LocalTime? {
    guard number > 0 else { return nil }
    guard Int64(number) * 1000 <= LocalTime.dayLength else { throw .outOfRange }
    return LocalTime(milliseconds: Int64(number - 1) * 1000)
  }
}

extension Transcript {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      case 2: text = try fields.text(field)
      case 3: isFinal = try fields.boolean(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension WantPicture {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension SoundsFinished {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension ClockEcho {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: clockMicroseconds = try fields.unsigned64(field)
      case 2: hostMicroseconds = try fields.unsigned64(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension AnswerText {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      case 2: text = try fields.text(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension CardContent {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      case 2: title = try fields.text(field)
      case 3: body = try fields.text(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension TurnEnded {
  fileprivate func append(to buffer: inout [UInt8]) {
    buffer.append(field: 1, turn)
    buffer.append(field: 2, outcome.rawValue)
    buffer.append(field: 3, reason)
    buffer.append(field: 4, recogniserMicroseconds)
    buffer.append(field: 5, languageMicroseconds)
    buffer.append(field: 6, speechMicroseconds)
    buffer.append(field: 7, aheadMicroseconds)
  }

  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    var rawOutcome: UInt32 = 0
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      case 2: rawOutcome = try fields.unsigned32(field)
      case 3: reason = try fields.text(field)
      case 4: recogniserMicroseconds = try fields.unsigned64(field)
      case 5: languageMicroseconds = try fields.unsigned64(field)
      case 6: speechMicroseconds = try fields.unsigned64(field)
      case 7: aheadMicroseconds = try fields.unsigned64(field)
      default: try fields.skip(field)
      }
    }
    guard let known = TurnOutcome(rawValue: rawOutcome) else { throw .unknownValue }
    outcome = known
  }
}

extension Reminder {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: identifier = try fields.unsigned32(field)
      case 2: afterMilliseconds = try fields.unsigned64(field)
      case 3: title = try fields.text(field)
      case 4: body = try fields.text(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension Refused {
  func append(to buffer: inout [UInt8]) {
    buffer.append(field: 1, reason)
    buffer.append(field: 2, isFull)
  }

  init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: reason = try fields.text(field)
      case 2: isFull = try fields.boolean(field)
      default: try fields.skip(field)
      }
    }
  }
}
