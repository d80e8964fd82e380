import Foundation
import Glibc

/// A connection to the control socket of a running `sottod` (docs/control.md).
public final class ControlConnection {
  private let descriptor: Int32
  private var received: [UInt8] = []

  /// How long an answer is waited for: the glasses answer at once, unless they hang.
  private static let patience = 5

  /// Throws `ControlError` in words for a person.
  public init(_ path: String) throws(ControlError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw ControlError("\(path) is too long for a socket: 107 bytes are the most")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw ControlError("no socket can be made: \(Self.problem)") }
    var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    guard result == 0 else {
      throw ControlError(
        "no glasses answer at \(path) (\(Self.problem)): is sottod running, as this user? Name its socket with --control PATH")
    }
  }

  deinit { close(descriptor) }

  /// Sends a request and gives the lines of its answer, without the last one, which says that it is complete.
  public func ask(_ request: String) throws(ControlError) -> [String] {
    let bytes = Array((request + "\n").utf8)
    guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw ControlError("the glasses do not take the request: \(Self.problem)")
    }
    var lines: [String] = []
    while true {
      let line = try nextLine()
      if line == "{\"ok\":true}" { return lines }
      if line.hasPrefix("{\"error\":") { throw ControlError("the glasses refuse \"\(request)\": \(line)") }
      lines.append(line)
    }
  }

  /// The next line, of an answer or of an event.
  public func nextLine() throws(ControlError) -> String {
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received.removeSubrange(0...end) }
        return String(decoding: received[0..<end], as: UTF8.self)
      }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else {
        throw ControlError(
          count == 0
            ? "the glasses closed the connection: eight clients are connected already, or they ended"
            : "the glasses do not answer: \(Self.problem)")
      }
      received += chunk[0..<count]
    }
  }

  private static var problem: String { String(cString: strerror(errno)) }
}

/// Why the glasses could not be asked, in words for a person.
public struct ControlError: Error, Sendable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}
