import Units

/// What a wake word's `.json` file says beside its model: the manifest of the microWakeWord family, version 2.
public struct WakeWordDescription: Sendable, Hashable {
  /// What to say, for people.
  public var phrase: String
  /// Name of the model's file, in the same folder.
  public var model: String
  /// The mean of the last outputs has to be above this, 0…1.
  public var cutoff: Double
  /// How many outputs the mean is taken of, 1…64.
  public var window: Int

  public init(phrase: String, model: String, cutoff: Double, window: Int) {
    self.phrase = phrase
    self.model = model
    self.cutoff = cutoff
    self.window = window
  }

  /// Reads a manifest. Anything that is missing or out of range is refused.
  public init(json: [UInt8]) throws(WakeWordError) {
    guard json.count <= Self.longestFile else { throw .manifestTooLong }
    var phrase: String?
    var model: String?
    var cutoff: Double?
    var window: Double?
    var step: Double?
    var version: Double?
    do throws(JSONReader.Failure) {
      try JSONReader.read(json) { path, value in
        switch value {
        case .string(let text):
          if path == ["wake_word"] { phrase = text }
          if path == ["model"] { model = text }
        case .number(let number):
          if path == ["version"] { version = number }
          if path == ["micro", "probability_cutoff"] { cutoff = number }
          if path == ["micro", "sliding_window_size"] { window = number }
          if path == ["micro", "feature_step_size"] { step = number }
        }
      }
    } catch {
      throw .notJSON(at: error.position)
    }
    guard version == 2 else { throw .version }
    guard let phrase, !phrase.isEmpty else { throw .missing("wake_word") }
    guard let model, Self.isFileName(model) else { throw .missing("model") }
    guard let cutoff, cutoff >= 0, cutoff <= 1 else { throw .missing("micro.probability_cutoff") }
    guard let window, window >= 1, window <= 64, window == window.rounded() else { throw .missing("micro.sliding_window_size") }
    // 10 ms is the only step that the features come at.
    guard step == nil || step == 10 else { throw .missing("micro.feature_step_size") }
    self.init(phrase: phrase, model: model, cutoff: cutoff, window: Int(window))
  }

  /// Bytes of a description, and of a model, at most.
  public static let longestFile = 64 * 1024
  public static let longestModel = 1 << 20

  /// A file in the same folder, and not a way out of it.
  private static func isFileName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.first != UInt8(ascii: ".") && !name.utf8.contains(UInt8(ascii: "/"))
      && !name.utf8.contains(0)
  }
}

/// Why a wake word cannot be used.
public enum WakeWordError: Error, Sendable {
  case manifestTooLong
  case notJSON(at: Int)
  /// Not version 2 of the manifest.
  case version
  /// What is missing from the manifest, or out of range.
  case missing(StaticString)
  case model(ModelError)

  /// What a person is told.
  public func describe(in text: inout TextBuffer) {
    switch self {
    case .manifestTooLong: text.append("the description is longer than any can be")
    case .notJSON(let position):
      text.append("the description is not JSON from byte ")
      text.append(position)
      text.append(" on")
    case .version: text.append("the description is not of version 2")
    case .missing(let name):
      text.append("the description lacks a usable \"")
      text.append(name)
      text.append("\"")
    case .model(let error): error.describe(in: &text)
    }
  }
}
