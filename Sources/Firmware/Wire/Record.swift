/// Why a stored record cannot be used. Raw values are fixed: they stand in traces.
public enum RecordError: UInt8, Error, Sendable, Hashable {
  /// Another kind of record, or none of ours.
  case wrongKind = 1
  /// Written by a later version.
  case unknownVersion = 2
  /// It ends too early, or something follows it.
  case wrongLength = 3
  /// The checksum does not fit: the storage or the write was broken.
  case corrupted = 4
  /// It is as written, but what it holds makes no sense (a key that does not belong to its certificate, text that is not UTF-8).
  case unusable = 5

  /// What a person is told.
  public var phrase: StaticString {
    switch self {
    case .wrongKind: "the record is of another kind"
    case .unknownVersion: "the record is of a later version"
    case .wrongLength: "the record is too short or too long"
    case .corrupted: "the record is damaged"
    case .unusable: "the record holds nothing usable"
    }
  }
}

// Layout of a record: kind (4 bytes), version (1), fields each with a 16-bit big-endian length before it, then the first 8 bytes of the SHA-256 of
// all before. The checksum finds damage; it is no protection against someone who can write the storage.

struct RecordWriter {
  private(set) var bytes: [UInt8]

  init(kind: UInt32, version: UInt8) {
    bytes = []
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: kind >> shift)) }
    bytes.append(version)
  }

  mutating func append(_ field: Span<UInt8>) {
    precondition(field.count <= Int(UInt16.max), "a field of a record is at most 64 KiB")
    bytes.append(UInt8(field.count >> 8))
    bytes.append(UInt8(field.count & 0xff))
    bytes.append(bytes: field)
  }

  consuming func finish() -> [UInt8] {
    let digest = sha256(bytes.span)
    bytes.append(bytes: digest.span.extracting(first: RecordReader.checksumSize))
    return bytes
  }
}

struct RecordReader: ~Escapable {
  static let checksumSize = 8
  private static let headerSize = 5

  private let fields: Span<UInt8>
  private var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, kind: UInt32, version: UInt8) throws(RecordError) {
    guard bytes.count >= Self.headerSize + Self.checksumSize else { throw .wrongLength }
    var found: UInt32 = 0
    for index in 0..<4 { found = found << 8 | UInt32(bytes[index]) }
    guard found == kind else { throw .wrongKind }
    // The checksum before the version: a damaged version byte is damage.
    let covered = bytes.count - Self.checksumSize
    let digest = sha256(bytes.extracting(first: covered))
    for index in 0..<Self.checksumSize where digest[index] != bytes[covered + index] { throw .corrupted }
    guard bytes[4] == version else { throw .unknownVersion }
    fields = bytes.extracting(Self.headerSize..<covered)
  }

  @_lifetime(self: copy self)
  mutating func field() throws(RecordError) -> [UInt8] {
    guard fields.count - position >= 2 else { throw .wrongLength }
    let length = Int(fields[position]) << 8 | Int(fields[position + 1])
    position += 2
    guard fields.count - position >= length else { throw .wrongLength }
    let start = position
    position += length
    return fields.extracting(start..<position).withUnsafeBufferPointer { [UInt8]($0) }
  }

  @_lifetime(self: copy self)
  mutating func text() throws(RecordError) -> String {
    let bytes = try field()
    guard isUTF8(bytes.span) else { throw .unusable }
    return String(decoding: bytes, as: UTF8.self)
  }

  func end() throws(RecordError) {
    guard position == fields.count else { throw .wrongLength }
  }
}
