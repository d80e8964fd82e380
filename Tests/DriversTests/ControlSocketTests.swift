import CLinux
import Foundation
import Glibc
import HAL
import Testing
import Units

@testable import Drivers

/// A control socket and whoever waits for it.
private final class Port {
  let host: DriverHost
  let socket: ControlSocket
  let folder: String
  var path: String { folder + "/inner/control" }

  init() throws {
    folder = NSTemporaryDirectory() + "sotto-control-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    host = DriverHost(
      reactor: try Reactor(signals: nil), events: EventQueue(), log: BoardLog(trace: TraceSink(.none), sink: { _ in }))
    socket = try ControlSocket(host: host, path: folder + "/inner/control", source: EventSource(16))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// What was reported after one wait, at most a second long.
  func events() -> [ControlEvent] {
    if host.events.isEmpty {
      #expect(host.reactor.wait(until: host.now() + .seconds(1)))
      while let (source, readiness) = host.reactor.takeReady() { socket.descriptorReady(source, readiness) }
    }
    var events: [ControlEvent] = []
    while let event = host.events.take() { if case .control(let control) = event { events.append(control) } }
    return events
  }

  func receive(_ place: Int) -> String {
    var bytes = [UInt8](repeating: 0, count: 64)
    var span = bytes.mutableSpan
    let count = socket.receive(from: place, into: &span)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}

/// A client: a blocking local stream socket.
private final class Peer {
  let descriptor: Int32

  init(_ path: String) throws {
    descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    try #require(result == 0)
  }

  func say(_ text: String) { #expect(write(descriptor, text, text.utf8.count) == text.utf8.count) }

  /// "" at the end of the stream.
  func hear() -> String {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  }

  func close() { _ = Glibc.close(descriptor) }
}

@Suite struct ControlSocketTests {
  @Test func theSocketIsForItsUserOnly() throws {
    let port = try Port()
    func mode(_ path: String) -> mode_t {
      var information = stat()
      stat(path, &information)
      return information.st_mode & 0o777
    }
    #expect(mode(port.path) == 0o600)
    #expect(mode(port.folder + "/inner") == 0o700)
  }

  @Test func bytesGoBothWays() throws {
    let port = try Port()
    let peer = try Peer(port.path)
    #expect(port.events() == [.opened(0, process: getpid())])
    peer.say("status\n")
    #expect(port.events() == [.readable(0)])
    #expect(port.receive(0) == "status\n")
    #expect(port.receive(0) == "")
    let reply = Array("well\n".utf8)
    #expect(port.socket.send(to: 0, reply.span) == 5)
    #expect(peer.hear() == "well\n")
    peer.close()
    #expect(port.events() == [.readable(0)])
    #expect(port.receive(0) == "")
    #expect(port.events() == [.ended(0)])
    port.socket.close(0)
    let next = try Peer(port.path)
    #expect(port.events() == [.opened(0, process: getpid())], "its place is free again")
    next.close()
  }

  @Test func anInviteThatIsNotTakenIsWithdrawn() throws {
    let port = try Port()
    let peer = try Peer(port.path)
    #expect(port.events() == [.opened(0, process: getpid())])
    peer.say("x")
    _ = port.host.reactor.wait(until: port.host.now() + .seconds(1))
    while let (source, readiness) = port.host.reactor.takeReady() { port.socket.descriptorReady(source, readiness) }
    port.socket.close(0)
    #expect(port.host.events.isEmpty)
    #expect(peer.hear() == "")
    peer.close()
  }

  @Test func moreThanEightAreTurnedAway() throws {
    let port = try Port()
    let peers = try (0..<ControlPlaces.count).map { _ in try Peer(port.path) }
    var opened: [ControlEvent] = []
    while opened.count < ControlPlaces.count { opened += port.events() }
    let ninth = try Peer(port.path)
    #expect(port.events().isEmpty)
    #expect(ninth.hear() == "", "its connection is closed at once")
    for peer in peers + [ninth] { peer.close() }
  }

  @Test func whoDoesNotReadIsWaitedForWithoutSpinning() throws {
    let port = try Port()
    let peer = try Peer(port.path)
    _ = port.events()
    let much = [UInt8](repeating: 46, count: 4 << 20)
    let taken = port.socket.send(to: 0, much.span)
    #expect(taken > 0 && taken < much.count)
    _ = port.host.reactor.look()
    #expect(port.host.reactor.takeReady() == nil, "no room is no event")
    var read = 0
    while read < taken { read += peer.hear().utf8.count }
    #expect(port.events() == [.writable(0)])
    _ = port.host.reactor.look()
    #expect(port.host.reactor.takeReady() == nil, "room is reported once")
    peer.close()
  }

  @Test func whatAProgramLeftBehindIsReplacedAndALiveOneIsNot() throws {
    let port = try Port()
    func second() -> Int32? {
      do throws(DeviceError) {
        _ = try ControlSocket(host: port.host, path: port.path, source: EventSource(40))
        return nil
      } catch {
        return error.errno
      }
    }
    #expect(second() == EADDRINUSE)
    // As SIGKILL leaves it: the file without its listener.
    let stale = port.folder + "/stale"
    let descriptor = stale.withCString { sotto_listen_local($0) }
    #expect(descriptor >= 0)
    sotto_close(descriptor)
    #expect(access(stale, F_OK) == 0)
    _ = try ControlSocket(host: port.host, path: stale, source: EventSource(40))
    // Anything else than a socket stays what it is.
    let file = port.folder + "/file"
    #expect(FileManager.default.createFile(atPath: file, contents: Data("x".utf8)))
    #expect(throws: DeviceError.self) { try ControlSocket(host: port.host, path: file, source: EventSource(40)) }
    #expect(FileManager.default.contents(atPath: file) == Data("x".utf8))
    #expect(throws: DeviceError.self) {
      try ControlSocket(host: port.host, path: port.folder + "/" + String(repeating: "a", count: 108), source: EventSource(40))
    }
  }

  @Test func nobodyIsWokenByASocketThatNobodyTalksTo() throws {
    let port = try Port()
    let peer = try Peer(port.path)
    _ = port.events()
    _ = port.host.reactor.look()
    #expect(port.host.reactor.takeReady() == nil)
    peer.close()
  }

  /// A process of its own that connects and is killed: the kernel closes what it held.
  @Test func aKilledProcessHasEnded() throws {
    let port = try Port()
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    python.arguments = [
      "-c", "import socket,sys,time; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b'x'); s.recv(1)",
      port.path,
    ]
    try python.run()
    var events: [ControlEvent] = []
    while !events.contains(.readable(0)) { events += port.events() }
    #expect(events.first == .opened(0, process: python.processIdentifier))
    #expect(port.receive(0) == "x")
    kill(python.processIdentifier, SIGKILL)
    #expect(port.events() == [.readable(0)])
    #expect(port.receive(0) == "")
    #expect(port.events() == [.ended(0)])
    python.waitUntilExit()
  }
}
