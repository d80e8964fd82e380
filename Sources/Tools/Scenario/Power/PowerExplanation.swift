import Foundation

/// Who holds which part up, since when, and at what cost, at one instant: what `sotto power explain` shows. Times are microseconds of the
/// glasses' clock; energy is modelled (docs/power.md).
public struct PowerExplanation: Sendable, Equatable {
  public struct Element: Sendable, Equatable {
    public var part: String
    public var level: Int
    public var since: Int64
    public var milliwatts: Double
    /// Used since the glasses began, in microjoules.
    public var energy: Int64
    /// In the order in which they were taken.
    public var holders: [Holder] = []
    public var reasons: [Reason] = []
  }

  public struct Holder: Sendable, Equatable {
    public var name: String
    public var level: Int
    public var since: Int64
    /// What the part has used since the lease was taken, for whomever, in microjoules.
    public var energy: Int64
  }

  /// The part is up because another one, at this level, cannot be had without it.
  public struct Reason: Sendable, Equatable {
    public var part: String
    public var level: Int
  }

  public var now: Int64
  public var state: String
  public var stateSince: Int64
  public var turn: Int
  public var elements: [Element]

  public init(now: Int64, state: String, stateSince: Int64, turn: Int, elements: [Element] = []) {
    self.now = now
    self.state = state
    self.stateSince = stateSince
    self.turn = turn
    self.elements = elements
  }

  public var milliwatts: Double { elements.reduce(0) { $0 + $1.milliwatts } }
  public var energy: Int64 { elements.reduce(0) { $0 + $1.energy } }

  /// Up without a holder or a reason that is known.
  public var unexplained: [String] {
    elements.filter { $0.level > 0 && $0.holders.isEmpty && $0.reasons.isEmpty }.map { $0.part }
  }

  mutating func add(_ holder: Holder, to part: String) {
    guard let index = elements.firstIndex(where: { $0.part == part }) else { return }
    elements[index].holders.append(holder)
    elements[index].holders.sort { ($0.since, $0.name, $0.level) < ($1.since, $1.name, $1.level) }
  }

  mutating func add(_ reason: Reason, to part: String) {
    guard let index = elements.firstIndex(where: { $0.part == part }) else { return }
    elements[index].reasons.append(reason)
  }
}
