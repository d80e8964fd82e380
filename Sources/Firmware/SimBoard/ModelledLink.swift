import Drivers
import HAL
import Units

/// The link in virtual time: a byte stream to a `SimPeer` in whatever weather there is (`Weather`), with everything random from a seed. Bytes
/// stay in order. In an outage they are held, and sent again after it as TCP would; who waits for their acknowledgement for too long has lost the
/// connection, and the peer learns of it when the next one is made.
final class ModelledLink {
  private enum State { case closed, opening, open, lost }

  private enum Parcel {
    case bytes([UInt8])
    case end

    var size: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .end: 0
      }
    }
  }

  private let hub: Hub
  private let peer: (any SimPeer)?
  private var weather: Weather
  private var random: Random

  private var state = State.closed
  private var isPeerConnected = false
  private var outbound: [(due: Instant, parcel: Parcel)] = []
  private var inbound: [(due: Instant, parcel: Parcel)] = []
  private var received: [UInt8] = []
  private var readUpTo = 0
  private var isOut = false
  /// What was sent into an outage, and since when it is sent again.
  private var heldOutbound: [(since: Instant, parcel: Parcel)] = []
  private var heldInbound: [(since: Instant, parcel: Parcel)] = []
  private var uplink = StreamTiming()
  private var downlink = StreamTiming()
  private var timeout = Appointment<Due>()
  private var openedAt = Instant.zero
  private var up = Appointment<Due>()
  private var delivery = Appointment<Due>()
  private var arrival = Appointment<Due>()
  private var peerTurn = Appointment<Due>()

  /// A peer that is due, gives nothing and stays due is asked again after this time, or the clock would stand still for ever.
  private static let patience = Duration.milliseconds(1)

  init(hub: Hub, peer: (any SimPeer)?, weather: Weather) {
    self.hub = hub
    self.peer = peer
    self.weather = weather
    random = Random(seed: hub.seed, stream: 3)
  }

  func open() throws(DeviceError) {
    guard state == .closed || state == .lost else { throw DeviceError(.link, "open", .busy) }
    state = .opening
    openedAt = hub.now()
    guard !isOut else { return }
    // One round trip; not before the end of the last connection has arrived.
    up.set(.linkUp, at: max(hub.now() + travel() + travel(), uplink.earliest), on: &hub.agenda)
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

  /// The weather changes; what travels arrives as it would have.
  func set(_ weather: Weather) { self.weather = weather }

  /// Nothing gets through any more, and nobody is told.
  func beginOutage() {
    guard !isOut else { return }
    isOut = true
    let now = hub.now()
    up.cancel(on: &hub.agenda)
    delivery.cancel(on: &hub.agenda)
    arrival.cancel(on: &hub.agenda)
    heldOutbound = outbound.map { (now, $0.parcel) }
    heldInbound = inbound.map { (now, $0.parcel) }
    outbound.removeAll()
    inbound.removeAll()
    awaitTimeout()
  }

  /// What was held is sent again when its time comes, the request for a connection too.
  func endOutage() {
    guard isOut else { return }
    isOut = false
    let now = hub.now()
    timeout.cancel(on: &hub.agenda)
    let (out, back) = (heldOutbound, heldInbound)
    heldOutbound = []
    heldInbound = []
    uplink.reset(notBefore: StreamTiming.retransmission(of: out.first?.since ?? now, notBefore: now))
    downlink.reset(notBefore: StreamTiming.retransmission(of: back.first?.since ?? now, notBefore: now))
    if state == .opening {
      let request = StreamTiming.retransmission(of: openedAt, after: Weather.connectRetransmission, notBefore: now)
      up.set(.linkUp, at: request + travel() + travel(), on: &hub.agenda)
    }
    for held in out { dispatch(held.parcel) }
    for held in back { bring(held.parcel) }
  }

  func timeoutDue() {
    timeout.met()
    guard isOut, state == .open else { return }
    // The peer does not know.
    isPeerConnected = false
    peerTurn.cancel(on: &hub.agenda)
    lose(.timedOut)
  }

  private func awaitTimeout() {
    guard let first = heldOutbound.first, state == .open else { return }
    timeout.set(.linkTimeout, at: first.since + Weather.userTimeout, on: &hub.agenda)
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
    if isOut {
      heldOutbound.append((hub.now(), parcel))
      return awaitTimeout()
    }
    outbound.append((due: uplink.arrival(of: parcel.size, in: weather, at: hub.now(), &random), parcel: parcel))
    delivery.set(.linkDelivery, at: outbound[0].due, on: &hub.agenda)
  }

  /// On the way to the glasses.
  private func bring(_ parcel: Parcel) {
    guard state == .open else { return }
    if isOut { return heldInbound.append((hub.now(), parcel)) }
    inbound.append((due: downlink.arrival(of: parcel.size, in: weather, at: hub.now(), &random), parcel: parcel))
    arrival.set(.linkArrival, at: inbound[0].due, on: &hub.agenda)
  }

  private func travel() -> Duration { weather.delay + random.duration(upTo: weather.jitter) }

  private func lose(_ cause: FailureCause) {
    guard state == .opening || state == .open else { return }
    forgetConnection(as: .lost)
    hub.post(.linkClosed(cause))
  }

  private func forgetConnection(as next: State) {
    state = next
    up.cancel(on: &hub.agenda)
    arrival.cancel(on: &hub.agenda)
    timeout.cancel(on: &hub.agenda)
    inbound.removeAll()
    heldInbound.removeAll()
    heldOutbound.removeAll()
    received.removeAll()
    readUpTo = 0
    hasMore = false
  }
}
