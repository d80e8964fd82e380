import HAL
import Testing
import Units

@testable import SimBoard

/// A host that records what it is told and answers each message after 10 ms.
private final class EchoPeer: SimPeer {
  var story: [String] = []
  var answers: [(Instant, [UInt8])] = []
  var closesAt: Instant?
  var isBroken = false

  func connected(at now: Instant) { story.append("connected \(now.nanoseconds / 1_000_000)") }
  func disconnected(at now: Instant) { story.append("disconnected \(now.nanoseconds / 1_000_000)") }
  func receive(_ bytes: [UInt8], at now: Instant) {
    story.append("received \(bytes) \(now.nanoseconds / 1_000_000)")
    answers.append((now + .milliseconds(10), bytes.map { $0 + 100 }))
  }
  var nextDue: Instant? {
    if isBroken { return .zero }
    return [answers.first?.0, closesAt].compactMap { $0 }.min()
  }
  func collect(at now: Instant) -> (bytes: [UInt8], closed: Bool) {
    var bytes: [UInt8] = []
    while let first = answers.first, first.0 <= now {
      bytes += first.1
      answers.removeFirst()
    }
    guard let closing = closesAt, closing <= now else { return (bytes, false) }
    closesAt = nil
    return (bytes, true)
  }
}

@Suite struct ModelledLinkTests {
  private func rig(_ peer: EchoPeer?) throws -> Rig {
    try Rig(peer: peer) { $0.latencies.linkJitter = .zero }
  }

  private func receive(_ link: SimLink, _ capacity: Int = 100) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: capacity)
    var span = buffer.mutableSpan
    let count = try link.receive(into: &span)
    return Array(buffer[0..<count])
  }

  @Test func bytesTravelThereAndBackWithTheLatency() throws {
    let peer = EchoPeer()
    let rig = try rig(peer)
    let link = rig.board.link
    try link.open("host:1")
    #expect(rig.next() == ("linkOpened", 8_000_000))
    #expect(try link.send([1, 2].span) == 2)
    #expect(try link.send([3].span) == 1)
    #expect(rig.next() == ("linkReadable", 26_000_000))
    #expect(try receive(link) == [101, 102, 103])
    #expect(try receive(link) == [])
    #expect(peer.story == ["connected 8", "received [1, 2] 12", "received [3] 12"])
    link.close()
    #expect(rig.next(milliseconds(100)) == ("deadline", 100_000_000))
    #expect(peer.story.last == "disconnected 30")
  }

  @Test func aReceiveThatLeavesBytesIsAskedAgain() throws {
    let peer = EchoPeer()
    let rig = try rig(peer)
    try rig.board.link.open("host:1")
    _ = rig.next()
    _ = try rig.board.link.send([1, 2, 3].span)
    #expect(rig.next().0 == "linkReadable")
    #expect(try receive(rig.board.link, 2) == [101, 102])
    #expect(rig.next() == ("linkReadable", 26_000_000))
    #expect(try receive(rig.board.link, 2) == [103])
    #expect(rig.next(milliseconds(50)).0 == "deadline")
  }

  @Test func jitterKeepsTheOrder() throws {
    let peer = EchoPeer()
    let rig = try Rig(peer: peer) { $0.latencies.linkJitter = .milliseconds(50) }
    try rig.board.link.open("host:1")
    _ = rig.next()
    for byte in 0..<20 { _ = try rig.board.link.send([UInt8(byte)].span) }
    var all: [UInt8] = []
    while rig.next(milliseconds(1_000)).0 == "linkReadable" { all += try receive(rig.board.link) }
    #expect(all == (100..<120).map { UInt8($0) })
  }

  @Test func whenThePeerClosesItsLastBytesComeFirst() throws {
    let peer = EchoPeer()
    let rig = try rig(peer)
    try rig.board.link.open("host:1")
    _ = rig.next()
    peer.closesAt = milliseconds(22)
    _ = try rig.board.link.send([1].span)
    #expect(rig.next() == ("linkReadable", 26_000_000))
    #expect(try receive(rig.board.link) == [101])
    #expect(rig.next() == ("linkClosed refused", 26_000_000))
    #expect(try rig.board.link.send([1].span) == 0)
    #expect(try receive(rig.board.link) == [])
    try rig.board.link.open("host:1")
    #expect(rig.next().0 == "linkOpened")
    #expect(peer.story.filter { $0.hasPrefix("dis") }.isEmpty)
  }

  @Test func aNetworkThatGoesDownTakesTheLinkAndRefusesAnother() throws {
    let peer = EchoPeer()
    let rig = try rig(peer)
    try rig.board.link.open("host:1")
    _ = rig.next()
    _ = try rig.board.link.send([1].span)
    rig.board.apply(.network(false))
    #expect(rig.next() == ("linkClosed removed", 8_000_000))
    let error = #expect(throws: DeviceError.self) { try rig.board.link.open("host:1") }
    #expect(error?.cause == .removed)
    #expect(rig.next(milliseconds(100)).0 == "deadline")
    rig.board.apply(.network(true))
    try rig.board.link.open("host:1")
    #expect(rig.next().0 == "linkOpened")
    #expect(peer.story == ["connected 8", "disconnected 8", "connected 108"])
  }

  @Test func withoutAPeerTheConnectionIsRefused() throws {
    let rig = try rig(nil)
    try rig.board.link.open("host:1")
    #expect(rig.next() == ("linkClosed refused", 8_000_000))
  }

  @Test func closingWhileOpeningReportsNothing() throws {
    let peer = EchoPeer()
    let rig = try rig(peer)
    try rig.board.link.open("host:1")
    #expect(throws: DeviceError.self) { try rig.board.link.open("host:1") }
    rig.board.link.close()
    #expect(rig.next(milliseconds(100)).0 == "deadline")
    #expect(peer.story.isEmpty)
    #expect(throws: DeviceError.self) { try rig.board.link.send([1].span) }
  }

  @Test func aConnectionAfterACloseComesAfterItsEnd() throws {
    let peer = EchoPeer()
    let rig = try rig(peer)
    try rig.board.link.open("host:1")
    _ = rig.next()
    _ = try rig.board.link.send([1].span)
    rig.board.link.close()
    try rig.board.link.open("host:1")
    #expect(rig.next().0 == "linkOpened")
    #expect(peer.story == ["connected 8", "received [1] 12", "disconnected 12", "connected 16"])
  }

  @Test func aPeerThatIsDueForNothingDoesNotStopTheClock() throws {
    let peer = EchoPeer()
    peer.isBroken = true
    let rig = try rig(peer)
    try rig.board.link.open("host:1")
    _ = rig.next()
    #expect(rig.next(milliseconds(100)) == ("deadline", 100_000_000))
  }

  @Test func aPeerThatChangedIsAskedWhenToldSo() throws {
    let peer = EchoPeer()
    let rig = try rig(peer)
    try rig.board.link.open("host:1")
    _ = rig.next()
    rig.board.perform(at: milliseconds(40)) { now in
      peer.closesAt = now
      rig.board.peerChanged()
    }
    #expect(rig.next(milliseconds(100)) == ("linkClosed refused", 44_000_000))
  }
}
