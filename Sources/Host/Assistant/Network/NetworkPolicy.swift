import Foundation

/// Which addresses the wearer's words may be sent to. Without encryption only to this machine, unless the configuration names a
/// host of the local network.
public struct NetworkPolicy: Sendable, Equatable {
  /// Hosts to which plain text may go, as the configuration writes them.
  public var plaintextHosts: Set<String>

  public init(plaintextHosts: Set<String> = []) { self.plaintextHosts = plaintextHosts }

  /// Why a host must not be spoken to in plain text; nil when it may.
  public func objection(toPlaintext host: String) -> String? {
    if Self.isLoopback(host) || plaintextHosts.contains(host) { return nil }
    return
      "\"\(host)\" is another machine and this connection is not encrypted: use https, or write plaintext_hosts = [\"\(host)\"] "
      + "under [network] if you trust every machine of that network with what the wearer says"
  }

  /// Why a host cannot be named for plain text; nil when it can. Addresses of the internet never are.
  static func objection(toNaming host: String) -> String? {
    guard let parts = octets(host) else { return host.isEmpty ? "an empty name" : nil }
    let isPrivate =
      parts[0] == 10 || parts[0] == 127 || (parts[0] == 192 && parts[1] == 168)
      || (parts[0] == 172 && (16..<32).contains(parts[1]))
      || (parts[0] == 169 && parts[1] == 254) || (parts[0] == 100 && (64..<128).contains(parts[1]))
    return isPrivate ? nil : "\"\(host)\" is an address of the internet: plain text may go to hosts of your own network only"
  }

  /// This machine, by any of its names that no resolver can turn elsewhere.
  public static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || octets(host)?.first == 127
  }

  private static func octets(_ host: String) -> [Int]? {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 4 else { return nil }
    let known = parts.compactMap { $0 }.filter { (0...255).contains($0) }
    return known.count == 4 ? known : nil
  }
}
