import HAL
import Units

/// `part` may be at `level` or above only while `requires` is at `requiredLevel` or above.
public struct PowerDependency: Sendable, Hashable {
  public var part: Part
  public var level: Int
  public var requires: Part
  public var requiredLevel: Int

  public init(_ part: Part, atLevel level: Int, requires other: Part, atLevel requiredLevel: Int) {
    self.part = part
    self.level = level
    self.requires = other
    self.requiredLevel = requiredLevel
  }
}

/// Decides which part of the board is at which level: the highest that a lease, or another part's dependency, asks for.
///
/// Sans-IO: `nextTransition` says what to switch next, in dependency order (what others depend on comes up first and goes down last);
/// whoever does it answers with `completed` or `failed`. A failed part stays failed, and with it every lease that needs it, until all
/// of those leases are released. A part that needs a failed one comes down at once, whoever holds leases on it. What is on its way counts
/// as both where it was and where it goes, whichever is worse: nothing rises on a part that is falling, or falls under one that rises.
public struct PowerBroker: Sendable {
  /// Levels are 0 (off) … 3.
  public static let highestLevel = 3

  public enum LeaseState: Sendable, Hashable {
    case rising
    case held
    case failed(Part)
  }

  public struct Transition: Sendable, Hashable {
    public var part: Part
    public var from: Int
    public var to: Int

    public init(part: Part, from: Int, to: Int) {
      self.part = part
      self.from = from
      self.to = to
    }
  }

  private struct Element: Sendable {
    var level = 0
    /// Leases by level.
    var leases: InlineArray<4, Int> = [0, 0, 0, 0]
    var required = 0
    var hasFailed = false
    /// Where the transition leads that was handed out and has not been answered.
    var movingTo: Int?

    /// Whatever becomes of the transition under way, it is at least, or at most, here.
    var lowest: Int { min(level, movingTo ?? level) }
    var highest: Int { max(level, movingTo ?? level) }
  }

  private let dependencies: [PowerDependency]
  private var elements: [Element]
  /// Nothing has changed since `nextTransition` gave nil: the question is asked with every event, and seldom has another answer.
  private var isSettled = true

  public init(dependencies: [PowerDependency]) {
    self.dependencies = dependencies
    elements = [Element](repeating: Element(), count: Part.allCases.count + 1)
  }

  public mutating func lease(_ part: Part, level: Int) -> Lease {
    precondition(level > 0 && level <= Self.highestLevel, "a lease is on a level above off")
    elements[Int(part.rawValue)].leases[level] += 1
    settleRequirements()
    return Lease(part: part, level: level)
  }

  public mutating func release(_ lease: consuming Lease) {
    elements[Int(lease.part.rawValue)].leases[lease.level] -= 1
    lease.end()
    settleRequirements()
  }

  public func level(of part: Part) -> Int { elements[Int(part.rawValue)].level }

  /// What a part was asked to do and has not answered yet.
  public func transition(of part: Part) -> Transition? {
    let element = elements[Int(part.rawValue)]
    guard let goal = element.movingTo else { return nil }
    return Transition(part: part, from: element.level, to: goal)
  }

  package func hasFailed(_ part: Part) -> Bool { elements[Int(part.rawValue)].hasFailed }
  /// A transition of it was handed out and has not been answered.
  package func isMoving(_ part: Part) -> Bool { elements[Int(part.rawValue)].movingTo != nil }
  /// Leases on a part at exactly this level that have not been given back.
  package func leaseCount(of part: Part, level: Int) -> Int { elements[Int(part.rawValue)].leases[level] }

  /// Leases that have not been given back.
  public var leaseCount: Int {
    var count = 0
    for element in elements {
      for level in element.leases.indices { count += element.leases[level] }
    }
    return count
  }

  public func state(of lease: borrowing Lease) -> LeaseState {
    state(of: lease.part, level: lease.level)
  }

  private func state(of part: Part, level: Int) -> LeaseState {
    let element = elements[Int(part.rawValue)]
    if element.hasFailed { return .failed(part) }
    for index in dependencies.indices where dependencies[index].part == part && level >= dependencies[index].level {
      let dependency = dependencies[index]
      if case .failed(let culprit) = state(of: dependency.requires, level: dependency.requiredLevel) { return .failed(culprit) }
    }
    return element.level >= level ? .held : .rising
  }

  /// The next switch to make, or nil when every part is where it should be (or on its way).
  public mutating func nextTransition() -> Transition? {
    if isSettled { return nil }
    for part in Part.allCases {
      let element = elements[Int(part.rawValue)]
      let target = target(of: part)
      guard element.level != target, element.movingTo == nil else { continue }
      let isAllowed = target > element.level ? canRise(part, to: target) : canFall(part, to: target)
      guard isAllowed else { continue }
      elements[Int(part.rawValue)].movingTo = target
      return Transition(part: part, from: element.level, to: target)
    }
    isSettled = true
    return nil
  }

  public mutating func completed(_ transition: Transition) {
    elements[Int(transition.part.rawValue)].movingTo = nil
    elements[Int(transition.part.rawValue)].level = transition.to
    isSettled = false
  }

  /// The part is off and stays so until the leases that need it are gone. Also for a part that fails while it is up.
  public mutating func failed(_ part: Part) {
    elements[Int(part.rawValue)].movingTo = nil
    elements[Int(part.rawValue)].level = 0
    elements[Int(part.rawValue)].hasFailed = true
    settleRequirements()
  }

  // MARK: Requirements

  /// The level of each part that leases and dependencies ask for. Dependencies point from a part to one that is needed earlier; a
  /// few rounds reach the fixed point because the graph has no cycles.
  private mutating func settleRequirements() {
    isSettled = false
    for part in Part.allCases {
      let index = Int(part.rawValue)
      var required = 0
      for level in 1...Self.highestLevel where elements[index].leases[level] > 0 { required = level }
      elements[index].required = required
    }
    var changed = true
    var rounds = 0
    while changed {
      precondition(rounds <= Part.allCases.count, "power dependencies form a cycle")
      rounds += 1
      changed = false
      for dependency in dependencies
      where elements[Int(dependency.part.rawValue)].required >= dependency.level
        && elements[Int(dependency.requires.rawValue)].required < dependency.requiredLevel
      {
        elements[Int(dependency.requires.rawValue)].required = dependency.requiredLevel
        changed = true
      }
    }
    for part in Part.allCases where elements[Int(part.rawValue)].required == 0 {
      elements[Int(part.rawValue)].hasFailed = false
    }
  }

  /// The highest level that is asked for by leases that can be had: a failed one counts for nothing. A part that stands above what it
  /// needs, because that failed while the part was rising, comes down first.
  private func target(of part: Part) -> Int {
    let element = elements[Int(part.rawValue)]
    if element.hasFailed { return 0 }
    var ceiling = element.required
    for dependency in dependencies
    where dependency.part == part && ceiling >= dependency.level {
      let needed = elements[Int(dependency.requires.rawValue)]
      let isBereft = element.level >= dependency.level && needed.level < dependency.requiredLevel
      if needed.hasFailed || isBereft { ceiling = dependency.level - 1 }
    }
    while ceiling > 0 && ceiling < element.required && element.leases[ceiling] == 0 { ceiling -= 1 }
    return ceiling
  }

  private func canRise(_ part: Part, to level: Int) -> Bool {
    for dependency in dependencies where dependency.part == part && level >= dependency.level {
      if elements[Int(dependency.requires.rawValue)].lowest < dependency.requiredLevel { return false }
    }
    return true
  }

  private func canFall(_ part: Part, to level: Int) -> Bool {
    for dependency in dependencies where dependency.requires == part && level < dependency.requiredLevel {
      if elements[Int(dependency.part.rawValue)].highest >= dependency.level { return false }
    }
    return true
  }
}
