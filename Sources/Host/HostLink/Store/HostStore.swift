import Foundation
import Wire

/// Glasses that may talk to this host.
public struct PairedDevice: Sendable, Equatable, Codable {
  public var name: String
  public var fingerprint: Fingerprint
  public var paired: Date

  public init(name: String, fingerprint: Fingerprint, paired: Date) {
    self.name = name
    self.fingerprint = fingerprint
    self.paired = paired
  }

  private enum Key: String, CodingKey { case name, fingerprint, paired }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    name = try container.decode(String.self, forKey: .name)
    let hex = try container.decode(String.self, forKey: .fingerprint)
    guard let fingerprint = Fingerprint(hex: hex) else {
      throw DecodingError.dataCorruptedError(forKey: .fingerprint, in: container, debugDescription: "no fingerprint")
    }
    self.fingerprint = fingerprint
    paired = try container.decode(Date.self, forKey: .paired)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(fingerprint.hex, forKey: .fingerprint)
    try container.encode(paired, forKey: .paired)
  }
}

/// The host's state directory (mode 0700): its identity (`identity`, 0600), one file per paired device (`devices/FINGERPRINT.json`),
/// the control socket, and what the assistant keeps (`memory.sqlite`).
///
/// Nothing is cached: each question reads the files, so that another process's `pair` or `forget` counts at once. A file is
/// written beside and renamed, so that a crash leaves the old or the new one.
public struct HostStore: Sendable {
  public let directory: String
  public let identity: Identity

  /// Opens or makes the directory and the identity. Throws `HostFailure` when others may read or write there.
  public init(directory: String) throws {
    self.directory = directory
    try Self.makePrivate(directory)
    try Self.makePrivate(directory + "/devices")
    identity = try Self.loadIdentity(directory + "/identity")
  }

  /// Where the assistant keeps what it remembers.
  public var memoryPath: String { directory + "/memory.sqlite" }
  /// Where `serve` listens for `pair` and `forget`.
  public var controlPath: String { directory + "/control" }

  // MARK: Devices

  /// All of them, by name. Files that are no device are left out; `problems` names them.
  public func devices() -> [PairedDevice] {
    fileNames().compactMap { try? read($0) }.sorted { ($0.name, $0.fingerprint.hex) < ($1.name, $1.fingerprint.hex) }
  }

  /// What is wrong with files among the devices, in words.
  public func problems() -> [String] {
    fileNames().compactMap { name in
      do {
        _ = try read(name)
        return nil
      } catch {
        return "\(directory)/devices/\(name) is no paired device: \(error). Remove it and pair again"
      }
    }
  }

  /// Nil when it is not paired, or its file cannot be used.
  public func device(_ fingerprint: Fingerprint) -> PairedDevice? {
    guard let device = try? read(fingerprint.hex + ".json"), device.fingerprint == fingerprint else { return nil }
    return device
  }

  /// Adds or replaces a device.
  public func add(_ device: PairedDevice) throws {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys]
    try Self.replace(path(device.fingerprint), with: try encoder.encode(device))
  }

  /// False when it was not there.
  public func remove(_ fingerprint: Fingerprint) throws -> Bool {
    if unlink(path(fingerprint)) == 0 { return true }
    guard errno == ENOENT else { throw HostFailure("cannot remove \(path(fingerprint)): \(Self.lastError)") }
    return false
  }

  private func path(_ fingerprint: Fingerprint) -> String { "\(directory)/devices/\(fingerprint.hex).json" }

  private func fileNames() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/devices")) ?? []
    return names.filter { $0.hasSuffix(".json") }.sorted()
  }

  private func read(_ name: String) throws -> PairedDevice {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return try decoder.decode(
      PairedDevice.self, from: try Data(contentsOf: URL(fileURLWithPath: "\(directory)/devices/\(name)")))
  }

  // MARK: Files

  /// A directory that only its owner may look into; made with its parents when it is not there.
  private static func makePrivate(_ path: String) throws {
    var status = stat()
    if stat(path, &status) != 0 {
      do {
        try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      } catch {
        throw HostFailure("cannot make the directory \(path): \(error.localizedDescription)")
      }
      return
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw HostFailure("\(path) is no directory: choose another with --state") }
    try check(status, path, allowed: 0o700)
  }

  private static func check(_ status: stat, _ path: String, allowed: mode_t) throws {
    guard status.st_uid == geteuid() else {
      throw HostFailure("\(path) belongs to another user: choose another directory with --state")
    }
    guard status.st_mode & 0o777 & ~allowed == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw HostFailure(
        "others may read or write \(path) (mode \(mode)): run chmod \(String(allowed, radix: 8)) \(path), and if someone may have copied "
          + "the key, remove \"identity\" and \"devices\" in the state directory and pair again")
    }
  }

  private static func loadIdentity(_ path: String) throws -> Identity {
    var status = stat()
    if stat(path, &status) != 0 {
      guard errno == ENOENT else { throw HostFailure("cannot look at \(path): \(lastError)") }
      guard let identity = Identity.create() else { throw HostFailure("cannot make a key: the system's random generator failed") }
      if try create(path, with: Data(identity.serialised())) { return identity }
      // Another process was first, and may have shown its key already.
      return try loadIdentity(path)
    }
    try check(status, path, allowed: 0o600)
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw HostFailure("cannot read \(path): \(error.localizedDescription)")
    }
    do {
      return try Identity(parsing: bytes.span)
    } catch {
      throw HostFailure("\(path) cannot be used: \(error.phrase). Remove it and pair every device again")
    }
  }

  /// Writes the file, taking the place of what was there: there is always the old or the new one, also after a power failure.
  private static func replace(_ path: String, with data: Data) throws {
    let beside = try written(data, beside: path)
    defer { unlink(beside) }
    guard rename(beside, path) == 0 else { throw HostFailure("cannot replace \(path): \(lastError)") }
    try synchronise(directoryOf: path)
  }

  /// Writes the file unless there is one; false when there was.
  private static func create(_ path: String, with data: Data) throws -> Bool {
    let beside = try written(data, beside: path)
    defer { unlink(beside) }
    if link(beside, path) != 0 {
      guard errno == EEXIST else { throw HostFailure("cannot write \(path): \(lastError)") }
      return false
    }
    try synchronise(directoryOf: path)
    return true
  }

  private static func synchronise(directoryOf path: String) throws {
    let directory = (path as NSString).deletingLastPathComponent
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw HostFailure("cannot open \(directory): \(lastError)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw HostFailure("cannot write \(directory): \(lastError)") }
  }

  /// A file of nobody else's with the data beside the path, on disk. Mode 0600 from the first byte.
  private static func written(_ data: Data, beside path: String) throws -> String {
    let beside = "\(path).\(UUID().uuidString).new"
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw HostFailure("cannot write \(beside): \(lastError)") }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try handle.write(contentsOf: data)
      try handle.synchronize()
      try handle.close()
    } catch {
      unlink(beside)
      throw HostFailure("cannot write \(beside): \(error.localizedDescription)")
    }
    return beside
  }

  private static var lastError: String { String(cString: strerror(errno)) }
}
