import Assistant
import Wire

/// Puts the pieces of one picture together. Pieces must come in order and agree with each other; the limit is checked on what
/// the first piece announces, before anything is kept.
struct PictureAssembler: Sendable {
  enum Step: Sendable, Equatable {
    case more
    case complete(Picture)
    /// With the reason in plain words.
    case illegal(String)
  }

  private let limit: Int
  private var first: PictureChunk?
  private var bytes: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  mutating func add(_ chunk: PictureChunk) -> Step {
    guard chunk.totalBytes > 0, chunk.totalBytes <= limit else {
      return .illegal("a picture of \(chunk.totalBytes) bytes (1 to \(limit) are taken)")
    }
    guard let format = Picture.Format(wire: chunk.format) else { return .illegal("a picture in unknown format \(chunk.format)") }
    guard [0, 90, 180, 270].contains(chunk.rotation) else { return .illegal("a picture turned by \(chunk.rotation) degrees") }
    if let first {
      guard chunk.totalBytes == first.totalBytes, chunk.format == first.format, chunk.rotation == first.rotation else {
        return .illegal("pieces of two different pictures")
      }
    } else {
      first = chunk
      first?.bytes = []
    }
    guard chunk.offset == bytes.count else {
      return .illegal("a piece of a picture at \(chunk.offset) where \(bytes.count) was next")
    }
    guard !chunk.bytes.isEmpty, chunk.bytes.count <= Int(chunk.totalBytes) - bytes.count else {
      return .illegal("a piece of \(chunk.bytes.count) bytes that does not fit its picture")
    }
    bytes.append(contentsOf: chunk.bytes)
    guard bytes.count == Int(chunk.totalBytes) else { return .more }
    return .complete(Picture(bytes: bytes, format: format, rotation: Int(chunk.rotation)))
  }
}

extension Picture.Format {
  /// From `PictureFormat` raw values, as fixed in `sotto.proto`.
  init?(wire value: UInt32) {
    switch value {
    case 1: self = .jpeg
    case 2: self = .png
    default: return nil
    }
  }
}
