/// Framing: a big-endian 32-bit length, then so many bytes of one encoded message.
public enum Frame {
  /// Largest body in bytes. It holds the largest picture piece with room to spare, and bounds what a peer can make us buffer.
  public static let limit = 65_536
  /// Bytes of the length.
  public static let headerSize = 4
  /// Bytes of a picture in one frame: at 1 MB/s it holds up sound for no more than about 32 ms.
  public static let picturePiece = 32_768

  /// Appends `message` as a frame. A message over the limit (a text from our own side that is too long) leaves `buffer` as it was and throws
  /// `oversizedFrame`.
  public static func append(_ message: DeviceMessage, to buffer: inout [UInt8]) throws(WireError) {
    let start = begin(in: &buffer)
    message.append(to: &buffer)
    try end(from: start, in: &buffer)
  }

  public static func append(_ message: HostMessage, to buffer: inout [UInt8]) throws(WireError) {
    let start = begin(in: &buffer)
    message.append(to: &buffer)
    try end(from: start, in: &buffer)
  }

  public static func append(_ message: PairingMessage, to buffer: inout [UInt8]) throws(WireError) {
    let start = begin(in: &buffer)
    message.append(to: &buffer)
    try end(from: start, in: &buffer)
  }

  /// `DeviceMessage.audio` straight from the encoder's buffer.
  public static func appendAudio(
    turn: UInt32, sequence: UInt32, opus: Span<UInt8>, to buffer: inout [UInt8]
  ) throws(WireError) {
    let start = begin(in: &buffer)
    DeviceMessage.appendAudio(turn: turn, sequence: sequence, opus: opus, to: &buffer)
    try end(from: start, in: &buffer)
  }

  /// The frame of a `DeviceMessage.picture` without the picture's bytes, which end it: `count` of them, one at least, must follow it. So they need
  /// not leave the camera's buffer. `piece.bytes` is ignored.
  public static func appendPictureHead(_ piece: PictureChunk, count: Int, to buffer: inout [UInt8]) throws(WireError) {
    let start = begin(in: &buffer)
    DeviceMessage.appendPictureHead(piece, count: count, to: &buffer)
    try end(from: start, in: &buffer, following: count)
  }

  private static func begin(in buffer: inout [UInt8]) -> Int {
    let start = buffer.count
    for _ in 0..<headerSize { buffer.append(0) }
    return start
  }

  private static func end(from start: Int, in buffer: inout [UInt8], following: Int = 0) throws(WireError) {
    let length = buffer.count - start - headerSize + following
    guard length <= limit else {
      buffer.removeLast(buffer.count - start)
      throw .oversizedFrame
    }
    for index in 0..<headerSize {
      buffer[start + index] = UInt8(truncatingIfNeeded: length >> (8 * (headerSize - 1 - index)))
    }
  }
}

/// Finds the frames in a byte stream that arrives in any pieces.
///
///     var offset = 0
///     while try reader.read(bytes, from: &offset) {
///       let message = try DeviceMessage.decode(reader.body)
///     }
///
/// It holds at most one body of `Frame.limit` bytes. After an error it stays failed: the stream has no more frame boundaries.
public struct FrameReader: Sendable {
  private var header: UInt32 = 0
  private var headerBytes = 0
  private var storage: [UInt8] = []
  private var failure: WireError?

  public init() {}

  /// Takes bytes from `offset` on until a frame is complete or there are no more, and moves `offset` past them. Returns
  /// whether `body` is now a complete frame. Throws `oversizedFrame` or `emptyFrame` as soon as the length is known,
  /// before any byte of the body is kept.
  public mutating func read(_ bytes: Span<UInt8>, from offset: inout Int) throws(WireError) -> Bool {
    if let failure { throw failure }
    if isComplete { startOver() }
    while headerBytes < Frame.headerSize {
      guard offset < bytes.count else { return false }
      header = header << 8 | UInt32(bytes[offset])
      headerBytes += 1
      offset += 1
    }
    guard header > 0 else { throw fail(.emptyFrame) }
    guard header <= UInt32(Frame.limit) else { throw fail(.oversizedFrame) }
    let taken = min(Int(header) - storage.count, bytes.count - offset)
    storage.append(bytes: bytes.extracting(offset..<offset + taken))
    offset += taken
    return isComplete
  }

  /// The frame that `read` completed; valid until the next call of `read`.
  public var body: Span<UInt8> {
    @_lifetime(borrow self) get { storage.span }
  }

  /// Whether the stream may end here without cutting a frame.
  public var isBetweenFrames: Bool { headerBytes == 0 || isComplete }

  private var isComplete: Bool { headerBytes == Frame.headerSize && storage.count == Int(header) }

  private mutating func startOver() {
    header = 0
    headerBytes = 0
    storage.removeAll(keepingCapacity: true)
  }

  private mutating func fail(_ error: WireError) -> WireError {
    failure = error
    return error
  }
}
