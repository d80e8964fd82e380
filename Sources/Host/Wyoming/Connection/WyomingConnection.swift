import NIOCore
import NIOPosix

/// A connection to a Wyoming service, open while `with` runs. Both directions hold back: events are read only as fast as they are
/// consumed, and writing waits while the peer does not read.
public struct WyomingConnection: Sendable {
  private typealias Wrapped = NIOAsyncChannel<WyomingEvent, WyomingEvent>

  /// What the service sends, in order. Iterate once.
  public struct Incoming: AsyncSequence, Sendable {
    public typealias Element = WyomingMessage
    fileprivate let events: NIOAsyncChannelInboundStream<WyomingEvent>

    public struct AsyncIterator: AsyncIteratorProtocol {
      fileprivate var events: NIOAsyncChannelInboundStream<WyomingEvent>.AsyncIterator

      /// Throws `WyomingFailure` for bytes that are not the protocol's; nil when the service has closed the connection.
      public mutating func next() async throws -> WyomingMessage? {
        try await events.next().map { event throws(WyomingFailure) in try WyomingMessage(event) }
      }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(events: events.makeAsyncIterator()) }
  }

  public let incoming: Incoming
  private let outgoing: NIOAsyncChannelOutboundWriter<WyomingEvent>

  /// Returns when the connection has taken the message. Throws when it is gone.
  public func send(_ message: WyomingMessage) async throws {
    do {
      try await outgoing.write(message.event)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw WyomingFailure.connection("the connection was closed")
    }
  }

  /// Connects, runs `body`, and closes: also when the calling task is cancelled, and then at once.
  /// Throws `WyomingFailure.connection` when there is no service within `timeout`.
  public static func with<Result: Sendable>(
    _ address: WyomingAddress, timeout: Duration, limits: WyomingLimits = WyomingLimits(),
    _ body: @Sendable (WyomingConnection) async throws -> Result
  ) async throws -> Result {
    let channel = try await open(address, timeout: timeout, limits: limits)
    return try await channel.executeThenClose { inbound, outbound in
      try await body(WyomingConnection(incoming: Incoming(events: inbound), outgoing: outbound))
    }
  }

  private static func open(_ address: WyomingAddress, timeout: Duration, limits: WyomingLimits) async throws -> Wrapped {
    do {
      return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(.nanoseconds(timeout.components.seconds * 1_000_000_000 + timeout.components.attoseconds / 1_000_000_000))
        .channelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
        .connect(host: address.host, port: address.port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addWyoming(limits)
            return try Wrapped(wrappingChannelSynchronously: channel)
          }
        }
    } catch let error as CancellationError {
      throw error
    } catch {
      throw WyomingFailure.connection(ConnectionWords.of(error))
    }
  }
}

extension ChannelPipeline.SynchronousOperations {
  /// The protocol's codec.
  public func addWyoming(_ limits: WyomingLimits) throws {
    try addHandler(ByteToMessageHandler(WyomingDecoder(limits: limits)))
    try addHandler(MessageToByteHandler(WyomingEncoder()))
  }
}
