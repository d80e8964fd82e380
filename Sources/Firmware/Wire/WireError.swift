/// Why bytes from the peer are not a message. Raw values are fixed: they stand in traces and in docs/wire.md.
public enum WireError: UInt8, Error, Sendable, Hashable, CaseIterable {
  /// A field or a frame reaches beyond the bytes that are there.
  case truncated = 1
  /// A variable-length integer of more than 64 bits.
  case malformedInteger = 2
  /// A field number of 0 or beyond 2²⁹ − 1.
  case malformedTag = 3
  /// A field with another wire type than the schema's, or one of the withdrawn group types.
  case wrongWireType = 4
  /// A number that does not fit its field.
  case outOfRange = 5
  /// Text that is not UTF-8.
  case invalidText = 6
  /// Messages within messages beyond `ProtoReader.depthLimit`.
  case nestedTooDeep = 7
  /// A message kind of a later version, or none at all. Can be skipped.
  case unknownMessage = 8
  /// An enum value of a later version, or a missing one where one is needed. Can be skipped with its message.
  case unknownValue = 9
  /// More than one message kind in a frame.
  case severalMessages = 10
  /// A frame of length 0.
  case emptyFrame = 11
  /// A frame of more than `Frame.limit` bytes.
  case oversizedFrame = 12

  /// Whether the stream is still intact, so that the session goes on without this message.
  public var isSurvivable: Bool {
    switch self {
    case .unknownMessage, .unknownValue: true
    case .truncated, .malformedInteger, .malformedTag, .wrongWireType, .outOfRange, .invalidText, .nestedTooDeep,
      .severalMessages,
      .emptyFrame, .oversizedFrame:
      false
    }
  }

  /// What a person is told.
  public var phrase: StaticString {
    switch self {
    case .truncated: "a message ends too early"
    case .malformedInteger: "a message holds a broken number"
    case .malformedTag: "a message holds a broken field number"
    case .wrongWireType: "a field of a message has the wrong type"
    case .outOfRange: "a number in a message is too large"
    case .invalidText: "text in a message is not UTF-8"
    case .nestedTooDeep: "a message is nested too deeply"
    case .unknownMessage: "a message of an unknown kind"
    case .unknownValue: "a message with an unknown value"
    case .severalMessages: "several messages in one frame"
    case .emptyFrame: "an empty frame"
    case .oversizedFrame: "a frame over the size limit"
    }
  }
}
