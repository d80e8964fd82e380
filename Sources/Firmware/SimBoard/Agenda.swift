import Units

/// What is due when: a queue ordered by instant, and at one instant by the order of insertion.
///
/// The queue is an array with the earliest entry last. It holds a few entries of the devices and the stimuli of a scenario, so
/// insertion by binary search is cheap and an entry can be found again to be called off.
struct Agenda<Item> {
  /// Names an entry so that it can be called off. Never reused.
  struct Ticket: Hashable {
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

  var isEmpty: Bool { entries.isEmpty }
  var nextDue: Instant? { entries.last?.due }

  @discardableResult
  mutating func insert(_ item: Item, at due: Instant) -> Ticket {
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
  mutating func remove(_ ticket: Ticket) {
    guard let index = entries.lastIndex(where: { $0.number == ticket.number }) else { return }
    entries.remove(at: index)
  }

  /// The first entry, if it is due at `now`.
  mutating func takeDue(at now: Instant) -> Item? {
    guard let first = entries.last, first.due <= now else { return nil }
    entries.removeLast()
    return first.item
  }
}
