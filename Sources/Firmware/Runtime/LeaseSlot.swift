import HAL
import Power

/// One holder's lease on one part: none, or one at a level. `adjust` exchanges it so that what was held is released only after
/// what is wanted is leased, and the part does not fall in between.
struct LeaseSlot: ~Copyable {
  let part: Part
  private var lease: Lease?

  init(_ part: Part) {
    self.part = part
    lease = nil
  }

  /// The level held, 0 for none.
  var level: Int {
    switch lease {
    case .none: 0
    case .some(let held): held.level
    }
  }

  /// True when that changes anything.
  @discardableResult
  mutating func adjust(to level: Int, _ broker: inout PowerBroker) -> Bool {
    guard level != self.level else { return false }
    let old = lease.take()
    if level > 0 { lease = broker.lease(part, level: level) }
    if let old = consume old { broker.release(old) }
    return true
  }

  func state(_ broker: borrowing PowerBroker) -> PowerBroker.LeaseState? {
    switch lease {
    case .none: nil
    case .some(let held): broker.state(of: held)
    }
  }

  /// Takes the lease out of the slot without giving it back: an image of the slot stands for it. The level that was held.
  mutating func setAside() -> Int {
    let level = level
    if let lease = lease.take() { lease.end() }
    return level
  }

  /// Holds again what was set aside.
  mutating func resume(_ level: Int) {
    if level > 0 { lease = Lease(part: part, level: level) }
  }
}
