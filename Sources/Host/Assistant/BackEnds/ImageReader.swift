/// What can be read in a picture.
public struct PictureText: Sendable, Equatable {
  /// A bar code or QR code.
  public struct Code: Sendable, Equatable {
    /// The symbology, such as “QR-Code” or “EAN-13”.
    public var kind: String
    public var text: String
    public init(kind: String, text: String) {
      self.kind = kind
      self.text = text
    }
  }

  /// Printed lines in reading order, without empty ones.
  public var lines: [String]
  public var codes: [Code]

  public init(lines: [String] = [], codes: [Code] = []) {
    self.lines = lines
    self.codes = codes
  }
}

/// Reads text and codes in pictures.
public protocol ImageReader: Sendable {
  func warmUp() async throws
  /// Throws `BackEndFailure` when the picture cannot be decoded or the engine fails. A picture without text is not a failure.
  func read(_ picture: Picture) async throws -> PictureText
}
