import NIOCore
import NIOPosix
import Synchronization
import Testing
import Wire

/// The glasses' own `HostConnection` over a socket.
final class TestGlasses: Sendable {
  private let channel: any Channel
  private let handler: NIOLoopBound<Handler>
  private let events: AsyncStream<SessionEvent>
  /// Messages and events in order; one consumer.
  private nonisolated(unsafe) var iterator: AsyncStream<SessionEvent>.AsyncIterator

  private init(_ channel: any Channel, _ handler: NIOLoopBound<Handler>, _ events: AsyncStream<SessionEvent>) {
    self.channel = channel
    self.handler = handler
    self.events = events
    iterator = events.makeAsyncIterator()
  }

  static func connect(port: Int, identity: Identity, expecting: PeerExpectation) async throws -> TestGlasses {
    let (events, continuation) = AsyncStream.makeStream(of: SessionEvent.self)
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    let made = Mutex<NIOLoopBound<Handler>?>(nil)
    let channel = try await bootstrap.channelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        let handler = Handler(try HostConnection(identity: identity, expecting: expecting), continuation)
        try channel.pipeline.syncOperations.addHandler(handler)
        made.withLock { $0 = NIOLoopBound(handler, eventLoop: channel.eventLoop) }
      }
    }.connect(host: "127.0.0.1", port: port).get()
    return TestGlasses(channel, try #require(made.withLock { $0 }), events)
  }

  /// The next event; nil after the end.
  func next() async -> SessionEvent? { await iterator.next() }

  /// Skips to the next event that is one of those wanted.
  func next(_ isWanted: (SessionEvent) -> Bool) async -> SessionEvent? {
    while let event = await next() {
      if isWanted(event) { return event }
    }
    return nil
  }

  /// Why the connection ended.
  func end() async -> SessionFailure? {
    guard case .closed(let failure) = await next({ if case .closed = $0 { true } else { false } }) else { return nil }
    return failure
  }

  func send(_ messages: DeviceMessage...) async throws {
    let handler = handler
    try await channel.eventLoop.submit { handler.value.send(messages) }.get()
  }

  func send(_ message: PairingMessage) async throws {
    let handler = handler
    try await channel.eventLoop.submit { handler.value.send(message) }.get()
  }

  /// Waits for the handshake, says hello and waits for the welcome.
  func greet() async throws {
    guard case .opened = await next() else {
      Issue.record("the session did not open")
      return
    }
    try await send(.hello(Hello(deviceName: "test glasses", captureRate: 16_000, playbackRate: 24_000)))
    guard case .message(.welcome(let welcome)) = await next() else {
      Issue.record("the host did not welcome the glasses")
      return
    }
    #expect(welcome == Welcome(hostName: "test host", localTime: welcome.localTime))
    #expect(welcome.localTime != nil, "quiet hours need the wearer's time")
  }

  /// The messages up to and with the end of `turn`.
  func messages(through turn: UInt32) async -> [HostMessage] {
    var messages: [HostMessage] = []
    while let event = await next() {
      guard case .message(let message) = event else { continue }
      messages.append(message)
      if case .turnEnded(let end) = message, end.turn == turn { break }
    }
    return messages
  }

  /// Ends the connection with a farewell.
  func leave() async throws {
    let handler = handler
    try await channel.eventLoop.submit { handler.value.leave() }.get()
  }

  /// Ends the connection without one, as a killed process does.
  func vanish() async throws { try await channel.close().get() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: HostConnection
    private let events: AsyncStream<SessionEvent>.Continuation
    private var context: ChannelHandlerContext?

    init(_ connection: HostConnection, _ events: AsyncStream<SessionEvent>.Continuation) {
      self.connection = connection
      self.events = events
    }

    func channelActive(context: ChannelHandlerContext) {
      self.context = context
      pump()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      connection.received(Array(unwrapInboundIn(data).readableBytesView).span)
      pump()
    }

    func channelInactive(context: ChannelHandlerContext) {
      connection.transportEnded()
      pump()
      events.finish()
      self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func send(_ messages: [DeviceMessage]) {
      for message in messages { #expect(connection.send(message)) }
      pump()
    }

    func send(_ message: PairingMessage) {
      // The host may have closed meanwhile; the events tell.
      connection.send(message)
      pump()
    }

    func leave() {
      connection.close()
      pump()
      context?.close(promise: nil)
    }

    private func pump() {
      while let event = connection.next() { events.yield(event) }
      connection.drainOutput { bytes in
        guard let context else { return bytes.count }
        let copy = bytes.withUnsafeBufferPointer { Array($0) }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: copy)), promise: nil)
        return bytes.count
      }
    }
  }
}
