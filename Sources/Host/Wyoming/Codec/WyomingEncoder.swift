import Foundation
import NIOCore

/// Writes events as the protocol's own library does: lengths in the header, data and payload after it.
public struct WyomingEncoder: MessageToByteEncoder {
  public typealias OutboundIn = WyomingEvent

  /// The version of the protocol that is spoken.
  public static let version = "1.7.2"

  public init() {}

  public func encode(data event: WyomingEvent, out: inout ByteBuffer) {
    var header = "{\"type\": \(Self.quoted(event.type)), \"version\": \"\(Self.version)\""
    if !event.data.isEmpty { header += ", \"data_length\": \(event.data.count)" }
    if !event.payload.isEmpty { header += ", \"payload_length\": \(event.payload.count)" }
    out.writeString(header + "}\n")
    out.writeBytes(event.data)
    out.writeBytes(event.payload)
  }

  private static func quoted(_ text: String) -> String {
    guard let data = try? JSONEncoder().encode(text) else { preconditionFailure("a string always encodes") }
    return String(decoding: data, as: UTF8.self)
  }
}
