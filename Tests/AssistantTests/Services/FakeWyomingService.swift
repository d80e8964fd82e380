import NIOCore
import NIOPosix
import Synchronization
import Wyoming

/// A Wyoming service on a free loopback port that answers each message with others.
final class FakeWyomingService: Sendable {
  private let log = Mutex<[WyomingMessage]>([])
  let address: WyomingAddress

  /// What was received, over all connections.
  var received: [WyomingMessage] { log.withLock { $0 } }

  private init(_ address: WyomingAddress) { self.address = address }

  /// `raw` is sent in place of the answers, once a message has come.
  static func with<Result: Sendable>(
    raw: [UInt8]? = nil, _ answers: @escaping @Sendable (WyomingMessage) -> [WyomingMessage],
    body: @Sendable (FakeWyomingService) async throws -> Result
  ) async throws -> Result {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(WyomingDecoder()))
          return try NIOAsyncChannel<WyomingEvent, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let service = FakeWyomingService(WyomingAddress(host: "127.0.0.1", port: server.channel.localAddress?.port ?? 0))
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await server.executeThenClose { clients in
          try await withThrowingDiscardingTaskGroup { connections in
            for try await client in clients {
              connections.addTask { try? await service.serve(client, raw, answers) }
            }
          }
        }
      }
      defer { group.cancelAll() }
      return try await body(service)
    }
  }

  private func serve(
    _ client: NIOAsyncChannel<WyomingEvent, ByteBuffer>, _ raw: [UInt8]?,
    _ answers: @escaping @Sendable (WyomingMessage) -> [WyomingMessage]
  ) async throws {
    try await client.executeThenClose { inbound, outbound in
      for try await event in inbound {
        let message = try WyomingMessage(event)
        log.withLock { $0.append(message) }
        if let raw { try await outbound.write(ByteBuffer(bytes: raw)) }
        for answer in answers(message) where raw == nil {
          var bytes = ByteBuffer()
          WyomingEncoder().encode(data: answer.event, out: &bytes)
          try await outbound.write(bytes)
        }
      }
    }
  }
}
