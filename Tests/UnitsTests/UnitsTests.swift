import Testing

@testable import Units

@Suite struct InstantTests {
  @Test func arithmeticIsExactToTheNanosecond() {
    let start = Instant(nanoseconds: 1_000_000_001)
    #expect((start + .milliseconds(2)).nanoseconds == 1_002_000_001)
    #expect((start - .nanoseconds(1)).nanoseconds == 1_000_000_000)
    #expect((start + .seconds(3)) - start == .seconds(3))
    var moving = start
    moving += .microseconds(5)
    #expect(moving.nanoseconds == 1_000_005_001)
    #expect(start < moving)
  }

  @Test func durationsConvertTowardsZeroOnBothSides() {
    #expect(Duration.milliseconds(1_500).nanoseconds == 1_500_000_000)
    #expect(Duration.nanoseconds(-1_500_000_000).nanoseconds == -1_500_000_000)
    #expect(Duration.nanoseconds(1_999_999).milliseconds == 1)
    #expect(Duration.nanoseconds(-1_999_999).milliseconds == -1)
    #expect(Duration.nanoseconds(-2_999).microseconds == -2)
    #expect(Duration.nanoseconds(Int64.max).nanoseconds == Int64.max)
  }
}

@Suite struct TurnValuesTests {
  // These numbers travel on the wire: they must never change.
  @Test func valuesKeepTheirNumbers() {
    #expect([Trigger.button, .wakeWord, .typed].map { $0.rawValue } == [1, 2, 3])
    #expect([EndReason.silence, .longest, .button, .host].map { $0.rawValue } == [1, 2, 3, 4])
    let reasons: [CancelReason] = [.button, .bargeIn, .takenOff, .nothingSaid, .timedOut, .captureFailed, .shutdown]
    #expect(reasons.map { $0.rawValue } == [1, 2, 3, 4, 5, 6, 7])
    #expect([TurnOutcome.answered, .nothingHeard, .failed, .cancelled].map { $0.rawValue } == [1, 2, 3, 4])
  }
}

@Suite struct QuantitiesTests {
  @Test func energyIsPowerTimesTime() {
    #expect(Nanojoules(.milliwatts(1), over: .seconds(1)) == Nanojoules(1_000_000))
    #expect(Nanojoules(Microwatts(1), over: .milliseconds(1)) == Nanojoules(1))
    #expect(Nanojoules(Microwatts(1), over: .microseconds(999)) == .zero)
    #expect(Nanojoules(.zero, over: .seconds(1_000_000)) == .zero)
  }

  @Test func aYearAtTenWattsDoesNotOverflow() {
    let year = Duration.seconds(365 * 86_400)
    #expect(Nanojoules(.milliwatts(10_000), over: year).value == 10 * 365 * 86_400 * 1_000_000_000)
  }

  @Test func percentClamps() {
    #expect(Percent(-5).value == 0)
    #expect(Percent(Int.max).value == 100)
    #expect(Percent(42).value == 42)
  }
}

@Suite struct RingBufferTests {
  @Test func elementsComeOutInTheOrderTheyWentIn() {
    var ring = RingBuffer<Int16>(capacity: 4, filler: 0)
    for round in 0..<10 {
      ring.append(Int16(round))
      ring.append(Int16(round + 100))
      #expect(ring.popFirst() == Int16(round))
      #expect(ring.popFirst() == Int16(round + 100))
    }
    #expect(ring.popFirst() == nil)
    #expect(ring.overwrites == 0)
  }

  @Test func aFullRingLosesItsOldestAndCountsThem() {
    var ring = RingBuffer<Int16>(capacity: 3, filler: 0)
    let samples: [Int16] = [1, 2, 3, 4, 5]
    ring.append(samples.span)
    #expect(ring.overwrites == 2)
    #expect(ring.room == 0)
    #expect([ring.popFirst(), ring.popFirst(), ring.popFirst(), ring.popFirst()] == [3, 4, 5, nil])
  }

  @Test func movingOutTakesNoMoreThanThereIs() {
    var ring = RingBuffer<Int16>(capacity: 5, filler: 0)
    for value in 1...7 { ring.append(Int16(value)) }
    var output = [Int16](repeating: -1, count: 4)
    var span = output.mutableSpan
    #expect(ring.popFirst(into: &span) == 4)
    var rest = [Int16](repeating: -1, count: 4)
    var restSpan = rest.mutableSpan
    #expect(ring.popFirst(into: &restSpan) == 1)
    #expect(output == [3, 4, 5, 6])
    #expect(rest == [7, -1, -1, -1])
    #expect(ring.isEmpty)
  }

  @Test(arguments: [(0, [Int16]()), (2, [6, 7]), (5, [3, 4, 5, 6, 7]), (9, [3, 4, 5, 6, 7])])
  func keepLastDropsTheOldest(limit: Int, kept: [Int16]) {
    var ring = RingBuffer<Int16>(capacity: 5, filler: 0)
    for value in 1...7 { ring.append(Int16(value)) }
    ring.keepLast(limit)
    var left: [Int16] = []
    while let value = ring.popFirst() { left.append(value) }
    #expect(left == kept)
  }

  @Test func anEmptiedRingStartsAgain() {
    var ring = RingBuffer<UInt8>(capacity: 2, filler: 0)
    ring.append(1)
    ring.append(2)
    ring.removeAll()
    #expect(ring.isEmpty && ring.room == 2)
    ring.append(9)
    #expect(ring.popFirst() == 9)
  }
}

@Suite struct TextBufferTests {
  private func text(_ build: (inout TextBuffer) -> Void) -> String {
    var buffer = TextBuffer()
    build(&buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }

  @Test func numbersOfEveryKindAreWrittenInDecimal() {
    #expect(text { $0.append(0) } == "0")
    #expect(text { $0.append(Int64.min) } == "-9223372036854775808")
    #expect(text { $0.append(UInt64.max) } == "18446744073709551615")
    #expect(text { $0.append(Int8(-128)) } == "-128")
    #expect(
      text {
        $0.append(1)
        $0.append(-20)
        $0.append(300 as UInt16)
      } == "1-20300")
  }

  @Test func thousandthsAlwaysHaveThreeDigits() {
    #expect(text { $0.append(thousandths: 1_234) } == "1.234")
    #expect(text { $0.append(thousandths: 5) } == "0.005")
    #expect(text { $0.append(thousandths: -5) } == "-0.005")
    #expect(text { $0.append(thousandths: 1_000_000) } == "1000.000")
    #expect(text { $0.append(thousandths: Int64.min) } == "-9223372036854775.808")
  }

  @Test func stringsAreEscapedAsJSONWants() {
    #expect(text { $0.append(jsonString: "a\"b\\c\nd\u{1}é") } == "\"a\\\"b\\\\c\\nd\\u0001é\"")
    #expect(text { $0.append(jsonString: "\u{1F}\u{7F}") } == "\"\\u001f\u{7F}\"")
    #expect(text { $0.append(jsonString: "") } == "\"\"")
  }

  @Test func staticTextAndBytesPassThrough() {
    let word: StaticString = "x"
    #expect(
      text {
        $0.append(word)
        $0.append("yz" as String)
        $0.append(byte: 33)
      } == "xyz!")
  }
}
