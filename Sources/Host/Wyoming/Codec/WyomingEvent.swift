import Foundation

/// One event of the Wyoming protocol as it travels: a JSON header line, JSON data, and bytes (sound).
public struct WyomingEvent: Sendable, Equatable {
  /// What it is, such as `audio-chunk`.
  public var type: String
  /// A JSON object, UTF-8; empty when the event has none.
  public var data: [UInt8]
  /// Sound, mostly; empty when the event has none.
  public var payload: [UInt8]

  public init(type: String, data: [UInt8] = [], payload: [UInt8] = []) {
    self.type = type
    self.data = data
    self.payload = payload
  }

  /// The data as this type. Keys that the type does not know are ignored, as the protocol's versions require.
  public func decoded<Value: Decodable>(_ type: Value.Type) throws(WyomingFailure) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(data.isEmpty ? Array("{}".utf8) : data))
    } catch {
      throw .malformed("the data of a \(self.type.prefix(40)) event cannot be read")
    }
  }
}

/// Why a peer's bytes or connection are of no use, in plain words.
public enum WyomingFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// Bytes that are not the protocol's.
  case malformed(String)
  /// A length beyond what is taken.
  case tooLong(String)
  /// The connection cannot be made, or ended too early.
  case connection(String)
  /// The peer's own words in an `error` event.
  case refused(String)

  public var description: String {
    switch self {
    case .malformed(let words), .tooLong(let words), .connection(let words): words
    case .refused(let words): "it says: \(words)"
    }
  }
}
