import Foundation

/// A port of the loopback interface that nobody uses now.
func freePort() throws -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  guard descriptor >= 0 else { throw RigError("no socket can be made: \(String(cString: strerror(errno)))") }
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let result = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bound -> Int32 in
      guard bind(descriptor, bound, length) == 0 else { return -1 }
      return getsockname(descriptor, bound, &length)
    }
  }
  guard result == 0 else { throw RigError("no free port on the loopback interface: \(String(cString: strerror(errno)))") }
  return Int(UInt16(bigEndian: address.sin_port))
}
