import NIOCore
import NIOPosix
import Synchronization
import Wyoming

/// One pair of glasses as a Wyoming satellite, on a port of its own: that is how Home Assistant tells satellites apart.
final class SatelliteServer: Sendable {
  private typealias Client = NIOAsyncChannel<WyomingEvent, WyomingEvent>

  /// Home Assistant has one connection; a few more may ask what this is.
  private static let mostConnections = 8

  let address: WyomingAddress
  let link = SatelliteLink()
  private let info: WyomingInfo
  private let work: Mutex<Task<Void, Never>?>
  private let warn: @Sendable (String) -> Void

  /// Listens. Throws `WyomingFailure.connection` when the address cannot be had.
  static func start(
    name: String, host: String, port: Int, version: String, warn: @escaping @Sendable (String) -> Void
  ) async throws -> SatelliteServer {
    var limits = WyomingLimits()
    limits.payload = 256 * 1024
    limits.data = 64 * 1024
    let bounds = limits
    do {
      let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
        .bind(host: host, port: port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addWyoming(bounds)
            return try Client(wrappingChannelSynchronously: channel)
          }
        }
      let taken = WyomingAddress(host: host, port: listener.channel.localAddress?.port ?? port)
      let server = SatelliteServer(name: name, address: taken, version: version, warn: warn)
      server.run(listener)
      return server
    } catch {
      throw WyomingFailure.connection("cannot listen on \(WyomingAddress(host: host, port: port)): \(ConnectionWords.of(error))")
    }
  }

  private init(name: String, address: WyomingAddress, version: String, warn: @escaping @Sendable (String) -> Void) {
    self.address = address
    self.warn = warn
    work = Mutex(nil)
    info = WyomingInfo(
      satellite: WyomingInfo.Satellite(
        name: name, attribution: WyomingInfo.Attribution(name: "Sotto", url: ""), description: "\(name) (glasses)",
        version: version))
  }

  /// Closes everything; runs that are under way fail.
  func stop() {
    let task = work.withLock { $0 }
    task?.cancel()
  }

  private func run(_ listener: NIOAsyncChannel<Client, Never>) {
    let task = Task {
      // Ends when it is stopped.
      let _: Void? = try? await listener.executeThenClose { clients in
        try await withThrowingDiscardingTaskGroup { group in
          let places = Places(Self.mostConnections)
          for try await client in clients {
            guard places.take() else {
              try? await client.channel.close().get()
              continue
            }
            group.addTask {
              await self.serve(client)
              places.give()
            }
          }
        }
      }
    }
    work.withLock { $0 = task }
  }

  private func serve(_ client: Client) async {
    let peer = client.channel.remoteAddress?.description ?? "an unknown peer"
    do {
      try await client.executeThenClose { inbound, outbound in
        var number: Int?
        do {
          for try await event in inbound { number = try await take(try WyomingMessage(event), outbound, number) }
        } catch {
          if let number { await link.detach(number) }
          throw error
        }
        if let number { await link.detach(number) }
      }
    } catch let failure as WyomingFailure {
      warn("the smart home at \(peer) was closed: \(failure)")
    } catch {
      // The peer has gone, or the server stops: both are ordinary ends.
      return
    }
  }

  /// Returns the number by which the link knows this connection, once it is the smart home's.
  private func take(
    _ message: WyomingMessage, _ outgoing: NIOAsyncChannelOutboundWriter<WyomingEvent>, _ number: Int?
  ) async throws -> Int? {
    switch message {
    case .describe: try await outgoing.write(WyomingMessage.info(info).event)
    case .ping(let text): try await outgoing.write(WyomingMessage.pong(text).event)
    case .runSatellite: return await link.attach(outgoing)
    case .pauseSatellite:
      if let number { await link.detach(number) }
      return nil
    default:
      if let number, let words = await link.take(message, from: number) { warn(words) }
    }
    return number
  }

  /// Counts connections.
  private final class Places: Sendable {
    private let left: Mutex<Int>
    init(_ count: Int) { left = Mutex(count) }
    func take() -> Bool {
      left.withLock { left in
        guard left > 0 else { return false }
        left -= 1
        return true
      }
    }
    func give() { left.withLock { $0 += 1 } }
  }
}
