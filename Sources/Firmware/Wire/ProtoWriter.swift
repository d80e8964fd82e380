// Protocol Buffers encoding (https://protobuf.dev/programming-guides/encoding), as far as sotto.proto needs it: appended to a
// buffer that the caller keeps, so that nothing is allocated once it has grown. As proto3 says, a field with its default value
// is left out; fields are written in the order of their numbers, which makes the bytes equal to protoc's.

/// How a field's value is laid out.
enum WireType: UInt8 {
  case integer = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case fixed32 = 5
}

/// Where an open submessage began, to be handed to `endMessage`.
struct MessageMark {
  /// Position of the first byte after the one-byte place of the length.
  fileprivate var start: Int
}

extension Array where Element == UInt8 {
  mutating func append(integer value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func append(tag number: UInt32, _ type: WireType) {
    append(integer: UInt64(number) << 3 | UInt64(type.rawValue))
  }

  mutating func append(field number: UInt32, _ value: UInt32) {
    append(field: number, UInt64(value))
  }

  mutating func append(field number: UInt32, _ value: UInt64) {
    guard value != 0 else { return }
    append(tag: number, .integer)
    append(integer: value)
  }

  mutating func append(field number: UInt32, _ value: Bool) {
    append(field: number, value ? 1 as UInt64 : 0)
  }

  mutating func append(field number: UInt32, _ text: String) {
    let count = text.utf8.count
    guard count > 0 else { return }
    append(tag: number, .lengthDelimited)
    append(integer: UInt64(count))
    append(contentsOf: text.utf8)
  }

  mutating func append(field number: UInt32, _ bytes: Span<UInt8>) {
    guard !bytes.isEmpty else { return }
    append(tag: number, .lengthDelimited)
    append(integer: UInt64(bytes.count))
    append(bytes: bytes)
  }

  mutating func append(bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
  }

  /// Opens a submessage; what is appended until `endMessage` belongs to it. It is written even when it stays empty.
  mutating func beginMessage(field number: UInt32) -> MessageMark {
    append(tag: number, .lengthDelimited)
    append(0)
    return MessageMark(start: count)
  }

  /// Writes the length of the submessage that `mark` opened, with the bytes of it that are not in this buffer but will follow it. The content moves
  /// up where the length needs more than the one byte kept for it.
  mutating func endMessage(_ mark: MessageMark, following: Int = 0) {
    var rest = count - mark.start + following
    var place = mark.start - 1
    while rest >= 0x80 {
      self[place] = UInt8(truncatingIfNeeded: rest) | 0x80
      rest >>= 7
      place += 1
      insert(0, at: place)
    }
    self[place] = UInt8(truncatingIfNeeded: rest)
  }
}
