import Foundation
import NIOCore

/// Divides a byte stream into events. Holds no more than one event's bounds.
///
/// ```
/// header ──line──▶ body ──data and payload complete──▶ header
///   └──── a length over its bound, no JSON ────▶ throws (the stream is of no use after that)
/// ```
public struct WyomingDecoder: NIOSingleStepByteToMessageDecoder {
  public typealias InboundOut = WyomingEvent

  private struct Header {
    var type: String
    var inline: [String: Any]
    var data: Int
    var payload: Int
  }

  private let limits: WyomingLimits
  private var header: Header?
  /// Bytes of an unfinished line that were searched already.
  private var searched = 0

  public init(limits: WyomingLimits = WyomingLimits()) { self.limits = limits }

  /// The next event, or nil when more bytes are needed.
  public mutating func decode(buffer: inout ByteBuffer) throws -> WyomingEvent? {
    if header == nil {
      guard let line = try line(&buffer) else { return nil }
      header = try read(line)
    }
    guard let header, buffer.readableBytes >= header.data + header.payload,
      let data = buffer.readBytes(length: header.data), let payload = buffer.readBytes(length: header.payload)
    else { return nil }
    self.header = nil
    return WyomingEvent(type: header.type, data: try Self.merged(header.inline, data), payload: payload)
  }

  public mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> WyomingEvent? {
    try decode(buffer: &buffer)
  }

  private mutating func line(_ buffer: inout ByteBuffer) throws(WyomingFailure) -> [UInt8]? {
    let bytes = buffer.readableBytesView
    guard let end = bytes.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) else {
      searched = bytes.count
      if searched > limits.header { throw .tooLong("a header line of over \(limits.header) bytes") }
      return nil
    }
    searched = 0
    let length = end - bytes.startIndex
    guard length <= limits.header else { throw .tooLong("a header line of over \(limits.header) bytes") }
    let line = buffer.readBytes(length: length)
    buffer.moveReaderIndex(forwardBy: 1)
    return line
  }

  private func read(_ line: [UInt8]) throws(WyomingFailure) -> Header {
    guard let parsed = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
      let type = parsed["type"] as? String, !type.isEmpty
    else { throw .malformed("a header line that is no JSON object with a type: this is no Wyoming service") }
    return Header(
      type: type, inline: parsed["data"] as? [String: Any] ?? [:],
      data: try length(parsed["data_length"], "data", limits.data),
      payload: try length(parsed["payload_length"], "payload", limits.payload))
  }

  private func length(_ value: Any?, _ what: String, _ limit: Int) throws(WyomingFailure) -> Int {
    guard let value, !(value is NSNull) else { return 0 }
    guard let number = value as? Int, number >= 0 else { throw .malformed("a \(what) length that is no number of bytes") }
    guard number <= limit else { throw .tooLong("\(what) of \(number) bytes (\(limit) are taken)") }
    return number
  }

  /// Data may stand in the header, after it, or both; what stands after it counts more.
  private static func merged(_ inline: [String: Any], _ data: [UInt8]) throws(WyomingFailure) -> [UInt8] {
    if inline.isEmpty { return data }
    var all = inline
    if !data.isEmpty {
      guard let later = try? JSONSerialization.jsonObject(with: Data(data)) as? [String: Any] else {
        throw .malformed("data that is no JSON object")
      }
      all.merge(later) { _, later in later }
    }
    guard let bytes = try? JSONSerialization.data(withJSONObject: all) else { throw .malformed("data that is no JSON object") }
    return [UInt8](bytes)
  }
}
