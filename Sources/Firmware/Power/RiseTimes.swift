import HAL
import Units

/// The longest time that each part takes from off to the level that work asks for, as the board's file or a measurement says.
public struct RiseTimes: Sendable, Hashable {
  private var times: [Duration]

  /// All parts rise at once: right for boards that give no figures.
  public init() {
    times = [Duration](repeating: .zero, count: Part.allCases.count + 1)
  }

  /// Zero or more.
  public subscript(part: Part) -> Duration {
    get { times[Int(part.rawValue)] }
    set {
      precondition(newValue >= .zero, "a rise takes no negative time")
      times[Int(part.rawValue)] = newValue
    }
  }

  /// The longest time until all of `levels` are reached. Parts that depend on each other rise one after the other, so the times
  /// are added: too much for parts that are independent, never too little.
  public func longest(_ levels: PartLevels) -> Duration {
    var sum = Duration.zero
    for part in Part.allCases where levels[part] > 0 { sum += self[part] }
    return sum
  }
}
