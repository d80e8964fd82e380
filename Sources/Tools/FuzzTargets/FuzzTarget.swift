import HAL
import SimBoard
import Units
import Wake

/// What is fed with bytes that nobody vouches for: each reads a kind of file that somebody may drop into a folder. Nothing may crash, read or
/// write where it must not, or take for ever; that the bytes are refused is as good as that they are taken.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// A `.tflite` file, and the network in it.
  case model
  /// A wake word's `.json` file.
  case manifest
  case wav
  /// A board file's list of wake words.
  case words

  /// Longer inputs find nothing more and take longer.
  public var longestInput: Int {
    switch self {
    case .model: 1 << 17
    case .manifest: 4096
    case .wav: 8192
    case .words: 512
    }
  }

  public func feed(_ bytes: [UInt8]) {
    switch self {
    case .model: Self.model(bytes)
    case .manifest: _ = try? WakeWordDescription(json: bytes)
    case .wav: Self.wav(bytes)
    case .words: _ = try? WakeWordChoice.list(String(decoding: bytes, as: UTF8.self))
    }
  }

  private static func model(_ bytes: [UInt8]) {
    _ = try? ModelSummary(bytes)
    guard let network = try? WakeNetwork(bytes) else { return }
    // Whatever it remembers from one run to the next lies where it should, too.
    for value in [Int8.min, 0, .max] {
      let input = [Int8](repeating: value, count: network.frames * 40)
      _ = network.run(input.span)
    }
    network.reset()
    let description = WakeWordDescription(phrase: "x", model: "x", cutoff: 0.5, window: 5)
    guard let word = try? WakeWord(description, model: bytes) else { return }
    let features = [UInt16](repeating: 300, count: 40)
    for _ in 0..<min(network.frames, 8) { _ = word.hear(features.span) }
  }

  private static func wav(_ bytes: [UInt8]) {
    guard let sound = try? WAVReader.read(bytes) else { return }
    _ = try? Resampling.captured(sound)
  }
}
