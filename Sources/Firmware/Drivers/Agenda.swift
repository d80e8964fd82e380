import Units

/// What is due when: a queue ordered by instant, and at one instant by the order of insertion.
///
/// The queue is an array with the earliest entry last. It holds a few entries of the devices and the stimuli of a scenario, so
/// insertion by binary search is cheap and an entry can be found again to be called off.
public struct Agenda<Item> {
  /// Names an entry so that it can be called off. Never reused.
  public struct Ticket: Hashable {
    fileprivate var number: UInt64
  }

  private struct Entry {
    var due: Instant
    var number: UInt64
    var item: Item

    func isLater(than other: Entry) -> Bool {
      due == other.due ? number > other.number : due > other.due
    }
  }

  private var entries: [Entry] = []
  private var inserted: UInt64 = 0

  public init() {}

  public var isEmpty: Bool { entries.isEmpty }
  public var nextDue: Instant? { entries.last?.due }

  @discardableResult
  public mutating func insert(_ item: Item, at due: Instant) -> Ticket {
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
  public mutating func remove(_ ticket: Ticket) {
    guard let index = entries.lastIndex(where: { $0.number == ticket.number }) else { return }
    entries.remove(at: index)
  }

  /// The first entry, if it is due at `now`.
  public mutating func takeDue(at now: Instant) -> Item? {
    guard let first = entries.last, first.due <= now else { return nil }
    entries.removeLast()
    return first.item
  }
}

/// An optional entry on an agenda that one device keeps: setting it anew calls the old one off.
public struct Appointment<Item> {
  private var ticket: Agenda<Item>.Ticket?
  public private(set) var due: Instant?

  public init() {}

  public mutating func set(_ item: Item, at due: Instant, on agenda: inout Agenda<Item>) {
    if self.due == due { return }
    cancel(on: &agenda)
    ticket = agenda.insert(item, at: due)
    self.due = due
  }

  public mutating func cancel(on agenda: inout Agenda<Item>) {
    if let ticket { agenda.remove(ticket) }
    ticket = nil
    due = nil
  }

  /// The entry was taken from the agenda because its time had come.
  public mutating func met() {
    ticket = nil
    due = nil
  }
}
