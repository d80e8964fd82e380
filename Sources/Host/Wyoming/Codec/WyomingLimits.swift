/// What is taken from a peer. Wyoming has no authentication, so each length is bounded before anything is kept.
public struct WyomingLimits: Sendable {
  /// The header line in bytes. The protocol's own library reads 64 KiB.
  public var header = 64 * 1024
  /// The data in bytes. A service that lists hundreds of voices in `info` needs several hundred kilobytes.
  public var data = 2 * 1024 * 1024
  /// The payload in bytes: half a minute of 48 kHz sound in one chunk. Services send a hundredth of it.
  public var payload = 3 * 1024 * 1024

  public init() {}
}
