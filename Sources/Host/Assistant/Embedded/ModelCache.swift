import Foundation

/// The folder that `tools/setup` fills.
public struct ModelCache: Sendable {
  public var directory: String

  public init(directory: String) { self.directory = directory }

  /// `$SOTTO_CACHE`, or `~/.cache/sotto`.
  public static var standardDirectory: String {
    ProcessInfo.processInfo.environment["SOTTO_CACHE"] ?? NSHomeDirectory() + "/.cache/sotto"
  }

  /// The files of the recogniser. Throws when one is missing.
  func moonshine() throws(BackEndFailure) -> MoonshineFiles {
    MoonshineFiles(
      encoder: try file("models/moonshine/encoder.ort", .recogniser),
      decoder: try file("models/moonshine/decoder.ort", .recogniser),
      tokens: try file("models/moonshine/tokens.txt", .recogniser))
  }

  /// The files of the voice. Throws when one is missing.
  func piper() throws(BackEndFailure) -> PiperFiles {
    PiperFiles(model: try file("models/piper/voice.onnx", .voice), tokens: try file("models/piper/tokens.txt", .voice))
  }

  private func file(_ name: String, _ part: BackEndFailure.Part) throws(BackEndFailure) -> String {
    let path = "\(directory)/\(name)"
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw BackEndFailure(part, "the file \(path) is missing; run tools/setup")
    }
    return path
  }
}

struct MoonshineFiles: Sendable {
  var encoder: String
  var decoder: String
  var tokens: String
}

struct PiperFiles: Sendable {
  var model: String
  var tokens: String
}
