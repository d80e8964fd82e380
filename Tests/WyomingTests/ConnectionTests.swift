import NIOCore
import NIOPosix
import Testing

@testable import Wyoming

@Suite struct Connection {
  @Test func talksToAService() async throws {
    let answer = try await withService { request in
      switch request {
      case .describe: [.info(WyomingInfo())]
      case .ping(let text): [.pong(text)]
      default: []
      }
    } body: { address in
      try await WyomingConnection.with(address, timeout: .seconds(5)) { connection in
        var incoming = connection.incoming.makeAsyncIterator()
        try await connection.send(.ping("x"))
        return try await incoming.next()
      }
    }
    #expect(answer == .pong("x"))
  }

  @Test func sayInWordsThatNothingListens() async throws {
    // A port that was just given back.
    let port = try await withService { _ in
      []
    } body: {
      $0.port
    }
    await #expect(throws: WyomingFailure.connection("nothing listens there")) {
      try await WyomingConnection.with(WyomingAddress(host: "127.0.0.1", port: port), timeout: .seconds(5)) { _ in }
    }
  }

  @Test(arguments: ["127.0.0.1", "a:b", "host:0", "host:70000", ":10300", "fe80::1:10300", "http://h/:1"])
  func whatIsNoAddress(_ text: String) { #expect(WyomingAddress(text) == nil) }

  @Test func addresses() {
    #expect(WyomingAddress("tcp://[::1]:10300") == WyomingAddress(host: "::1", port: 10_300))
    #expect("\(WyomingAddress(host: "::1", port: 1))" == "[::1]:1")
  }
}

/// A service on a free loopback port that answers each message with others.
func withService<Result: Sendable>(
  _ answers: @escaping @Sendable (WyomingMessage) -> [WyomingMessage], body: @Sendable (WyomingAddress) async throws -> Result
) async throws -> Result {
  let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .bind(host: "127.0.0.1", port: 0) { channel in
      channel.eventLoop.makeCompletedFuture {
        try channel.pipeline.syncOperations.addWyoming(WyomingLimits())
        return try NIOAsyncChannel<WyomingEvent, WyomingEvent>(wrappingChannelSynchronously: channel)
      }
    }
  let address = WyomingAddress(host: "127.0.0.1", port: server.channel.localAddress?.port ?? 0)
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      try await server.executeThenClose { clients in
        for try await client in clients {
          try await client.executeThenClose { inbound, outbound in
            for try await event in inbound {
              for answer in answers(try WyomingMessage(event)) { try await outbound.write(answer.event) }
            }
          }
        }
      }
    }
    let result = try await body(address)
    group.cancelAll()
    while (try? await group.next()) != nil {}
    return result
  }
}
