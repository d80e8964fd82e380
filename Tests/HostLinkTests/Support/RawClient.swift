import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Wire

/// A peer that can say anything: TLS as it is told, then any bytes. Or no TLS at all.
final class RawClient: Sendable {
  enum Item: Sendable {
    case handshake(String?)
    case message(HostMessage)
    case ended
  }
  struct TLS {
    var identity: Identity?
    var alpn = "sotto/1"
    var maximum: TLSVersion?
  }

  let channel: any Channel
  private let items: AsyncStream<Item>
  private nonisolated(unsafe) var iterator: AsyncStream<Item>.AsyncIterator

  private init(_ channel: any Channel, _ items: AsyncStream<Item>) {
    self.channel = channel
    self.items = items
    iterator = items.makeAsyncIterator()
  }

  static func connect(port: Int, tls: TLS?, readsNothing: Bool = false) async throws -> RawClient {
    let (items, continuation) = AsyncStream.makeStream(of: Item.self)
    let context = try tls.map { try Self.context($0) }
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context {
            let handler = try NIOSSLClientHandler(
              context: context, serverHostname: nil,
              customVerificationCallback: { _, promise in promise.succeed(.certificateVerified) })
            try channel.pipeline.syncOperations.addHandler(handler)
          }
          try channel.pipeline.syncOperations.addHandler(Reader(continuation))
        }
      }.connect(host: "127.0.0.1", port: port).get()
    return RawClient(channel, items)
  }

  private static func context(_ tls: TLS) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .noHostnameVerification
    configuration.applicationProtocols = [tls.alpn]
    configuration.maximumTLSVersion = tls.maximum
    if let identity = tls.identity {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)).map {
        .certificate($0)
      }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }

  func next() async -> Item? { await iterator.next() }

  /// Waits for the handshake's end; nil when there was none.
  func handshake() async -> String?? {
    guard case .handshake(let negotiated) = await next() else { return nil }
    return negotiated
  }

  /// The reason in the host's `refused`, or nil when it only closed.
  func refusal() async -> String? {
    while let item = await next() {
      if case .message(.refused(let refused)) = item { return refused.reason }
    }
    return nil
  }

  func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

  func send(_ message: DeviceMessage) async throws {
    var bytes: [UInt8] = []
    try Frame.append(message, to: &bytes)
    try await send(bytes)
  }

  func close() async throws { try await channel.close().get() }

  private final class Reader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let items: AsyncStream<Item>.Continuation
    private var frames = FrameReader()

    init(_ items: AsyncStream<Item>.Continuation) { self.items = items }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case .handshakeCompleted(let negotiated) = event as? TLSUserEvent { items.yield(.handshake(negotiated)) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = Array(unwrapInboundIn(data).readableBytesView)
      var offset = 0
      while (try? frames.read(bytes.span, from: &offset)) == true {
        if let message = try? HostMessage.decode(frames.body) { items.yield(.message(message)) }
      }
    }

    func channelInactive(context: ChannelHandlerContext) {
      items.yield(.ended)
      items.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
