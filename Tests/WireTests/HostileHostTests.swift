import Testing

@testable import Wire

/// A paired host that sends what no encoder made, inside real TLS: the glasses' end answers with messages, warnings or its end.
@Suite struct HostileHostTests {
  @Test func theConnectionOutlivesOrEnds() throws {
    let glasses = try #require(Identity.create())
    let host = try #require(Identity.create())
    let samples = hostSamples.map { FuzzTests.encode($0.message) } + pairingSamples.map { FuzzTests.encode($0.message) }
    var random = SeededGenerator(state: 20_260_801)
    var messages = 0
    for number in 0..<150 {
      let isPairing = number % 3 == 0
      var wires = try Wires(
        glasses: glasses, expecting: isPairing ? .pairing : .paired(host.fingerprint), host: host,
        expecting: isPairing ? .pairing : .paired(glasses.fingerprint), fragment: Int.random(in: 1...2000, using: &random))
      try wires.settle()
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        var body = samples.randomElement(using: &random)!
        var length = UInt32(body.count)
        switch UInt8.random(in: 0..<10, using: &random) {
        case 0 where !body.isEmpty:
          body[Int.random(in: 0..<body.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
        case 1: length = [0, 65_537, .max, length &+ 3].randomElement(using: &random)!
        case 2:
          body = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
          length = 64
        default: break
        }
        wires.host.send(bytes: (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32($0))) } + body)
        try wires.settle()
      }
      if number % 5 == 0 { wires.glasses.received(all: (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }) }
      wires.glasses.transportEnded()
      wires.glassesSaw += wires.glasses.events()
      guard case .closed = wires.glassesSaw.last else { return #expect(Bool(false), "connection \(number) did not end") }
      let ends = wires.glassesSaw.filter { if case .closed = $0 { true } else { false } }
      #expect(ends.count == 1)
      messages += wires.glassesSaw.count
    }
    #expect(messages > 500, "most frames were whole")
  }
}
