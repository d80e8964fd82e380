import HAL
import Units
import Wire

/// Why the glasses cannot start at all.
public enum StartFailure: Error, Sendable {
  case storage(DeviceError)
  /// A record is there but damaged. It is left alone: removing it means pairing anew, which is for a person to decide.
  case record(StaticString, RecordError)
  /// No key could be made: the system has no entropy or its cryptography is broken.
  case identity
  case codec
}

extension Glasses {
  /// The keys of these glasses; made at the first start.
  static func loadIdentity(from storage: B.StorageDevice) throws(StartFailure) -> Identity {
    if let record = try load(Identity.recordName, from: storage) {
      do throws(RecordError) {
        return try Identity(parsing: record.span)
      } catch {
        throw .record(Identity.recordName, error)
      }
    }
    guard let identity = Identity.create() else { throw .identity }
    do throws(DeviceError) {
      try storage.save(Identity.recordName, identity.serialised().span)
    } catch {
      throw .storage(error)
    }
    return identity
  }

  /// The host that these glasses are paired with, if any.
  static func loadPairing(from storage: B.StorageDevice) throws(StartFailure) -> Pairing? {
    guard let record = try load(Pairing.recordName, from: storage) else { return nil }
    do throws(RecordError) {
      return try Pairing(parsing: record.span)
    } catch {
      throw .record(Pairing.recordName, error)
    }
  }

  private static func load(_ name: StaticString, from storage: B.StorageDevice) throws(StartFailure) -> [UInt8]? {
    do throws(DeviceError) {
      return try storage.load(name)
    } catch {
      throw .storage(error)
    }
  }
}
