import Drivers
import HAL
import Units

/// The storage of the simulated board: files as on a real one, or memory.
public final class SimStorage: Storage {
  private enum Place {
    case memory
    case files(FileStorage)
  }

  private let place: Place
  private var records: [(name: [UInt8], bytes: [UInt8])] = []

  /// In memory, when `folder` is nil; otherwise makes the folder, with those above it, where it is missing.
  init(folder: String?) throws(DeviceError) {
    if let folder { place = .files(try FileStorage(folder: folder)) } else { place = .memory }
  }

  public func load(_ name: StaticString) throws(DeviceError) -> [UInt8]? {
    switch place {
    case .files(let files): return try files.load(name)
    case .memory:
      let name = try RecordName.checked(name)
      return records.first { $0.name == name }?.bytes
    }
  }

  public func save(_ name: StaticString, _ bytes: Span<UInt8>) throws(DeviceError) {
    switch place {
    case .files(let files): try files.save(name, bytes)
    case .memory:
      let name = try RecordName.checked(name)
      guard bytes.count <= RecordName.largestRecord else { throw DeviceError(.storage, "save", .full) }
      records.removeAll { $0.name == name }
      records.append((name: name, bytes: bytes.withUnsafeBufferPointer { [UInt8]($0) }))
    }
  }

  public func remove(_ name: StaticString) throws(DeviceError) {
    switch place {
    case .files(let files): try files.remove(name)
    case .memory:
      let name = try RecordName.checked(name)
      records.removeAll { $0.name == name }
    }
  }
}
