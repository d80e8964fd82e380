import HAL
import Units

/// A lease as it is told to others: on what, whose, and since when.
public struct HeldLease: Sendable, Hashable {
  public let part: Part
  /// 1…3.
  public let level: Int
  public let holder: LeaseHolder
  public let since: Instant
  /// What the part had used when the lease was taken.
  public let partEnergy: Nanojoules
}

/// Since when each lease is held. Nothing follows from it: the broker alone decides what is up.
///
/// Leases have places, one for each thing that can hold one; whoever keeps the book notes what a place holds whenever that may have
/// changed. It allocates nothing after the start. `partEnergy` is asked only when something was taken.
public struct LeaseBook: Sendable {
  /// What became of a place. A lease that was exchanged for another is released after that is taken.
  public struct Change: Sendable, Hashable {
    public var taken: HeldLease?
    public var released: HeldLease?
  }

  private var places: [HeldLease?]

  public init(places: Int) {
    self.places = [HeldLease?](repeating: nil, count: places)
  }

  /// The place holds this from now on, level 0 for nothing; nil when it did already.
  public mutating func note(
    _ place: Int, _ part: Part, level: Int, holder: LeaseHolder, at now: Instant, partEnergy: @autoclosure () -> Nanojoules
  )
    -> Change?
  {
    let old = places[place]
    if level == 0 {
      guard let old else { return nil }
      places[place] = nil
      return Change(taken: nil, released: old)
    }
    if let old, old.part == part, old.level == level, old.holder == holder { return nil }
    let taken = HeldLease(part: part, level: level, holder: holder, since: now, partEnergy: partEnergy())
    places[place] = taken
    return Change(taken: taken, released: old)
  }

  /// What a place, 0 up to `count`, holds.
  public subscript(place: Int) -> HeldLease? { places[place] }
  public var count: Int { places.count }
}
