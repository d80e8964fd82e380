/// What one side keeps of a peer that it is paired with.
public struct Pairing: Sendable, Equatable {
  /// Name of the record in the glasses' `Storage`, which hold one pairing.
  public static let recordName: StaticString = "pairing"
  /// `SoPr`.
  private static let kind: UInt32 = 0x536f_5072
  private static let version: UInt8 = 1

  public var peer: Fingerprint
  /// What the peer calls itself; accepted by `PairingName.isAcceptable`.
  public var name: String
  /// Where the peer is found, `host:port`; empty at the host, which is called.
  public var address: String

  public init(peer: Fingerprint, name: String, address: String) {
    self.peer = peer
    self.name = name
    self.address = address
  }

  public func serialised() -> [UInt8] {
    var writer = RecordWriter(kind: Self.kind, version: Self.version)
    writer.append(peer.bytes.span)
    writer.append([UInt8](name.utf8).span)
    writer.append([UInt8](address.utf8).span)
    return writer.finish()
  }

  /// Reads what `serialised` gave.
  public init(parsing record: Span<UInt8>) throws(RecordError) {
    var reader = try RecordReader(record, kind: Self.kind, version: Self.version)
    let bytes = try reader.field()
    name = try reader.text()
    address = try reader.text()
    try reader.end()
    guard let fingerprint = Fingerprint(bytes.span) else { throw .unusable }
    peer = fingerprint
  }
}

/// Names that devices give themselves. They are shown on a display and in terminals, so they must not be able to hide or forge anything there.
public enum PairingName {
  /// Bytes of UTF-8: fits a card's title on the smallest display.
  public static let limit = 64

  /// 1…64 bytes without control characters (C0, DEL, C1), without marks that change the direction of text, and without characters that
  /// show nothing (Unicode's default-ignorable ones, but for the variation selectors of emoji).
  public static func isAcceptable(_ name: String) -> Bool {
    guard (1...limit).contains(name.utf8.count) else { return false }
    for scalar in name.unicodeScalars {
      switch scalar.value {
      case 0..<0x20, 0x7f..<0xa0, 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b...0x180f, 0x200b...0x200f,
        0x2028...0x202e, 0x2060...0x206f, 0x3164, 0xfeff, 0xffa0, 0xfff0...0xfffb, 0xe0000...0xe0fff:
        return false
      default: continue
      }
    }
    return true
  }
}
