import Testing

@testable import Wire

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// Bytes that no encoder made. The codec must answer each with a message or a `WireError`; a read outside the bytes traps.
@Suite struct FuzzTests {
  static let encoded: [[UInt8]] =
    deviceSamples.map { encode($0.message) } + hostSamples.map { encode($0.message) } + pairingSamples.map { encode($0.message) }

  static func encode(_ message: DeviceMessage) -> [UInt8] {
    var bytes: [UInt8] = []
    message.append(to: &bytes)
    return bytes
  }

  static func encode(_ message: HostMessage) -> [UInt8] {
    var bytes: [UInt8] = []
    message.append(to: &bytes)
    return bytes
  }

  static func encode(_ message: PairingMessage) -> [UInt8] {
    var bytes: [UInt8] = []
    message.append(to: &bytes)
    return bytes
  }

  /// What decodes must encode to something that decodes to the same again.
  static func check(_ bytes: [UInt8]) throws {
    if let message = try? DeviceMessage.decode(bytes.span) { #expect(try DeviceMessage.decode(encode(message).span) == message) }
    if let message = try? HostMessage.decode(bytes.span) { #expect(try HostMessage.decode(encode(message).span) == message) }
    if let message = try? PairingMessage.decode(bytes.span) {
      #expect(try PairingMessage.decode(encode(message).span) == message)
    }
  }

  @Test func everyTruncation() throws {
    for whole in Self.encoded where whole.count < 1000 {
      for length in 0..<whole.count {
        let cut = Array(whole[..<length])
        #expect(throws: WireError.self) { try DeviceMessage.decode(cut.span) }
        #expect(throws: WireError.self) { try HostMessage.decode(cut.span) }
        #expect(throws: WireError.self) { try PairingMessage.decode(cut.span) }
      }
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func randomBytes(seed: UInt64) throws {
    var generator = SeededGenerator(state: seed)
    for _ in 0..<20_000 {
      let length = Int.random(in: 0...40, using: &generator)
      try Self.check((0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
  }

  @Test(arguments: [4, 5, 6] as [UInt64]) func mutatedMessages(seed: UInt64) throws {
    var generator = SeededGenerator(state: seed)
    let short = Self.encoded.filter { $0.count < 1000 && !$0.isEmpty }
    for _ in 0..<20_000 {
      var bytes = short.randomElement(using: &generator)!
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0...3, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        default: if bytes.count > 1 { bytes.remove(at: place) }
        }
      }
      try Self.check(bytes)
    }
  }

  /// A reader fed with noise in random pieces yields frames within the limit or fails for good.
  @Test(arguments: [7, 8] as [UInt64]) func randomStream(seed: UInt64) {
    var generator = SeededGenerator(state: seed)
    for _ in 0..<300 {
      var reader = FrameReader()
      // The upper half of the length is small, so that some frames pass.
      var stream: [UInt8] = []
      for _ in 0..<20 {
        stream +=
          [0, UInt8.random(in: 0...20, using: &generator) == 0 ? 1 : 0, 0, UInt8.random(in: 0...9, using: &generator)] + [
            1, 2, 3, 4,
          ]
      }
      var position = 0
      while position < stream.count {
        let piece = Array(stream[position..<min(position + Int.random(in: 1...9, using: &generator), stream.count)])
        position += piece.count
        var offset = 0
        do {
          while try reader.read(piece.span, from: &offset) {
            let size = reader.body.count
            #expect((1...Frame.limit).contains(size))
          }
          #expect(offset == piece.count)
        } catch {
          #expect(error == .emptyFrame || error == .oversizedFrame)
          break
        }
      }
    }
  }
}
