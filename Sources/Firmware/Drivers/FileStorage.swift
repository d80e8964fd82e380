import CLinux
import HAL
import Units

/// Records in a folder of mode 0700 with one file of mode 0600 per record.
///
/// A record is written to a new file, brought to the disk, and renamed over the old one, and the rename is brought to the disk too: after a
/// power loss there is the old record or the new one, whole.
public final class FileStorage: Storage {
  private let folder: String

  private static let alreadyThere: Int32 = -17  // -EEXIST

  /// Makes the folder, with those above it, where it is missing.
  public init(folder: String) throws(DeviceError) {
    self.folder = folder
    try FileStorage.makeFolders(folder)
    let result = folder.withCString { sotto_set_mode($0, 0o700) }
    if result < 0 { throw DeviceError(system: .storage, "protect folder", result) }
  }

  public func load(_ name: StaticString) throws(DeviceError) -> [UInt8]? {
    let path = FileStorage.path(folder, try RecordName.checked(name))
    do throws(DeviceError) {
      return try PlainFile.read(path, limit: RecordName.largestRecord, for: .storage)
    } catch {
      if error.cause == .absent { return nil }
      throw error
    }
  }

  public func save(_ name: StaticString, _ bytes: Span<UInt8>) throws(DeviceError) {
    let name = try RecordName.checked(name)
    guard bytes.count <= RecordName.largestRecord else { throw DeviceError(.storage, "save", .full) }
    try FileStorage.replace(FileStorage.path(folder, name), in: folder, with: bytes)
  }

  public func remove(_ name: StaticString) throws(DeviceError) {
    let result = FileStorage.path(folder, try RecordName.checked(name)).withCString { sotto_unlink($0) }
    let error = DeviceError(system: .storage, "remove", result)
    if result < 0, error.cause != .absent { throw error }
    try FileStorage.synchronise(folder)
  }

  private static func path(_ folder: String, _ name: [UInt8]) -> String {
    folder + "/" + String(decoding: name, as: UTF8.self)
  }

  private static func makeFolders(_ path: String) throws(DeviceError) {
    let bytes = [UInt8](path.utf8)
    for end in bytes.indices.dropFirst() where bytes[end] == UInt8(ascii: "/") {
      // A folder above may exist and be closed to us; only the last one has to work.
      _ = String(decoding: bytes[0..<end], as: UTF8.self).withCString { sotto_make_directory($0, 0o755) }
    }
    let result = path.withCString { sotto_make_directory($0, 0o700) }
    if result < 0, result != alreadyThere { throw DeviceError(system: .storage, "make folder", result) }
  }

  private static func replace(_ path: String, in folder: String, with bytes: Span<UInt8>) throws(DeviceError) {
    // The leading dot keeps a left-over from ever being a record.
    let temporary = folder + "/.new"
    _ = temporary.withCString { sotto_unlink($0) }
    let descriptor = temporary.withCString { sotto_open($0, SOTTO_OPEN_CREATE_NEW, 0o600) }
    if descriptor < 0 { throw DeviceError(system: .storage, "create", descriptor) }
    let file = PlainFile(descriptor: descriptor)
    var result = file.write(bytes)
    if result >= 0 { result = sotto_sync(file.descriptor) }
    if result >= 0 { result = temporary.withCString { from in path.withCString { sotto_rename(from, $0) } } }
    if result < 0 {
      _ = temporary.withCString { sotto_unlink($0) }
      throw DeviceError(system: .storage, "save", result)
    }
    try synchronise(folder)
  }

  private static func synchronise(_ folder: String) throws(DeviceError) {
    let descriptor = folder.withCString { sotto_open($0, SOTTO_OPEN_DIRECTORY, 0) }
    if descriptor < 0 { throw DeviceError(system: .storage, "open folder", descriptor) }
    let directory = PlainFile(descriptor: descriptor)
    let result = sotto_sync(directory.descriptor)
    if result < 0 { throw DeviceError(system: .storage, "synchronise folder", result) }
  }
}
