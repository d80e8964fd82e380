/// A part of the assistant that could not do its work, and why, in words for the wearer.
public struct BackEndFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// The parts a turn is made of.
  public enum Part: String, Sendable {
    case recogniser = "speech recogniser"
    case language = "language model"
    case voice = "voice"
    case imageReader = "picture reader"
    case memory = "memory"
  }

  public var part: Part
  /// Plain words without a full stop, such as “the model file is missing”.
  public var reason: String

  public init(_ part: Part, _ reason: String) {
    self.part = part
    self.reason = reason
  }

  public var description: String { "The \(part.rawValue) failed: \(reason)." }
}

extension BackEndFailure {
  /// The failure as it is, or an unforeseen error of a plugged-in part in that part's name.
  static func from(_ error: any Error, part: Part) -> BackEndFailure {
    (error as? BackEndFailure) ?? BackEndFailure(part, "\(error)")
  }
}
