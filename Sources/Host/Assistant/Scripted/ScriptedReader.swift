/// Reads the same text in every picture.
public struct ScriptedReader: ImageReader {
  private let text: PictureText

  public init(_ text: PictureText) { self.text = text }

  public func warmUp() async throws {}
  public func read(_ picture: Picture) async throws -> PictureText { text }
}
