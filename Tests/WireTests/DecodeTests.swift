import Testing

@testable import Wire

/// What the codec refuses, and what it lets pass for the sake of later versions.
@Suite struct DecodeTests {
  @Test(
    arguments: [
      // Tag only; integer without an end; length beyond the end; length near 2⁶⁴.
      ([0x0a], .truncated),
      ([0x0a, 0x02, 0x08], .truncated),
      ([0x0a, 0x02, 0x08, 0x80], .truncated),
      ([0x0a, 0x7f, 0x08, 0x01], .truncated),
      ([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], .truncated),
      ([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], .truncated),
      // Eleven bytes, and ten of which the last has more than one bit.
      ([0x0a, 0x0c, 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], .malformedInteger),
      ([0x0a, 0x0b, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], .malformedInteger),
      // Field 0; a tag of more than 32 bits.
      ([0x02, 0x00], .malformedTag),
      ([0x82, 0x80, 0x80, 0x80, 0x10, 0x00], .malformedTag),
      // Welcome as an integer; groups; wire types 6 and 7; version as text; name as an integer.
      ([0x08, 0x01], .wrongWireType),
      ([0x0b, 0x0c], .wrongWireType),
      ([0x0e], .wrongWireType),
      ([0x0f], .wrongWireType),
      ([0x0a, 0x02, 0x0a, 0x00], .wrongWireType),
      ([0x0a, 0x02, 0x10, 0x01], .wrongWireType),
      // version 2³².
      ([0x0a, 0x06, 0x08, 0x80, 0x80, 0x80, 0x80, 0x10], .outOfRange),
      // Outcome missing, 0, 5.
      ([0x3a, 0x00], .unknownValue),
      ([0x3a, 0x02, 0x10, 0x00], .unknownValue),
      ([0x3a, 0x02, 0x10, 0x05], .unknownValue),
      // Nothing; only a field of a later version.
      ([], .unknownMessage),
      ([0xa2, 0x06, 0x01, 0x00], .unknownMessage),
      // Two kinds; the same kind twice.
      ([0x0a, 0x00, 0x12, 0x00], .severalMessages),
      ([0x0a, 0x00, 0x0a, 0x00], .severalMessages),
    ] as [([UInt8], WireError)])
  func refused(_ bytes: [UInt8], _ error: WireError) {
    #expect(throws: error) { try HostMessage.decode(bytes.span) }
  }

  @Test func onlyLaterVersionsAreSurvivable() {
    #expect(WireError.allCases.filter { $0.isSurvivable } == [.unknownMessage, .unknownValue])
  }

  /// Unknown fields of each wire type, before, between and behind the known ones, outside and inside.
  @Test func unknownFieldsAreSkipped() throws {
    let unknown: [UInt8] = [
      0xa0, 0x06, 0xff, 0x01, 0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xa2, 0x06, 2, 9, 9, 0xa5, 0x06, 1, 2, 3, 4,
    ]
    let inner = unknown + [0x08, 0x07] + unknown + [0x12, 0x01, 0x78] + unknown
    let bytes = unknown + [0x22, UInt8(inner.count)] + inner + unknown
    #expect(try HostMessage.decode(bytes.span) == .answerText(AnswerText(turn: 7, text: "x")))
  }

  /// Of a repeated plain field the last one counts, and order does not matter, as the encoding says.
  @Test func lastValueCounts() throws {
    let bytes: [UInt8] = [0x22, 0x07, 0x12, 0x01, 0x78, 0x08, 0x01, 0x08, 0x02]
    #expect(try HostMessage.decode(bytes.span) == .answerText(AnswerText(turn: 2, text: "x")))
  }

  @Test func nestingIsLimited() throws {
    let bytes: [UInt8] = [0x0a, 0x06, 0x0a, 0x04, 0x0a, 0x02, 0x0a, 0x00]
    var first = ProtoReader(bytes.span)
    var second = try first.message(try #require(try first.nextField()))
    var third = try second.message(try #require(try second.nextField()))
    var fourth = try third.message(try #require(try third.nextField()))
    let field = try #require(try fourth.nextField())
    var refusal: WireError?
    do throws(WireError) { _ = try fourth.message(field) } catch { refusal = error }
    #expect(refusal == .nestedTooDeep)
  }
}
