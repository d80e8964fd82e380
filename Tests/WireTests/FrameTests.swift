import Testing

@testable import Wire

@Suite struct FrameTests {
  @Test func headerIsBigEndian() throws {
    var bytes: [UInt8] = []
    try Frame.append(HostMessage.card(CardContent(body: String(repeating: "x", count: 300))), to: &bytes)
    #expect(bytes[0..<4].elementsEqual([0, 0, 0x01, 0x32]))
    #expect(bytes.count == 4 + 0x132)
  }

  @Test(arguments: [1, 2, 3, 5, 4096]) func anyFragmentation(_ size: Int) throws {
    var stream: [UInt8] = []
    for sample in hostSamples { try Frame.append(sample.message, to: &stream) }
    var reader = FrameReader()
    var seen: [HostMessage] = []
    for start in stride(from: 0, to: stream.count, by: size) {
      let piece = Array(stream[start..<min(start + size, stream.count)])
      var offset = 0
      while try reader.read(piece.span, from: &offset) { seen.append(try HostMessage.decode(reader.body)) }
      #expect(offset == piece.count)
    }
    #expect(seen == hostSamples.map { $0.message })
    #expect(reader.isBetweenFrames)
  }

  @Test func largestFrameIsRead() throws {
    let body = [UInt8](repeating: 7, count: Frame.limit)
    let stream = [0, 1, 0, 0] + body
    var reader = FrameReader()
    var offset = 0
    #expect(try reader.read(stream.span, from: &offset))
    let count = reader.body.count
    #expect(count == Frame.limit)
  }

  @Test func oversizeIsRefusedBeforeTheBody() throws {
    var reader = FrameReader()
    var offset = 0
    let start: [UInt8] = [0, 1, 0]
    #expect(try !reader.read(start.span, from: &offset))
    offset = 0
    let rest: [UInt8] = [1]
    #expect(throws: WireError.oversizedFrame) { try reader.read(rest.span, from: &offset) }
    let kept = reader.body.count
    #expect(kept == 0)
    // There is no way back into the stream.
    offset = 0
    let good: [UInt8] = [0, 0, 0, 1, 9]
    #expect(throws: WireError.oversizedFrame) { try reader.read(good.span, from: &offset) }
  }

  @Test func emptyFrameIsRefused() {
    var reader = FrameReader()
    var offset = 0
    let stream: [UInt8] = [0, 0, 0, 0]
    #expect(throws: WireError.emptyFrame) { try reader.read(stream.span, from: &offset) }
  }

  @Test func cutFrameIsNoticed() throws {
    var reader = FrameReader()
    #expect(reader.isBetweenFrames)
    var offset = 0
    let stream: [UInt8] = [0, 0, 0, 2, 9]
    #expect(try !reader.read(stream.span, from: &offset))
    #expect(!reader.isBetweenFrames)
  }

  @Test func ownOversizeLeavesTheBufferAsItWas() throws {
    var buffer: [UInt8] = [1, 2, 3]
    let text = String(repeating: "x", count: Frame.limit)
    #expect(throws: WireError.oversizedFrame) { try Frame.append(HostMessage.refused(Refused(reason: text)), to: &buffer) }
    #expect(buffer == [1, 2, 3])
  }

  @Test func payloadFromASpanEqualsTheMessage() throws {
    let opus = [UInt8](0..<120)
    var fromSpan: [UInt8] = []
    try Frame.appendAudio(turn: 5, sequence: 9, opus: opus.span, to: &fromSpan)
    var fromMessage: [UInt8] = []
    try Frame.append(DeviceMessage.audio(AudioPacket(turn: 5, sequence: 9, opus: opus)), to: &fromMessage)
    #expect(fromSpan == fromMessage)

  }

  /// The bytes of a picture are never gathered: what is, is the same few bytes for a small one and for a large one.
  @Test(arguments: [1, 100, 127, 128, 300, 16_000, Frame.picturePiece])
  func aPictureIsItsHeadAndThenItsBytes(count: Int) throws {
    var piece = PictureChunk(
      turn: 5, format: 1, width: 1280, height: 720, rotation: 90, offset: 70_000, totalBytes: 1_000_000)
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    var frame: [UInt8] = []
    try Frame.appendPictureHead(piece, count: count, to: &frame)
    #expect(frame.count < 48)
    piece.bytes = bytes
    var whole: [UInt8] = []
    try Frame.append(DeviceMessage.picture(piece), to: &whole)
    #expect(frame + bytes == whole)
  }

  @Test func aPictureThatIsTooLongForAFrameIsRefused() {
    var buffer: [UInt8] = [7]
    #expect(throws: WireError.oversizedFrame) {
      try Frame.appendPictureHead(PictureChunk(turn: 1), count: Frame.limit, to: &buffer)
    }
    #expect(buffer == [7])
  }

  /// The buffer's storage stays where it is once it has grown: no allocation per packet.
  @Test func audioDoesNotReallocate() throws {
    let opus = [UInt8](repeating: 1, count: 300)
    var buffer: [UInt8] = []
    buffer.reserveCapacity(512)
    let before = buffer.withUnsafeBufferPointer { $0.baseAddress }
    for sequence in 0..<100 {
      buffer.removeAll(keepingCapacity: true)
      try Frame.appendAudio(turn: 1, sequence: UInt32(sequence), opus: opus.span, to: &buffer)
    }
    #expect(buffer.withUnsafeBufferPointer { $0.baseAddress } == before)
  }
}
