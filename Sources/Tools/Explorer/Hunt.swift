/// The search for one seeded fault.
public struct Hunt: Sendable {
  public let fault: Fault
  /// What gave it away; nil when it was not found.
  public let violation: Violation?
  /// States seen until then.
  public let states: Int

  public init(fault: Fault) {
    let exploration = Exploration(pace: fault.pace, fault: fault)
    self.fault = fault
    violation = exploration.violations.first
    states = exploration.states
  }
}
