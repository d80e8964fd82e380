/// A set of slots ordered by a key, the smallest first, from which any slot can be taken out.
///
/// A four-ary heap over flat arrays: `first` is O(1), everything else O(log n), and nothing is allocated once `capacity` slots
/// have room. (Four children to a node instead of two halve the depth, and the children lie in one or two cache lines; see
/// LaMarca and Ladner, "The influence of caches on the performance of heaps", 1996.)
struct IndexedHeap: Sendable {
  struct Entry: Sendable {
    var key: Int64
    var slot: UInt32
  }

  private static let absent = UInt32.max
  private static let children = 4

  private var entries: [Entry] = []
  /// Where each slot stands in `entries`.
  private var positions: [UInt32]

  init(capacity: Int) {
    positions = [UInt32](repeating: Self.absent, count: capacity)
    entries.reserveCapacity(capacity)
  }

  var first: Entry? { entries.first }
  var isEmpty: Bool { entries.isEmpty }

  mutating func insert(_ slot: UInt32, key: Int64) {
    precondition(positions[Int(slot)] == Self.absent, "a slot stands in a heap once")
    entries.append(Entry(key: key, slot: slot))
    rise(from: entries.count - 1)
  }

  mutating func remove(_ slot: UInt32) {
    let hole = Int(positions[Int(slot)])
    precondition(hole < entries.count, "the slot is not in the heap")
    positions[Int(slot)] = Self.absent
    let last = entries.removeLast()
    guard hole < entries.count else { return }
    let key = entries[hole].key
    entries[hole] = last
    if last.key < key { rise(from: hole) } else { sink(from: hole) }
  }

  mutating func move(_ slot: UInt32, to key: Int64) {
    let place = Int(positions[Int(slot)])
    precondition(place < entries.count, "the slot is not in the heap")
    let old = entries[place].key
    entries[place].key = key
    if key < old { rise(from: place) } else { sink(from: place) }
  }

  /// Moves an entry towards the root until its parent is not larger.
  private mutating func rise(from start: Int) {
    var place = start
    let entry = entries[place]
    while place > 0 {
      let parent = (place - 1) / Self.children
      guard entry.key < entries[parent].key else { break }
      put(entries[parent], at: place)
      place = parent
    }
    put(entry, at: place)
  }

  /// Moves an entry away from the root until no child is smaller.
  private mutating func sink(from start: Int) {
    var place = start
    let entry = entries[place]
    while true {
      let firstChild = place * Self.children + 1
      guard firstChild < entries.count else { break }
      var smallest = firstChild
      for child in firstChild..<min(firstChild + Self.children, entries.count) where entries[child].key < entries[smallest].key {
        smallest = child
      }
      guard entries[smallest].key < entry.key else { break }
      put(entries[smallest], at: place)
      place = smallest
    }
    put(entry, at: place)
  }

  private mutating func put(_ entry: Entry, at place: Int) {
    entries[place] = entry
    positions[Int(entry.slot)] = UInt32(truncatingIfNeeded: place)
  }
}
