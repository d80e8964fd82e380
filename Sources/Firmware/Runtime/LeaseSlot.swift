import HAL
import Power

/// One holder's lease on one part: none, or one at a level. `adjust` exchanges it so that what was held is released only after
/// what is wanted is leased, and the part does not fall in between.
struct LeaseSlot: ~Copyable {
  let part: Part
  private var lease: Lease?
  /// Who holds the lease. With none held it means nothing.
  private(set) var holder: LeaseHolder

  init(_ part: Part, for holder: LeaseHolder) {
    self.part = part
    self.holder = holder
    lease = nil
  }

  /// The level held, 0 for none.
  var level: Int {
    switch lease {
    case .none: 0
    case .some(let held): held.level
    }
  }

  /// Gives the lease back, or goes on holding it, for the holder that it had; true when that changes anything.
  @discardableResult
  mutating func adjust(to level: Int, _ broker: inout PowerBroker) -> Bool {
    adjust(to: level, for: holder, &broker)
  }

  /// True when that changes the level. A lease that goes from one holder to another at the same level stays the broker's one lease.
  mutating func adjust(to level: Int, for holder: LeaseHolder, _ broker: inout PowerBroker) -> Bool {
    self.holder = holder
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

  /// Holds again what was set aside. Who holds it is named with the next adjustment.
  mutating func resume(_ level: Int) {
    if level > 0 { lease = Lease(part: part, level: level) }
  }
}
