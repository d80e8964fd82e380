import HAL

/// What every storage asks of the records it keeps.
public enum RecordName {
  /// Bytes of a record: they are keys and pairings.
  public static let largestRecord = 64 * 1024
  private static let longest = 64

  /// Names are file names: small letters, digits, `-`, `_` and `.`, not first a dot.
  public static func checked(_ name: StaticString) throws(DeviceError) -> [UInt8] {
    let bytes = name.withUTF8Buffer { [UInt8]($0) }
    let isGood =
      !bytes.isEmpty && bytes.count <= longest && bytes[0] != UInt8(ascii: ".")
      && bytes.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
      }
    guard isGood else { throw DeviceError(.storage, "name", .unsupported) }
    return bytes
  }
}
