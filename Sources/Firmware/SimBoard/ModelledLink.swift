import Drivers
import HAL
import Units

/// The link in virtual time: a byte stream to a `SimPeer` with a latency and a seeded jitter each way. Bytes stay in order.
final class ModelledLink {
  private enum State { case closed, opening, open, lost }

  private enum Parcel {
    case bytes([UInt8])
    case end
  }

  private let hub: Hub
  private let peer: (any SimPeer)?
  private let latency: Duration
  private let jitter: Duration
  private var random: Random

  private var state = State.closed
  private var isPeerConnected = false
  private var outbound: [(due: Instant, parcel: Parcel)] = []
  private var inbound: [(due: Instant, parcel: Parcel)] = []
  private var received: [UInt8] = []
  private var readUpTo = 0
  private var lastDelivery = Instant.zero
  private var lastArrival = Instant.zero
  private var up = Appointment<Due>()
  private var delivery = Appointment<Due>()
  private var arrival = Appointment<Due>()
  private var peerTurn = Appointment<Due>()

  /// A peer that is due, gives nothing and stays due is asked again after this time, or the clock would stand still for ever.
  private static let patience = Duration.milliseconds(1)

  init(hub: Hub, peer: (any SimPeer)?, latency: Duration, jitter: Duration) {
    self.hub = hub
    self.peer = peer
    self.latency = latency
    self.jitter = jitter
    random = Random(seed: hub.seed, stream: 3)
  }

  func open() throws(DeviceError) {
    guard state == .closed || state == .lost else { throw DeviceError(.link, "open", .busy) }
    state = .opening
    // One round trip; not before the end of the last connection has arrived.
    up.set(.linkUp, at: max(hub.now() + travel() + travel(), lastDelivery), on: &hub.agenda)
  }

  func close() {
    guard state == .opening || state == .open else {
      state = .closed
      return
    }
    if state == .open { dispatch(.end) }
    forgetConnection(as: .closed)
  }

  func send(_ bytes: Span<UInt8>) throws(DeviceError) -> Int {
    switch state {
    case .closed, .opening: throw DeviceError(.link, "send", .refused)
    case .lost: return 0
    case .open:
      if bytes.count > 0 { dispatch(.bytes(bytes.withUnsafeBufferPointer { [UInt8]($0) })) }
      return bytes.count
    }
  }

  func receive(into bytes: inout MutableSpan<UInt8>) throws(DeviceError) -> Int {
    switch state {
    case .closed, .opening: throw DeviceError(.link, "receive", .refused)
    case .lost: return 0
    case .open:
      let count = min(bytes.count, received.count - readUpTo)
      for index in 0..<count { bytes[index] = received[readUpTo + index] }
      readUpTo += count
      hasMore = readUpTo < received.count
      if readUpTo == received.count {
        received.removeAll(keepingCapacity: true)
        readUpTo = 0
      }
      return count
    }
  }

  /// Whether a receive left bytes behind that were not reported again.
  private(set) var hasMore = false

  /// `linkReadable` was posted for `hasMore`.
  func askedForMore() { hasMore = false }

  /// The network went: what travels is lost.
  func cut() {
    outbound.removeAll()
    delivery.cancel(on: &hub.agenda)
    if isPeerConnected {
      isPeerConnected = false
      peerTurn.cancel(on: &hub.agenda)
      peer?.disconnected(at: hub.now())
    }
    lose(.removed)
  }

  func upDue() {
    up.met()
    guard state == .opening else { return }
    guard let peer else { return lose(.refused) }
    state = .open
    isPeerConnected = true
    hub.post(.linkOpened)
    peer.connected(at: hub.now())
    appointPeer(progress: true)
  }

  func deliveryDue() {
    delivery.met()
    let now = hub.now()
    while let first = outbound.first, first.due <= now {
      outbound.removeFirst()
      guard isPeerConnected else { continue }
      switch first.parcel {
      case .bytes(let bytes): peer?.receive(bytes, at: now)
      case .end:
        isPeerConnected = false
        peer?.disconnected(at: now)
      }
    }
    if let next = outbound.first { delivery.set(.linkDelivery, at: next.due, on: &hub.agenda) }
    appointPeer(progress: true)
  }

  func arrivalDue() {
    arrival.met()
    let now = hub.now()
    var hasNews = false
    var isOver = false
    while !isOver, let first = inbound.first, first.due <= now {
      inbound.removeFirst()
      switch first.parcel {
      case .bytes(let bytes):
        received.append(contentsOf: bytes)
        hasNews = true
      case .end: isOver = true
      }
    }
    if isOver, hasNews {
      // The bytes before the end are reported, and read, first.
      inbound.insert((due: now, parcel: .end), at: 0)
    } else if isOver {
      return lose(.refused)
    }
    if hasNews { hub.post(.linkReadable) }
    if let next = inbound.first { arrival.set(.linkArrival, at: next.due, on: &hub.agenda) }
  }

  func peerDue() {
    peerTurn.met()
    guard isPeerConnected, let peer else { return }
    let (bytes, closed) = peer.collect(at: hub.now())
    if !bytes.isEmpty { bring(.bytes(bytes)) }
    if closed {
      isPeerConnected = false
      bring(.end)
    }
    appointPeer(progress: closed || !bytes.isEmpty)
  }

  func peerChanged() { appointPeer(progress: true) }

  private func appointPeer(progress: Bool) {
    guard isPeerConnected, let due = peer?.nextDue else { return peerTurn.cancel(on: &hub.agenda) }
    let now = hub.now()
    peerTurn.set(.peer, at: max(due, progress ? now : now + ModelledLink.patience), on: &hub.agenda)
  }

  /// On the way to the peer.
  private func dispatch(_ parcel: Parcel) {
    lastDelivery = max(lastDelivery, hub.now() + travel())
    outbound.append((due: lastDelivery, parcel: parcel))
    delivery.set(.linkDelivery, at: outbound[0].due, on: &hub.agenda)
  }

  /// On the way to the glasses.
  private func bring(_ parcel: Parcel) {
    guard state == .open else { return }
    lastArrival = max(lastArrival, hub.now() + travel())
    inbound.append((due: lastArrival, parcel: parcel))
    arrival.set(.linkArrival, at: inbound[0].due, on: &hub.agenda)
  }

  private func travel() -> Duration { latency + random.duration(upTo: jitter) }

  private func lose(_ cause: FailureCause) {
    guard state == .opening || state == .open else { return }
    forgetConnection(as: .lost)
    hub.post(.linkClosed(cause))
  }

  private func forgetConnection(as next: State) {
    state = next
    up.cancel(on: &hub.agenda)
    arrival.cancel(on: &hub.agenda)
    inbound.removeAll()
    received.removeAll()
    readUpTo = 0
    hasMore = false
  }
}
