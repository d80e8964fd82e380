import CLinux
import HAL

/// The small texts through which the kernel shows and takes the values of devices (sysfs).
public enum SystemFile {
  /// One page: what the kernel gives at most.
  private static let largest = 4096

  /// What the file says, without the newline at its end.
  public static func read(_ path: String, _ part: Part, _ operation: StaticString) throws(DeviceError) -> [UInt8] {
    let descriptor = path.withCString { sotto_open($0, SOTTO_OPEN_READ, 0) }
    if descriptor < 0 { throw DeviceError(system: part, operation, descriptor) }
    defer { sotto_close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: largest)
    let count = bytes.withUnsafeMutableBytes { sotto_read(descriptor, $0.baseAddress, $0.count) }
    if count < 0 { throw DeviceError(system: part, operation, Int32(count)) }
    bytes.removeLast(bytes.count - Int(count))
    while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    return bytes
  }

  public static func number(_ path: String, _ part: Part, _ operation: StaticString) throws(DeviceError) -> Int64 {
    let bytes = try read(path, part, operation)
    guard let number = Int64(String(decoding: bytes, as: UTF8.self)) else { throw DeviceError(part, operation, .malformed) }
    return number
  }

  /// Writes it in one go, as the kernel wants it. 0 or the negated error number.
  public static func write(_ path: String, _ text: [UInt8]) -> Int32 {
    let descriptor = path.withCString { sotto_open($0, SOTTO_OPEN_WRITE, 0) }
    guard descriptor >= 0 else { return descriptor }
    defer { sotto_close(descriptor) }
    return text.withUnsafeBufferPointer { sotto_write_all(descriptor, $0.baseAddress, $0.count) }
  }

  /// The names in a folder, without those that begin with a dot; empty when there is no such folder.
  public static func names(in folder: String) -> [String] {
    var memory: UnsafeMutablePointer<CChar>?
    var size = 0
    let count = folder.withCString { sotto_list_files($0, &memory, &size) }
    guard count >= 0, let memory else { return [] }
    defer { sotto_free(memory) }
    return UnsafeRawBufferPointer(start: memory, count: size).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}
