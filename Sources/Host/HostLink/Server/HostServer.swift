import Assistant
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Units
import Wire

/// What a server is made of.
public struct HostConfiguration: Sendable {
  public var store: HostStore
  public var listen: ListenAddress
  /// Nil for a server that only pairs.
  public var assistant: Assistant?
  public var hostName: String
  /// Who answers a turn in the place of the assistant's own, which it is given to fall back on; nil for nobody.
  public var substitute: (@Sendable (TurnContext, Turn) -> any TurnHandling)?
  public var limits = HostLimits()
  public var trace: HostTrace?
  public var wallClock: @Sendable () -> Date = { Date() }
  /// Called from any thread; must not block.
  public var events: @Sendable (HostEvent) -> Void = { _ in }
  /// The kernel's buffer for bytes that a peer has not read, in bytes; nil leaves it to the kernel.
  public var socketSendBuffer: Int?

  public init(store: HostStore, listen: ListenAddress, assistant: Assistant?, hostName: String) {
    self.store = store
    self.listen = listen
    self.assistant = assistant
    self.hostName = hostName
  }

  fileprivate func desk() -> PairingDesk {
    let (store, wallClock) = (store, wallClock)
    return PairingDesk(own: store.identity.fingerprint, name: hostName) { pairing in
      try store.add(PairedDevice(name: pairing.name, fingerprint: pairing.peer, paired: wallClock()))
    }
  }
}

/// The host on the network: accepts connections and serves paired glasses until `shutDown`.
public final class HostServer: Sendable {
  /// Bytes sent and not acknowledged for so long mean that the glasses are gone. An idle link sends nothing and costs nothing.
  private static let unacknowledgedMilliseconds = 30_000
  /// Connections that the kernel keeps before they are accepted.
  private static let backlog: CInt = 16

  private let group: MultiThreadedEventLoopGroup
  private let listener: any Channel
  private let core: HostCore
  private let turns: TaskTurns

  /// Where it listens, with the port that was taken.
  public let address: ListenAddress

  /// Begins to listen. Throws `HostFailure` when the address cannot be had, the TLS library's error when the identity cannot be used.
  public static func start(_ configuration: HostConfiguration) async throws -> HostServer {
    let turns = TaskTurns(assistant: configuration.assistant, substitute: configuration.substitute)
    let core = HostCore(
      hostName: configuration.hostName, limits: configuration.limits, store: configuration.store, desk: configuration.desk(),
      offersSessions: configuration.assistant != nil, turns: turns,
      events: configuration.events, trace: configuration.trace, now: { HostClock.now() }, wallClock: configuration.wallClock,
      armsTimers: true)
    let tls = try HostTLS(identity: configuration.store.identity)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      let listener = try await bootstrap(core, tls, group, configuration)
        .bind(host: configuration.listen.host, port: configuration.listen.port).get()
      let address = ListenAddress(host: configuration.listen.host, port: listener.localAddress?.port ?? configuration.listen.port)
      core.events(.listening(address: "\(address)"))
      return HostServer(group, listener, core, turns, address)
    } catch {
      try? await group.shutdownGracefully()
      throw HostFailure("cannot listen on \(configuration.listen): \(Self.words(error))")
    }
  }

  private init(
    _ group: MultiThreadedEventLoopGroup, _ listener: any Channel, _ core: HostCore, _ turns: TaskTurns, _ address: ListenAddress
  ) {
    self.turns = turns
    self.group = group
    self.listener = listener
    self.core = core
    self.address = address
  }

  private static func bootstrap(
    _ core: HostCore, _ tls: HostTLS, _ group: MultiThreadedEventLoopGroup, _ configuration: HostConfiguration
  ) -> ServerBootstrap {
    let mark = ChannelOptions.Types.WriteBufferWaterMark(low: core.limits.outboundBytes / 4, high: core.limits.outboundBytes)
    var bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(ChannelOptions.backlog, value: Self.backlog)
      .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(
        ChannelOptions.tcpOption(.init(rawValue: TCP_USER_TIMEOUT)), value: Self.unacknowledgedMilliseconds
      )
      .childChannelOption(ChannelOptions.writeBufferWaterMark, value: mark)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          _ = try tls.install(on: channel, core: core, peer: channel.remoteAddress?.description ?? "an unknown peer")
        }
      }
    if let bytes = configuration.socketSendBuffer {
      bootstrap = bootstrap.childChannelOption(ChannelOptions.socketOption(.so_sndbuf), value: .init(bytes))
    }
    return bootstrap
  }

  /// Ends sessions, saying why, and gives the port back.
  public func shutDown(_ reason: String = "the host is shutting down") async {
    // Closed already when the process is being torn down.
    try? await listener.close().get()
    core.desk.close(reason, at: core.now())
    core.registry.close(reason)
    core.suspended.abandon(reason) { _ in true }
    // Once round the loop, so that every session has ended and cancelled its turn; then what the turns still write.
    try? await group.next().submit {}.get()
    await turns.ledger.drained()
    try? await group.shutdownGracefully()
  }

  /// Ends the sessions of devices that are no longer in the store. Returns when their last turns have written what they had to: what
  /// is erased from the memory then stays erased.
  public func checkPairings() async {
    let store = core.store
    core.registry.stop("this device was forgotten at the host") { store.device($0) == nil }
    core.suspended.abandon("this device was forgotten at the host") { store.device($0) == nil }
    // Once round the loop, so that the sessions have ended and cancelled their turns. A loop that is shut down has none.
    try? await group.next().submit {}.get()
    let paired = Set(store.devices().map { $0.fingerprint.hex })
    await turns.ledger.drained { !paired.contains($0) }
    turns.assistant?.memoryChanged()
  }

  // MARK: Pairing

  /// Opens the pairing window, for at most `PairingLimits.window`. Its number for `closePairing`; nil when one is open already.
  /// `observer` is called from the server's threads.
  @discardableResult
  public func openPairing(
    for window: Duration = PairingLimits.window, observer: @escaping @Sendable (PairingProgress) -> Void
  ) -> Int? {
    let core = core
    let window = min(window, PairingLimits.window)
    let number = core.desk.open(for: window, at: core.now()) { event in
      core.events(.pairing(event))
      observer(event)
    }
    if number != nil {
      // One millisecond over, so that the clocks of the two libraries need not agree on the last one.
      group.next().scheduleTask(in: .nanoseconds(window.nanoseconds) + .milliseconds(1)) { core.desk.expire(at: core.now()) }
    }
    return number
  }

  /// The person's answer to these digits. A yes to digits that are no longer shown counts for nothing.
  public func answerPairing(_ same: Bool, to digits: String) { core.desk.answer(same, to: digits, at: core.now()) }

  /// Closes the window with this number, or whichever is open.
  public func closePairing(_ reason: String, window number: Int? = nil) {
    core.desk.close(reason, window: number, at: core.now())
  }

  private static func words(_ error: any Error) -> String {
    guard let error = error as? IOError else { return "\(error)" }
    switch error.errnoCode {
    case EADDRINUSE: return "another program has it (another sotto-host?); stop it or choose another address with --listen"
    case EACCES: return "this port needs more rights; choose one above 1023 with --listen"
    case EADDRNOTAVAIL: return "this machine has no such address"
    default: return String(cString: strerror(error.errnoCode))
    }
  }
}
