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

  mutating func adjust(to level: Int, _ broker: inout PowerBroker) {
    guard level != self.level else { return }
    let old = lease.take()
    if level > 0 { lease = broker.lease(part, level: level) }
    if let old = consume old { broker.release(old) }
  }

  func state(_ broker: borrowing PowerBroker) -> PowerBroker.LeaseState? {
    switch lease {
    case .none: nil
    case .some(let held): broker.state(of: held)
    }
  }
}
