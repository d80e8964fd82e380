/// Reads Protocol Buffers fields out of bytes that an untrusted peer sent.
///
/// It never reads outside the span, never recurses, and reserves nothing by a length that it has not checked against what is there.
/// The field loop:
///
///     while let field = try reader.nextField() {
///       switch field.number {
///       case 1: turn = try reader.unsigned32(field)
///       default: try reader.skip(field)
///       }
///     }
struct ProtoReader: ~Escapable {
  /// Levels of messages within messages. sotto.proto needs two; the rest is room for later versions.
  static let depthLimit = 4
  /// Field numbers have 29 bits.
  private static let largestTag: UInt64 = (1 << 32) - 1

  struct Field {
    var number: UInt32
    var type: WireType
  }

  private let bytes: Span<UInt8>
  private let depth: Int
  private var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) {
    self.init(bytes, depth: 1)
  }

  @_lifetime(copy bytes)
  private init(_ bytes: Span<UInt8>, depth: Int) {
    self.bytes = bytes
    self.depth = depth
  }

  private var remaining: Int { bytes.count - position }

  /// The next field's number and type; nil at the end. Its value must be read or skipped before the next call.
  @_lifetime(self: copy self)
  mutating func nextField() throws(WireError) -> Field? {
    guard remaining > 0 else { return nil }
    let tag = try integer()
    guard tag <= Self.largestTag, tag >> 3 != 0 else { throw .malformedTag }
    guard let type = WireType(rawValue: UInt8(tag & 7)) else { throw .wrongWireType }
    return Field(number: UInt32(tag >> 3), type: type)
  }

  @_lifetime(self: copy self)
  mutating func unsigned64(_ field: Field) throws(WireError) -> UInt64 {
    guard field.type == .integer else { throw .wrongWireType }
    return try integer()
  }

  @_lifetime(self: copy self)
  mutating func unsigned32(_ field: Field) throws(WireError) -> UInt32 {
    guard let value = UInt32(exactly: try unsigned64(field)) else { throw .outOfRange }
    return value
  }

  @_lifetime(self: copy self)
  mutating func boolean(_ field: Field) throws(WireError) -> Bool {
    try unsigned64(field) != 0
  }

  @_lifetime(self: copy self)
  mutating func text(_ field: Field) throws(WireError) -> String {
    let content = try contents(field)
    guard isUTF8(content) else { throw .invalidText }
    return content.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  @_lifetime(self: copy self)
  mutating func byteString(_ field: Field) throws(WireError) -> [UInt8] {
    try contents(field).withUnsafeBufferPointer { [UInt8]($0) }
  }

  @_lifetime(self: copy self)
  @_lifetime(copy self)
  mutating func message(_ field: Field) throws(WireError) -> ProtoReader {
    guard depth < Self.depthLimit else { throw .nestedTooDeep }
    return ProtoReader(try contents(field), depth: depth + 1)
  }

  @_lifetime(self: copy self)
  mutating func skip(_ field: Field) throws(WireError) {
    switch field.type {
    case .integer: _ = try integer()
    case .fixed64: try advance(8)
    case .lengthDelimited: _ = try contents(field)
    case .fixed32: try advance(4)
    }
  }

  /// The bytes of a length-delimited field.
  @_lifetime(self: copy self)
  @_lifetime(copy self)
  private mutating func contents(_ field: Field) throws(WireError) -> Span<UInt8> {
    guard field.type == .lengthDelimited else { throw .wrongWireType }
    let length = try integer()
    guard length <= UInt64(remaining) else { throw .truncated }
    let start = position
    position += Int(length)
    return bytes.extracting(start..<position)
  }

  @_lifetime(self: copy self)
  private mutating func advance(_ count: Int) throws(WireError) {
    guard count <= remaining else { throw .truncated }
    position += count
  }

  /// Seven bits a byte, the lowest first; at most ten bytes, of which the last holds one bit.
  @_lifetime(self: copy self)
  private mutating func integer() throws(WireError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard remaining > 0 else { throw .truncated }
      let byte = bytes[position]
      position += 1
      if shift == 63, byte > 1 { throw .malformedInteger }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }
}
