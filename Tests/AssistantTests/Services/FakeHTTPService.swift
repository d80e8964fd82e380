import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import Assistant

/// An HTTP service on a free loopback port that does as it is told, well or badly.
final class FakeHTTPService: Sendable {
  struct Request: Sendable {
    var path: String
    var headers: HTTPHeaders
    var body: [UInt8]
    var json: JSON? { JSON(body) }
  }

  enum Act: Sendable {
    case reply(HTTPResponseStatus, type: String, [String])
    /// Takes the request and says nothing.
    case silence
    /// Begins to answer and then says nothing.
    case stall(String)
    case bytes(type: String, [UInt8])

    /// Events of a streamed chat completion, as llama.cpp sends them: the first has no content.
    static func chat(_ tokens: String...) -> Act {
      let first = #"{"choices":[{"delta":{"role":"assistant","content":null},"index":0}]}"#
      let events = tokens.map { JSON.object(["choices": .list([.object(["delta": .object(["content": .text($0)])])])]) }
      let texts = [first] + events.map { String(decoding: $0.bytes, as: UTF8.self) } + ["[DONE]"]
      return .reply(.ok, type: "text/event-stream", texts.map { "data: \($0)\n\n" })
    }
  }

  private let channel: any Channel
  private let seen: SharedRequests
  private let closed: AsyncStream<Void>
  var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/v1" }
  var requests: [Request] { seen.requests.withLock { $0 } }

  static func with<Result: Sendable>(
    _ act: @escaping @Sendable (Request) -> Act, body: @Sendable (FakeHTTPService) async throws -> Result
  ) async throws -> Result {
    let service = try await FakeHTTPService(act)
    do {
      let result = try await body(service)
      try? await service.channel.close().get()
      return result
    } catch {
      try? await service.channel.close().get()
      throw error
    }
  }

  private init(_ act: @escaping @Sendable (Request) -> Act) async throws {
    let log = SharedRequests()
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    closed = stream
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(act, log) { continuation.yield() })
        }
      }.bind(host: "127.0.0.1", port: 0).get()
    seen = log
  }

  /// Returns when a client has closed a connection.
  func clientHasGone() async { for await _ in closed { return } }

  private final class SharedRequests: Sendable {
    let requests = Mutex<[Request]>([])
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let act: @Sendable (Request) -> Act
    private let log: SharedRequests
    private let gone: @Sendable () -> Void
    private var request: Request?

    init(_ act: @escaping @Sendable (Request) -> Act, _ log: SharedRequests, gone: @escaping @Sendable () -> Void) {
      self.act = act
      self.log = log
      self.gone = gone
    }

    func channelInactive(context: ChannelHandlerContext) { gone() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): request = Request(path: head.uri, headers: head.headers, body: [])
      case .body(let bytes): request?.body += bytes.readableBytesView
      case .end:
        guard let whole = request else { return }
        log.requests.withLock { $0.append(whole) }
        answer(act(whole), context)
      }
    }

    private func answer(_ act: Act, _ context: ChannelHandlerContext) {
      switch act {
      case .silence: break
      case .reply(let status, let type, let pieces):
        begin(status, type, context)
        for piece in pieces { write(Array(piece.utf8), context) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      case .stall(let piece):
        begin(.ok, "text/event-stream", context)
        write(Array(piece.utf8), context)
      case .bytes(let type, let bytes):
        begin(.ok, type, context)
        write(bytes, context)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }

    private func begin(_ status: HTTPResponseStatus, _ type: String, _ context: ChannelHandlerContext) {
      let head = HTTPResponseHead(version: .http1_1, status: status, headers: ["content-type": type])
      context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
    }
  }
}
