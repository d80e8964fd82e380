/// What the host does before the wearer has finished for certain. What is made ahead reaches nobody before the end of speech has come.
public struct SpeculationPolicy: Sendable, Equatable {
  /// The answer and the first sentence's speech are begun in a pause, and dropped when the wearer goes on.
  public var answersAhead: Bool
  /// The glasses are told when the words sound finished, so that they need not wait for the whole silence that ends any turn.
  public var endsEarly: Bool
  /// After the last spoken sound, before the glasses are told. A pause between two words of fluent speech is shorter than 200 ms for the
  /// most part; the recogniser's answer takes about as long anyhow.
  public var leastSilence: Duration

  public init(answersAhead: Bool = true, endsEarly: Bool = true, leastSilence: Duration = .milliseconds(220)) {
    self.answersAhead = answersAhead
    self.endsEarly = endsEarly
    self.leastSilence = leastSilence
  }

  /// Nothing happens before the end of speech.
  public static let off = SpeculationPolicy(answersAhead: false, endsEarly: false)
}
