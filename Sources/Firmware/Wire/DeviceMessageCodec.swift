import Units

extension DeviceMessage {
  /// Appends the encoded message, without a frame's length, to `buffer`.
  public func append(to buffer: inout [UInt8]) {
    switch self {
    case .hello(let hello):
      let mark = buffer.beginMessage(field: 1)
      hello.append(to: &buffer)
      buffer.endMessage(mark)
    case .turnBegan(let began):
      let mark = buffer.beginMessage(field: 2)
      began.append(to: &buffer)
      buffer.endMessage(mark)
    case .audio(let packet):
      Self.appendAudio(turn: packet.turn, sequence: packet.sequence, opus: packet.opus.span, to: &buffer)
    case .endOfSpeech(let end):
      let mark = buffer.beginMessage(field: 4)
      end.append(to: &buffer)
      buffer.endMessage(mark)
    case .picture(let piece):
      Self.appendPicture(piece, to: &buffer)
    case .pictureFailed(let failed):
      let mark = buffer.beginMessage(field: 6)
      buffer.append(field: 1, failed.turn)
      buffer.append(field: 2, failed.cause)
      buffer.endMessage(mark)
    case .typed(let question):
      let mark = buffer.beginMessage(field: 7)
      buffer.append(field: 1, question.turn)
      buffer.append(field: 2, question.text)
      buffer.endMessage(mark)
    case .cancel(let cancel):
      let mark = buffer.beginMessage(field: 8)
      cancel.append(to: &buffer)
      buffer.endMessage(mark)
    case .status(let status):
      let mark = buffer.beginMessage(field: 9)
      status.append(to: &buffer)
      buffer.endMessage(mark)
    case .received(let received):
      let mark = buffer.beginMessage(field: 15)
      received.append(to: &buffer)
      buffer.endMessage(mark)
    }
  }

  /// `.audio` without an array of its own for the payload.
  static func appendAudio(turn: UInt32, sequence: UInt32, opus: Span<UInt8>, to buffer: inout [UInt8]) {
    let mark = buffer.beginMessage(field: 3)
    AudioPacket.append(turn: turn, sequence: sequence, opus: opus, to: &buffer)
    buffer.endMessage(mark)
  }

  /// `.picture` up to its bytes, which are its last field: `count` of them, one at least, must follow.
  static func appendPictureHead(_ piece: PictureChunk, count: Int, to buffer: inout [UInt8]) {
    let mark = beginPicture(piece, in: &buffer)
    buffer.append(tag: 8, .lengthDelimited)
    buffer.append(integer: UInt64(count))
    buffer.endMessage(mark, following: count)
  }

  private static func appendPicture(_ piece: PictureChunk, to buffer: inout [UInt8]) {
    let mark = beginPicture(piece, in: &buffer)
    buffer.append(field: 8, piece.bytes.span)
    buffer.endMessage(mark)
  }

  private static func beginPicture(_ piece: PictureChunk, in buffer: inout [UInt8]) -> MessageMark {
    let mark = buffer.beginMessage(field: 5)
    buffer.append(field: 1, piece.turn)
    buffer.append(field: 2, piece.format)
    buffer.append(field: 3, piece.width)
    buffer.append(field: 4, piece.height)
    buffer.append(field: 5, piece.rotation)
    buffer.append(field: 6, piece.offset)
    buffer.append(field: 7, piece.totalBytes)
    return mark
  }

  /// The message in a frame's body.
  public static func decode(_ bytes: Span<UInt8>) throws(WireError) -> DeviceMessage {
    var reader = ProtoReader(bytes)
    var message: DeviceMessage?
    while let field = try reader.nextField() {
      let known: DeviceMessage
      switch field.number {
      case 1: known = .hello(try Hello(try reader.message(field)))
      case 2: known = .turnBegan(try TurnBegan(try reader.message(field)))
      case 3: known = .audio(try AudioPacket(try reader.message(field)))
      case 4: known = .endOfSpeech(try EndOfSpeech(try reader.message(field)))
      case 5: known = .picture(try PictureChunk(try reader.message(field)))
      case 6: known = .pictureFailed(try PictureFailed(try reader.message(field)))
      case 7: known = .typed(try TypedQuestion(try reader.message(field)))
      case 8: known = .cancel(try CancelTurn(try reader.message(field)))
      case 9: known = .status(try DeviceStatus(try reader.message(field)))
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

extension Hello {
  fileprivate func append(to buffer: inout [UInt8]) {
    buffer.append(field: 1, version)
    buffer.append(field: 2, deviceName)
    buffer.append(field: 3, captureRate)
    buffer.append(field: 4, playbackRate)
    buffer.append(field: 5, hasCamera)
    buffer.append(field: 6, hasDisplay)
    buffer.append(field: 7, canResume)
    buffer.append(field: 8, session)
    buffer.append(field: 9, received)
  }

  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init(version: 0)
    while let field = try fields.nextField() {
      switch field.number {
      case 1: version = try fields.unsigned32(field)
      case 2: deviceName = try fields.text(field)
      case 3: captureRate = try fields.unsigned32(field)
      case 4: playbackRate = try fields.unsigned32(field)
      case 5: hasCamera = try fields.boolean(field)
      case 6: hasDisplay = try fields.boolean(field)
      case 7: canResume = try fields.boolean(field)
      case 8: session = try fields.unsigned64(field)
      case 9: received = try fields.unsigned32(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension Received {
  func append(to buffer: inout [UInt8]) { buffer.append(field: 1, count) }

  init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: count = try fields.unsigned32(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension TurnBegan {
  fileprivate func append(to buffer: inout [UInt8]) {
    buffer.append(field: 1, turn)
    buffer.append(field: 2, trigger.rawValue)
    buffer.append(field: 3, preRollMilliseconds)
    buffer.append(field: 4, clockMicroseconds)
    buffer.append(field: 5, pictureFollows)
  }

  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    var rawTrigger: UInt32 = 0
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      case 2: rawTrigger = try fields.unsigned32(field)
      case 3: preRollMilliseconds = try fields.unsigned32(field)
      case 4: clockMicroseconds = try fields.unsigned64(field)
      case 5: pictureFollows = try fields.boolean(field)
      default: try fields.skip(field)
      }
    }
    guard let known = Trigger(rawValue: rawTrigger) else { throw .unknownValue }
    trigger = known
  }
}

extension AudioPacket {
  static func append(turn: UInt32, sequence: UInt32, opus: Span<UInt8>, to buffer: inout [UInt8]) {
    buffer.append(field: 1, turn)
    buffer.append(field: 2, sequence)
    buffer.append(field: 3, opus)
  }

  init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      case 2: sequence = try fields.unsigned32(field)
      case 3: opus = try fields.byteString(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension EndOfSpeech {
  fileprivate func append(to buffer: inout [UInt8]) {
    buffer.append(field: 1, turn)
    buffer.append(field: 2, reason.rawValue)
    buffer.append(field: 3, silenceMilliseconds)
    buffer.append(field: 4, clockMicroseconds)
    buffer.append(field: 5, bitsPerSecond)
  }

  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    var rawReason: UInt32 = 0
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      case 2: rawReason = try fields.unsigned32(field)
      case 3: silenceMilliseconds = try fields.unsigned32(field)
      case 4: clockMicroseconds = try fields.unsigned64(field)
      case 5: bitsPerSecond = try fields.unsigned32(field)
      default: try fields.skip(field)
      }
    }
    guard let known = EndReason(rawValue: rawReason) else { throw .unknownValue }
    reason = known
  }
}

extension PictureChunk {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      case 2: format = try fields.unsigned32(field)
      case 3: width = try fields.unsigned32(field)
      case 4: height = try fields.unsigned32(field)
      case 5: rotation = try fields.unsigned32(field)
      case 6: offset = try fields.unsigned32(field)
      case 7: totalBytes = try fields.unsigned32(field)
      case 8: bytes = try fields.byteString(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension PictureFailed {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      case 2: cause = try fields.unsigned32(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension TypedQuestion {
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

extension CancelTurn {
  fileprivate func append(to buffer: inout [UInt8]) {
    buffer.append(field: 1, turn)
    buffer.append(field: 2, reason.rawValue)
    buffer.append(field: 3, heardMilliseconds)
  }

  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    var rawReason: UInt32 = 0
    while let field = try fields.nextField() {
      switch field.number {
      case 1: turn = try fields.unsigned32(field)
      case 2: rawReason = try fields.unsigned32(field)
      case 3: heardMilliseconds = try fields.unsigned32(field)
      default: try fields.skip(field)
      }
    }
    guard let known = CancelReason(rawValue: rawReason) else { throw .unknownValue }
    reason = known
  }
}

extension DeviceStatus {
  fileprivate func append(to buffer: inout [UInt8]) {
    buffer.append(field: 1, hasBattery)
    buffer.append(field: 2, batteryPercent)
    buffer.append(field: 3, isCharging)
    buffer.append(field: 4, millivolts)
  }

  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: hasBattery = try fields.boolean(field)
      case 2: batteryPercent = try fields.unsigned32(field)
      case 3: isCharging = try fields.boolean(field)
      case 4: millivolts = try fields.unsigned32(field)
      default: try fields.skip(field)
      }
    }
  }
}
