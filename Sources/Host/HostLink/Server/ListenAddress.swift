/// An address to listen on, `host:port`; a port of 0 takes a free one. IPv6 addresses stand in brackets.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
  public var host: String
  public var port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Throws with what is wrong.
  public init(parsing text: String) throws(HostFailure) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw HostFailure("\"\(text)\" is no address: write HOST:PORT, such as 127.0.0.1:7437 or [::1]:7437")
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw HostFailure("\"\(text)\" is no address: an IPv6 address stands in brackets, such as [::1]:7437")
    }
    guard !host.isEmpty else {
      throw HostFailure("\"\(text)\" names no host: write 0.0.0.0:\(port) to listen on every interface")
    }
    self.init(host: String(host), port: Int(port))
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
