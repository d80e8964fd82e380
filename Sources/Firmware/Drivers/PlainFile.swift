import CLinux
import HAL
import Units

/// An open file; closed with its last reference.
public final class PlainFile {
  public let descriptor: Int32

  /// Takes over a descriptor.
  public init(descriptor: Int32) { self.descriptor = descriptor }

  /// Creates or empties a file for writing.
  public init(replacing path: String, mode: UInt32 = 0o600, for part: Part) throws(DeviceError) {
    descriptor = path.withCString { sotto_open($0, SOTTO_OPEN_REPLACE, mode) }
    if descriptor < 0 { throw DeviceError(system: part, "create file", descriptor) }
  }

  deinit {
    if descriptor >= 0 { sotto_close(descriptor) }
  }

  /// Writes everything. Returns 0 or the negated error number.
  public func write(_ bytes: Span<UInt8>) -> Int32 {
    bytes.withUnsafeBufferPointer { sotto_write_all(descriptor, $0.baseAddress, $0.count) }
  }

  /// Writes everything at an offset. Returns 0 or the negated error number.
  public func write(_ bytes: Span<UInt8>, at offset: Int64) -> Int32 {
    bytes.withUnsafeBufferPointer { sotto_write_at(descriptor, $0.baseAddress, $0.count, offset) }
  }

  /// The whole of a file of at most `limit` bytes.
  public static func read(_ path: String, limit: Int, for part: Part) throws(DeviceError) -> [UInt8] {
    let descriptor = path.withCString { sotto_open($0, SOTTO_OPEN_READ, 0) }
    if descriptor < 0 { throw DeviceError(system: part, "open file", descriptor) }
    let file = PlainFile(descriptor: descriptor)
    if path.withCString({ sotto_is_directory($0) }) == 1 { throw DeviceError(part, "open file", .unsupported) }
    let size = Int(sotto_file_size(file.descriptor))
    var bytes: [UInt8] = []
    // One byte more than the size, so that the end is seen without growing.
    bytes.reserveCapacity(min(max(size, 0), limit) + 1)
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = chunk.withUnsafeMutableBytes { sotto_read(file.descriptor, $0.baseAddress, $0.count) }
      if count < 0 { throw DeviceError(system: part, "read file", Int32(count)) }
      if count == 0 { return bytes }
      if bytes.count + Int(count) > limit { throw DeviceError(part, "read file", .full) }
      bytes.append(contentsOf: chunk[0..<Int(count)])
    }
  }
}
