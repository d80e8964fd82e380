import HAL
import Power

/// The clients of the control port, each in its place. Nothing is kept of one that went. What it does about leases is explored with the conductor
/// (docs/design/0003).
package struct ControlClients: Sendable {
  private var places = [ControlClient?](repeating: nil, count: ControlPlaces.count)
  private var count: UInt32 = 0

  /// For each part the highest level that a client holds: what the conductor is asked for.
  package private(set) var wish = PartLevels.none
  /// The leases may be others than at the last `takeChange`.
  private var hasChanged = false
  /// Something may wait for a client since the last `takeTouch`.
  private var isTouched = false
  var isEmpty: Bool { places.allSatisfy { $0 == nil } }
  var isFollowed: Bool { places.contains { $0?.isFollowing ?? false } }

  package init() {}

  package subscript(place: Int) -> ControlClient? {
    get { places[place] }
    _modify {
      isTouched = true
      yield &places[place]
    }
  }

  package mutating func open(_ place: Int, process: Int32) {
    count &+= 1
    places[place] = ControlClient(number: count, process: process)
  }

  /// Offers what waits for a client; `write` says how much of it was taken.
  mutating func send(_ place: Int, _ write: (Span<UInt8>) -> Int) {
    places[place]?.send(write)
  }

  /// The client is gone, and its leases with it.
  package mutating func close(_ place: Int) {
    places[place] = nil
    settleWish()
  }

  /// Does what a client asks for about leases, or says why not. `isThere` tells whether a part can be had at all. Other requests change nothing here.
  package mutating func adjust(_ request: ControlRequest, of place: Int, isThere: (Part) -> Bool) -> ControlRefusal? {
    switch request {
    case .lease(let part, let level):
      guard isThere(part) else { return .absent(part) }
      set(place, part, level: level)
    case .release(let part?):
      guard let held = places[place]?.leases[part], held > 0 else { return .notHeld(part) }
      set(place, part, level: 0)
    case .release(nil):
      places[place]?.leases = .none
      settleWish()
    case .status, .explain, .wakeups, .follow: break
    }
    return nil
  }

  /// The part failed: nobody holds it any more. `tell` is called for each client that did.
  package mutating func drop(_ part: Part, tell: (Int, inout ControlClient) -> Void) {
    for place in places.indices where (places[place]?.leases[part] ?? 0) > 0 {
      set(place, part, level: 0)
      isTouched = true
      tell(place, &places[place]!)
    }
  }

  /// A client holds this level of a part from now on, 0 for none.
  private mutating func set(_ place: Int, _ part: Part, level: Int) {
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
