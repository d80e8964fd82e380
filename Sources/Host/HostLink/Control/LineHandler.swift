import NIOCore

/// Divides a stream into lines and hands them on; a line over the limit closes the connection.
final class LineHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Bytes of the longest line: a warning with a path in it.
  private static let limit = 8192

  private let line: ([UInt8], any Channel) -> Void
  private let ended: () -> Void
  private var pending: [UInt8] = []

  init(line: @escaping ([UInt8], any Channel) -> Void, ended: @escaping () -> Void) {
    self.line = line
    self.ended = ended
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    pending += unwrapInboundIn(data).readableBytesView
    while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
      line(Array(pending[..<end]), context.channel)
      pending.removeFirst(end + 1)
    }
    if pending.count > Self.limit { context.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    ended()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

extension Channel {
  /// Sends one line. A peer that has gone loses it.
  func send(line: String) {
    writeAndFlush(ByteBuffer(string: line + "\n"), promise: nil)
  }
}
