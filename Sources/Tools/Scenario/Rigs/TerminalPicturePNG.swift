import CImage

extension TerminalPicture {
  /// Reads a PNG; nil when it cannot be read (it may still be in the writing).
  public init?(png path: String) {
    var pixels: UnsafeMutablePointer<UInt32>?
    var width: UInt32 = 0
    var height: UInt32 = 0
    guard sotto_png_read(path, &pixels, &width, &height) == 0, let pixels else { return nil }
    defer { sotto_picture_free(pixels) }
    self.init(
      width: Int(width), height: Int(height), pixels: Array(UnsafeBufferPointer(start: pixels, count: Int(width) * Int(height))))
  }
}
