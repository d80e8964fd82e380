import HAL
import Power

/// The clients of the control port, each in its place. Nothing is kept of one that went.
struct ControlClients: Sendable {
  private var places = [ControlClient?](repeating: nil, count: ControlPlaces.count)
  private var count: UInt32 = 0

  /// For each part the highest level that a client holds: what the conductor is asked for.
  private(set) var wish = PartLevels.none
  /// The leases may be others than at the last `takeChange`.
  private var hasChanged = false
  /// Something may wait for a client since the last `takeTouch`.
  private var isTouched = false
  var isEmpty: Bool { places.allSatisfy { $0 == nil } }
  var isFollowed: Bool { places.contains { $0?.isFollowing ?? false } }

  subscript(place: Int) -> ControlClient? {
    get { places[place] }
    _modify {
      isTouched = true
      yield &places[place]
    }
  }

  mutating func open(_ place: Int, process: Int32) {
    count &+= 1
    places[place] = ControlClient(number: count, process: process)
  }

  /// Offers what waits for a client; `write` says how much of it was taken.
  mutating func send(_ place: Int, _ write: (Span<UInt8>) -> Int) {
    places[place]?.send(write)
  }

  /// The client is gone, and its leases with it.
  mutating func close(_ place: Int) {
    places[place] = nil
    settleWish()
  }

  /// A client holds this level of a part from now on, 0 for none.
  mutating func set(_ place: Int, _ part: Part, level: Int) {
    places[place]?.leases[part] = level
    settleWish()
  }

  /// Who holds the leases of a place.
  func holder(_ place: Int) -> LeaseHolder { places[place]?.holder ?? .control(client: 0, process: 0) }

  mutating func takeChange() -> Bool {
    defer { hasChanged = false }
    return hasChanged
  }

  mutating func takeTouch() -> Bool {
    defer { isTouched = false }
    return isTouched
  }

  private mutating func settleWish() {
    hasChanged = true
    wish = .none
    for client in places { if let client { wish = wish.union(client.leases) } }
  }
}
