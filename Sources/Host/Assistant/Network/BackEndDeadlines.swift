/// How long a back end may take before the next one is asked. Two of them in a row stay below the turn's own `StageDeadlines`.
public struct BackEndDeadlines: Sendable, Equatable {
  /// To connect. A service in the same house answers in milliseconds; one that is off must not hold the turn up.
  public var connect: Duration = .seconds(1)
  /// From the request to the first output: a small model that reads a new prompt on a small computer takes a few seconds.
  public var firstOutput: Duration = .seconds(4)
  /// Between outputs.
  public var idle: Duration = .seconds(4)

  public init() {}
}

extension Duration {
  /// Such as “8 s” or “300 ms”.
  var words: String {
    let milliseconds = Int((self / .milliseconds(1)).rounded())
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
  }
}
