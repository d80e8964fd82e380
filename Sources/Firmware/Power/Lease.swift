import HAL

/// Who holds a lease, as shown in traces and refusals.
public enum Holder: UInt8, Sendable, Hashable {
  case turn = 1
  case wakeEngine = 2
  case overlay = 3
  case pairing = 4
  case picture = 5
  case parking = 6
}

/// The right to a part at a level. Whoever has it gives it back through `PowerBroker.release`; it can neither be copied nor forgotten.
@frozen public struct Lease: ~Copyable {
  public let part: Part
  public let level: Int
  public let holder: Holder

  consuming func end() {
    discard self
  }

  deinit {
    // Reached only when `end` was not: the leases' whole point is that they are given back.
    precondition(level < 0, "a lease was dropped without being released")
  }
}
