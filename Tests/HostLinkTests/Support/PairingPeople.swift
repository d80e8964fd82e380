import HostLink
import Units
import Wire

/// The person at the host: opens the window and reads what it says.
final class Desk: Sendable {
  private let host: TestHost
  private let progress: AsyncStream<PairingProgress>
  private let continuation: AsyncStream<PairingProgress>.Continuation
  private nonisolated(unsafe) var iterator: AsyncStream<PairingProgress>.AsyncIterator

  init(_ host: TestHost) {
    self.host = host
    let (stream, continuation) = AsyncStream.makeStream(of: PairingProgress.self)
    progress = stream
    self.continuation = continuation
    iterator = stream.makeAsyncIterator()
  }

  func open(for window: Duration = .seconds(120)) -> Bool {
    let continuation = continuation
    return host.server.openPairing(for: window) { continuation.yield($0) } != nil
  }

  func next() async -> PairingProgress? { await iterator.next() }

  func digits() async -> String {
    while let step = await next() {
      if case .digits(let digits, _) = step { return digits }
    }
    return ""
  }

  func failure() async -> String {
    while let step = await next() {
      if case .failed(let reason) = step { return reason }
    }
    return ""
  }

  func end() async -> PairingEnd? {
    while let step = await next() {
      if case .closed(let end) = step { return end }
    }
    return nil
  }
}

/// The glasses and their wearer: `DevicePairing` over a socket.
struct PairingGlasses {
  private let link: TestGlasses
  private var machine: DevicePairing
  /// The machine's own time, which nothing here depends on.
  private let now = Instant.zero

  static func connect(_ host: TestHost) async throws -> PairingGlasses {
    let link = try await TestGlasses.connect(port: host.server.address.port, identity: host.glasses, expecting: .pairing)
    var machine = DevicePairing(own: host.glasses.fingerprint, name: "new glasses", address: "\(host.server.address)")
    _ = machine.handle(.open, at: .zero)
    return PairingGlasses(link: link, machine: machine)
  }

  /// Goes on until digits are shown.
  mutating func digits() async throws -> String {
    while let event = await link.next() {
      if let digits = try await handle(event).show { return digits.text }
    }
    return ""
  }

  /// The wearer says yes; what both have agreed on, nil when they have not.
  mutating func confirm() async throws -> Pairing? {
    try await perform(machine.handle(.confirmed, at: now))
    while let event = await link.next() {
      let actions = try await handle(event)
      if actions.paired != nil || actions.failure != nil { return actions.paired }
    }
    return nil
  }

  /// Says yes and goes, without waiting for what comes of it.
  mutating func confirmAndLeave() async throws {
    try await perform(machine.handle(.confirmed, at: now))
    try await link.leave()
  }

  mutating func decline() async throws {
    try await perform(machine.handle(.declined, at: now))
  }

  private mutating func handle(_ event: SessionEvent) async throws -> PairingActions {
    let actions: PairingActions =
      switch event {
      case .opened(let peer): machine.handle(.connected(peer: peer, nonce: .random()), at: now)
      case .pairing(let message): machine.handle(.message(message), at: now)
      case .closed: machine.handle(.disconnected, at: now)
      case .message, .warning: PairingActions()
      }
    try await perform(actions)
    return actions
  }

  private func perform(_ actions: PairingActions) async throws {
    for message in actions.send { try await link.send(message) }
  }
}
