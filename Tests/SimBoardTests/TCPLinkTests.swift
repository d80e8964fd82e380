import Foundation
import HAL
import Testing
import Units

@testable import Drivers
@testable import SimBoard

/// A listener on the loopback interface, made with plain sockets.
private final class Listener {
  let descriptor: Int32
  let port: UInt16
  private(set) var peer: Int32 = -1

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
        bind(descriptor, name, size) == 0 && listen(descriptor, 4) == 0 && getsockname(descriptor, name, &size) == 0
      }
    }
    try #require(bound)
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit {
    if peer >= 0 { close(peer) }
    close(descriptor)
  }

  /// The connection is in the queue already: this does not wait.
  func take() { peer = accept(descriptor, nil, nil) }

  func hangUp(reset: Bool = false) {
    if reset {
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(peer, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }
    close(peer)
    peer = -1
  }

  func send(_ bytes: [UInt8]) { #expect(Foundation.send(peer, bytes, bytes.count, 0) == bytes.count) }

  func receive(_ count: Int) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while all.count < count {
      let got = recv(peer, &buffer, min(buffer.count, count - all.count), 0)
      if got <= 0 { return all }
      all += buffer[0..<got]
    }
    return all
  }
}

@Suite(.serialized) struct TCPLinkTests {
  private func board() throws -> SimBoard {
    try SimBoard(BoardDescription(), options: SimBoard.Options(), clock: .real, log: { _ in })
  }

  private func next(_ board: SimBoard, within time: Duration = .seconds(5)) -> String {
    name(board.next(before: board.now() + time))
  }

  private func receive(_ board: SimBoard, _ capacity: Int = 100) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: capacity)
    var span = buffer.mutableSpan
    let count = try board.link.receive(into: &span)
    return Array(buffer[0..<count])
  }

  private func connected() throws -> (SimBoard, Listener) {
    let listener = try Listener()
    let board = try board()
    try board.link.open("127.0.0.1:\(listener.port)")
    try #require(next(board) == "linkOpened", "without a connection the listener would wait for ever")
    listener.take()
    return (board, listener)
  }

  @Test func bytesGoBothWays() throws {
    let (board, listener) = try connected()
    #expect(try board.link.send([1, 2, 3].span) == 3)
    #expect(listener.receive(3) == [1, 2, 3])
    listener.send([4, 5])
    #expect(next(board) == "linkReadable")
    #expect(try receive(board) == [4, 5])
    #expect(try receive(board) == [])
    #expect(next(board, within: .milliseconds(30)) == "deadline")
  }

  @Test func unreadBytesDoNotSpin() throws {
    let (board, listener) = try connected()
    listener.send([1])
    #expect(next(board) == "linkReadable")
    let wakeups = board.wakeups
    #expect(next(board, within: .milliseconds(50)) == "deadline")
    #expect(board.wakeups - wakeups == 1)
    #expect(try receive(board) == [1])
  }

  @Test func aReceiveThatFillsItsBufferIsAskedAgain() throws {
    let (board, listener) = try connected()
    listener.send([1, 2, 3, 4, 5])
    #expect(next(board) == "linkReadable")
    #expect(try receive(board, 2) == [1, 2])
    #expect(next(board) == "linkReadable")
    #expect(try receive(board, 2) == [3, 4])
    #expect(next(board) == "linkReadable")
    #expect(try receive(board, 2) == [5])
  }

  @Test func aFullSocketReportsRoomLater() throws {
    let (board, listener) = try connected()
    let block = [UInt8](repeating: 7, count: 1 << 20)
    var sent = 0
    while true {
      let taken = try board.link.send(block.span)
      sent += taken
      if taken < block.count { break }
    }
    #expect(next(board, within: .milliseconds(20)) == "deadline")
    #expect(listener.receive(sent).count == sent)
    #expect(next(board) == "linkWritable")
    #expect(try board.link.send([1].span) == 1)
    #expect(next(board, within: .milliseconds(20)) == "deadline")
  }

  @Test(arguments: [false, true])
  func aPeerThatGoesIsReportedOnceAndAfterItsBytes(reset: Bool) throws {
    let (board, listener) = try connected()
    if !reset { listener.send([9]) }
    listener.hangUp(reset: reset)
    var got: [UInt8] = []
    var last = next(board)
    while last == "linkReadable" {
      got += try receive(board)
      last = next(board)
    }
    #expect(got == (reset ? [] : [9]))
    #expect(last == "linkClosed refused")
    #expect(try board.link.send([1].span) == 0)
    #expect(try receive(board) == [])
    let wakeups = board.wakeups
    #expect(next(board, within: .milliseconds(30)) == "deadline")
    #expect(board.wakeups - wakeups == 1)
  }

  @Test func nobodyThereIsRefused() throws {
    let board = try board()
    let port = try Listener().port
    try board.link.open("127.0.0.1:\(port)")
    #expect(next(board) == "linkClosed refused")
    try board.link.open("[::1]:\(port)")
    #expect(next(board).hasPrefix("linkClosed"))
  }

  @Test func aNameIsLookedUpWithoutBlocking() throws {
    let listener = try Listener()
    let board = try board()
    try board.link.open("localhost:\(listener.port)")
    #expect(throws: DeviceError.self) { try board.link.open("localhost:\(listener.port)") }
    try #require(next(board) == "linkOpened", "without a connection the listener would wait for ever")
    listener.take()
    #expect(try board.link.send([5].span) == 1)
    #expect(listener.receive(1) == [5])
  }

  @Test func closingInTheMiddleOfALookUpReportsNothing() throws {
    let board = try board()
    try board.link.open("localhost:1")
    board.link.close()
    #expect(next(board, within: .milliseconds(50)) == "deadline")
  }

  @Test func theNetworkGoesDownAndComesBack() throws {
    let (board, listener) = try connected()
    board.apply(.network(false))
    #expect(next(board) == "linkClosed removed")
    #expect(listener.receive(1) == [])
    let error = #expect(throws: DeviceError.self) { try board.link.open("127.0.0.1:\(listener.port)") }
    #expect(error?.cause == .removed)
    board.apply(.network(true))
    try board.link.open("127.0.0.1:\(listener.port)")
    try #require(next(board) == "linkOpened", "without a connection the listener would wait for ever")
  }

  @Test func closingReportsNothingAndCanBeDoneTwice() throws {
    let (board, listener) = try connected()
    listener.send([1])
    board.link.close()
    board.link.close()
    #expect(next(board, within: .milliseconds(30)) == "deadline")
    #expect(throws: DeviceError.self) { try board.link.send([1].span) }
  }

  @Test(arguments: ["", "host", "host:", ":80", "host:port", "host:123456", "::1:80", "[::1]", "[]:80", "host:80 "])
  func badAddressesAreRefused(address: String) throws {
    let error = #expect(throws: DeviceError.self) { try board().link.open(address) }
    #expect(error?.cause == .malformed)
  }

  @Test func addressesAreTakenApart() throws {
    for (address, host, port) in [
      ("127.0.0.1:7437", "127.0.0.1", "7437"), ("[::1]:7437", "::1", "7437"), ("name.local:1", "name.local", "1"),
    ] {
      let parts = try #require(TCPLink.split(address))
      #expect(parts.host == host && parts.port == port)
    }
  }
}
