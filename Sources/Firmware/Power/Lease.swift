import HAL

/// The right to a part at a level. Whoever has it gives it back through `PowerBroker.release`; it can neither be copied nor forgotten.
@frozen public struct Lease: ~Copyable {
  public let part: Part
  public let level: Int

  /// Only the broker makes leases, and `Conductor`'s image of itself.
  package init(part: Part, level: Int) {
    self.part = part
    self.level = level
  }

  /// Only where the broker has counted it out, or the image still holds it.
  package consuming func end() {
    discard self
  }

  deinit {
    // Reached only when `end` was not: the leases' whole point is that they are given back.
    precondition(level < 0, "a lease was dropped without being released")
  }
}
