import HAL
import Units

/// Decides which part of the board is at which level: the highest that can be had of those that a lease, or another part's dependency,
/// asks for.
///
/// ```
///             lease, release                        nextTransition              completed
///  holders ───────────────────▶ claims ──▶ target ─────────────────▶ on its way ───────────▶ there
///                                             ▲                        │  │  ▲
///                                             │     failed, overdue    │  └──┘ told another level meanwhile
///                                             └────────────────────────┘
/// ```
///
/// Sans-IO: `nextTransition` says what to switch next, in the order of the dependencies (what others need comes up first and goes down
/// last). Whoever does it answers with `completed` or `failed`, at once or later. What is on its way may be anywhere between all the
/// levels that it left and was told since it was last at rest, and counts as the worst of them: nothing rises on a part that is falling, or
/// falls under one that rises. A wish that changes meanwhile does not wait for the answer: the part is told its new level at once, where the
/// order allows.
///
/// Dependencies are *assertive*: a claim on the part claims what it needs; or *opportunistic*: the level is taken only while somebody
/// else's claim keeps up what it needs, and never holds that up. A part that failed stays failed, and with it every lease that needs it, until
/// nobody wants it any more. What stands on a part that failed comes down at once, whoever holds leases on it, and what only failed leases
/// need is not held up for them.
public struct PowerBroker: Sendable {
  /// Levels are 0 (off) … 3.
  public static let highestLevel = 3

  public enum LeaseState: Sendable, Hashable {
    case rising
    case held
    /// It is taken as soon as somebody brings up this part, which it may only use along.
    case waiting(Part)
    /// It cannot be had: this part failed.
    case failed(Part)
  }

  public struct Transition: Sendable, Hashable {
    public var part: Part
    /// What the part was told last, whether or not it has got there.
    public var from: Int
    public var to: Int

    public init(part: Part, from: Int, to: Int) {
      self.part = part
      self.from = from
      self.to = to
    }
  }

  package let dependencies: [PowerDependency]
  var elements: [PowerElement]
  /// Parts, a bit for each by raw value, that answer what they were told before they are told anything else.
  private let steadfast: UInt32
  /// Nothing has changed since `nextTransition` gave nil: the question is asked with every event, and seldom has another answer.
  private var isSettled = true

  /// The dependencies must not go in a circle (`PowerDependency.circle`). A `steadfast` part is not told to turn back on its way.
  public init(dependencies: [PowerDependency], steadfast: [Part] = []) {
    precondition(PowerDependency.circle(in: dependencies) == nil, "power dependencies go in a circle")
    for dependency in dependencies {
      precondition(
        (1...Self.highestLevel).contains(dependency.level) && (1...Self.highestLevel).contains(dependency.requiredLevel),
        "a dependency is between levels above off")
    }
    self.dependencies = dependencies
    elements = [PowerElement](repeating: PowerElement(), count: Part.allCases.count + 1)
    var bits: UInt32 = 0
    for part in steadfast { bits |= 1 << UInt32(part.rawValue) }
    self.steadfast = bits
  }

  // MARK: Leases

  public mutating func lease(_ part: Part, level: Int) -> Lease {
    precondition(level > 0 && level <= Self.highestLevel, "a lease is on a level above off")
    elements[Int(part.rawValue)].leases[level] += 1
    reckon()
    return Lease(part: part, level: level)
  }

  public mutating func release(_ lease: consuming Lease) {
    elements[Int(lease.part.rawValue)].leases[lease.level] -= 1
    lease.end()
    reckon()
  }

  /// Leases that have not been given back.
  public var leaseCount: Int {
    var count = 0
    for element in elements {
      for level in element.leases.indices { count += element.leases[level] }
    }
    return count
  }

  /// Leases on a part at exactly this level that have not been given back.
  package func leaseCount(of part: Part, level: Int) -> Int { elements[Int(part.rawValue)].leases[level] }

  public func state(of lease: borrowing Lease) -> LeaseState { state(of: lease.part, level: lease.level) }

  private func state(of part: Part, level: Int) -> LeaseState {
    if let culprit = culprit(part, level) { return .failed(culprit) }
    if let other = obstacle(part, level) { return .waiting(other) }
    return elements[Int(part.rawValue)].lowest >= level && canStand(part, at: level) ? .held : .rising
  }

  // MARK: Parts

  /// The level that a part has for certain: while it rises the old one, while it falls the new one.
  public func level(of part: Part) -> Int { elements[Int(part.rawValue)].lowest }

  /// The level that a part may still have: while it falls the old one, while it rises the new one.
  public func highestLevel(of part: Part) -> Int { elements[Int(part.rawValue)].highest }

  /// The level of every part; nil while one is on its way.
  public var settledLevels: PartLevels? {
    var levels = PartLevels.none
    for part in Part.allCases {
      guard elements[Int(part.rawValue)].goal == nil else { return nil }
      levels[part] = elements[Int(part.rawValue)].highest
    }
    return levels
  }

  /// What a part was told to do and has not answered yet.
  public func transition(of part: Part) -> Transition? {
    guard let goal = elements[Int(part.rawValue)].goal else { return nil }
    return Transition(
      part: part,
      from: elements[Int(part.rawValue)].lowest == goal
        ? elements[Int(part.rawValue)].highest : elements[Int(part.rawValue)].lowest, to: goal)
  }

  package func isMoving(_ part: Part) -> Bool { elements[Int(part.rawValue)].goal != nil }
  package func hasFailed(_ part: Part) -> Bool { elements[Int(part.rawValue)].hasFailed }

  // MARK: Transitions

  /// The next switch to make, or nil when every part is where it should be (or on its way).
  public mutating func nextTransition() -> Transition? {
    if isSettled { return nil }
    for part in Part.allCases {
      guard let level = nextLevel(of: part) else { continue }
      let transition = Transition(part: part, from: elements[Int(part.rawValue)].asked, to: level)
      elements[Int(part.rawValue)].go(to: level)
      return transition
    }
    isSettled = true
    return nil
  }

  /// The part is there. Nothing, when it has been told another level since.
  public mutating func completed(_ transition: Transition) {
    guard elements[Int(transition.part.rawValue)].goal == transition.to else { return }
    elements[Int(transition.part.rawValue)].rest(at: transition.to)
    isSettled = false
  }

  /// The part has begun, and must be there at this instant: `overdue` names it otherwise. Nothing, when it has been told another level since.
  public mutating func awaits(_ transition: Transition, until deadline: Instant) {
    guard elements[Int(transition.part.rawValue)].goal == transition.to else { return }
    elements[Int(transition.part.rawValue)].deadline = deadline
  }

  /// The part is off, or told to be, and stays so until nobody wants it any more. Also for a part that fails while it is up.
  public mutating func failed(_ part: Part) {
    elements[Int(part.rawValue)].rest(at: 0)
    elements[Int(part.rawValue)].hasFailed = true
    reckon()
  }

  /// When the first part that is on its way must have arrived; nil while none is.
  public var deadline: Instant? {
    var earliest: Instant?
    for index in elements.indices {
      guard let deadline = elements[index].deadline else { continue }
      if let other = earliest, other <= deadline { continue }
      earliest = deadline
    }
    return earliest
  }

  /// A part that should have arrived by now: it has failed, and whoever asks says so with `failed`.
  public func overdue(at now: Instant) -> Part? {
    for index in elements.indices {
      if let deadline = elements[index].deadline, deadline <= now { return Part(rawValue: UInt8(index)) }
    }
    return nil
  }

  // MARK: Order

  private mutating func reckon() {
    isSettled = false
    reckonClaims()
  }

  /// Where the part is told to go now; nil when it is on its way already, or the order does not allow it yet.
  private func nextLevel(of part: Part) -> Int? {
    let element = elements[Int(part.rawValue)]
    if element.goal != nil, steadfast & 1 << UInt32(part.rawValue) != 0 { return nil }
    var level = target(of: part)
    // Until what the highest needs is there, the next lower level that somebody claims.
    while level > element.asked, !canStand(part, at: level) {
      level -= 1
      while level > element.asked, !PowerElement.holds(element.claims, level) { level -= 1 }
    }
    guard level != element.asked else { return nil }
    if level > element.lowest && !canStand(part, at: level) { return nil }
    if level < element.highest && !canFall(part, to: level) { return nil }
    return level
  }

  /// The highest level that can be had. A part that may stand above what it needs, because that failed, comes down first.
  private func target(of part: Part) -> Int {
    let element = elements[Int(part.rawValue)]
    if element.hasFailed { return 0 }
    var ceiling = element.granted
    for dependency in dependencies where dependency.part == part && ceiling >= dependency.level {
      if element.highest >= dependency.level && !isThere(dependency) { ceiling = dependency.level - 1 }
    }
    while ceiling > 0 && !PowerElement.holds(element.claims, ceiling) { ceiling -= 1 }
    return ceiling
  }

  /// All that the part needs at this level is there for certain.
  private func canStand(_ part: Part, at level: Int) -> Bool {
    for index in dependencies.indices where dependencies[index].part == part && level >= dependencies[index].level {
      let dependency = dependencies[index]
      if !isThere(dependency) { return false }
    }
    return true
  }

  /// What it requires is there for certain, and does not itself stand on something that is gone.
  private func isThere(_ dependency: PowerDependency) -> Bool {
    elements[Int(dependency.requires.rawValue)].lowest >= dependency.requiredLevel
      && canStand(dependency.requires, at: dependency.requiredLevel)
  }

  /// Nothing that may be up needs more of it.
  private func canFall(_ part: Part, to level: Int) -> Bool {
    for dependency in dependencies where dependency.requires == part && level < dependency.requiredLevel {
      if elements[Int(dependency.part.rawValue)].highest >= dependency.level { return false }
    }
    return true
  }
}
