/// Words that are spoken while an answer lets itself be waited for. They are no part of it: neither shown nor remembered.
public struct Filler: Sendable, Equatable {
  public var words: String
  /// From the final transcript; an answer whose first sentence comes sooner is not preceded by it. A silence of more than a second makes
  /// people ask again.
  public var after: Duration

  public init(words: String, after: Duration = .milliseconds(1200)) {
    self.words = words
    self.after = after
  }
}
