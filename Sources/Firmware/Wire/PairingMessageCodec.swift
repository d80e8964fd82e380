extension PairingMessage {
  /// Appends the encoded message, without a frame's length, to `buffer`.
  public func append(to buffer: inout [UInt8]) {
    let mark: MessageMark
    switch self {
    case .request(let request):
      mark = buffer.beginMessage(field: 1)
      buffer.append(field: 1, request.version)
      buffer.append(field: 2, request.deviceName)
    case .commitment(let commitment):
      mark = buffer.beginMessage(field: 2)
      buffer.append(field: 1, commitment.hostName)
      buffer.append(field: 2, commitment.commitment.span)
    case .nonce(let nonce):
      mark = buffer.beginMessage(field: 3)
      buffer.append(field: 1, nonce.nonce.span)
    case .confirmed:
      mark = buffer.beginMessage(field: 4)
    case .refused(let refused):
      mark = buffer.beginMessage(field: 5)
      refused.append(to: &buffer)
    }
    buffer.endMessage(mark)
  }

  /// The message in a frame's body. Lengths of nonces and commitments are for the pairing machines to judge.
  public static func decode(_ bytes: Span<UInt8>) throws(WireError) -> PairingMessage {
    var reader = ProtoReader(bytes)
    var message: PairingMessage?
    while let field = try reader.nextField() {
      let known: PairingMessage
      switch field.number {
      case 1: known = .request(try PairingRequest(try reader.message(field)))
      case 2: known = .commitment(try PairingCommitment(try reader.message(field)))
      case 3: known = .nonce(try PairingNonce(try reader.message(field)))
      case 4: known = .confirmed(try PairingConfirmed(try reader.message(field)))
      case 5: known = .refused(try Refused(try reader.message(field)))
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

extension PairingRequest {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init(version: 0)
    while let field = try fields.nextField() {
      switch field.number {
      case 1: version = try fields.unsigned32(field)
      case 2: deviceName = try fields.text(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension PairingCommitment {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: hostName = try fields.text(field)
      case 2: commitment = try fields.byteString(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension PairingNonce {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() {
      switch field.number {
      case 1: nonce = try fields.byteString(field)
      default: try fields.skip(field)
      }
    }
  }
}

extension PairingConfirmed {
  fileprivate init(_ fields: consuming ProtoReader) throws(WireError) {
    self.init()
    while let field = try fields.nextField() { try fields.skip(field) }
  }
}
