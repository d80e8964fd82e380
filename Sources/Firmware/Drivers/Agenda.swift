import Units

/// What is due when: a queue ordered by instant, and at one instant by the order of insertion.
///
/// The queue is an array with the earliest entry last. It holds a few entries of the devices and the stimuli of a scenario, so
/// insertion by binary search is cheap and an entry can be found again to be called off. Its methods are inlinable so that they are compiled
/// for the items of other modules: boards ask it before and after each wait.
public struct Agenda<Item> {
  /// Names an entry so that it can be called off. Never reused.
  public struct Ticket: Hashable {
    @usableFromInline let number: UInt64

    @inlinable init(number: UInt64) { self.number = number }
  }

  @usableFromInline struct Entry {
    @usableFromInline var due: Instant
    @usableFromInline var number: UInt64
    @usableFromInline var item: Item

    @inlinable init(due: Instant, number: UInt64, item: Item) {
      self.due = due
      self.number = number
      self.item = item
    }

    @inlinable func isLater(than other: Entry) -> Bool {
      due == other.due ? number > other.number : due > other.due
    }
  }

  @usableFromInline var entries: [Entry] = []
  @usableFromInline var inserted: UInt64 = 0

  @inlinable public init() {}

  @inlinable public var isEmpty: Bool { entries.isEmpty }
  @inlinable public var nextDue: Instant? { entries.last?.due }

  @discardableResult
  @inlinable public mutating func insert(_ item: Item, at due: Instant) -> Ticket {
    let entry = Entry(due: due, number: inserted, item: item)
    inserted += 1
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].isLater(than: entry) { low = middle + 1 } else { high = middle }
    }
    entries.insert(entry, at: low)
    return Ticket(number: entry.number)
  }

  /// Allowed when the entry is gone already.
  @inlinable public mutating func remove(_ ticket: Ticket) {
    guard let index = entries.lastIndex(where: { $0.number == ticket.number }) else { return }
    entries.remove(at: index)
  }

  /// The first entry, if it is due at `now`.
  @inlinable public mutating func takeDue(at now: Instant) -> Item? {
    guard let first = entries.last, first.due <= now else { return nil }
    entries.removeLast()
    return first.item
  }
}

/// An optional entry on an agenda that one device keeps: setting it anew calls the old one off.
public struct Appointment<Item> {
  @usableFromInline var ticket: Agenda<Item>.Ticket?
  @usableFromInline var appointed: Instant?
  @inlinable public var due: Instant? { appointed }

  @inlinable public init() {}

  @inlinable public mutating func set(_ item: Item, at due: Instant, on agenda: inout Agenda<Item>) {
    if appointed == due { return }
    cancel(on: &agenda)
    ticket = agenda.insert(item, at: due)
    appointed = due
  }

  @inlinable public mutating func cancel(on agenda: inout Agenda<Item>) {
    if let ticket { agenda.remove(ticket) }
    ticket = nil
    appointed = nil
  }

  /// The entry was taken from the agenda because its time had come.
  @inlinable public mutating func met() {
    ticket = nil
    appointed = nil
  }
}
