import Wyoming

/// A Wyoming service, such as the add-ons of Home Assistant.
public struct WyomingSettings: Sendable, Equatable {
  public var address: WyomingAddress
  /// The language as a two-letter code, for recognisers that know several.
  public var language: String?
  /// The model of a recogniser, or the voice, by the names that the service lists; nil takes the service's own choice.
  public var model: String?
  /// What a service that answers questions does with them.
  public var answers = Answers.handle
  public var deadlines = BackEndDeadlines()

  public enum Answers: String, Sendable, Equatable, CaseIterable {
    /// It takes the text and answers (`handled`).
    case handle
    /// It names what is meant (`intent`), with a sentence to say.
    case intent
  }

  public init(address: WyomingAddress) { self.address = address }
}
