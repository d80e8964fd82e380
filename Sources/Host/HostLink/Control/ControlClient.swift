import Foundation
import NIOCore
import NIOPosix

/// Talks to a running `serve` through its control socket.
public struct ControlClient: Sendable {
  private let channel: any Channel
  /// What the host says, until it closes the connection.
  public let events: AsyncStream<EventLine>

  /// Nil when no host serves this state directory.
  public static func connect(_ store: HostStore) async -> ControlClient? { await connect(store.controlPath) }

  static func connect(_ path: String) async -> ControlClient? {
    let (events, continuation) = AsyncStream.makeStream(of: EventLine.self)
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            LineHandler { bytes, _ in
              if let line = EventLine(json: bytes) { continuation.yield(line) }
            } ended: {
              continuation.finish()
            })
        }
      }
    guard let channel = try? await bootstrap.connect(unixDomainSocketPath: path).get() else { return nil }
    return ControlClient(channel: channel, events: events)
  }

  /// Asks for the pairing window; `events` then tells how it goes.
  public func openPairing(seconds: Int) {
    channel.send(line: ControlRequest.pair(seconds: seconds).json)
  }

  public func answer(_ same: Bool, to digits: String) {
    channel.send(line: ControlRequest.answer(same: same, digits: digits).json)
  }

  /// Makes the host end the sessions of devices that are no longer paired, and drop what it has at hand of a memory that another
  /// program has changed; returns when it has.
  public func devicesChanged() async {
    channel.send(line: ControlRequest.devicesChanged.json)
    for await line in events where line.event == "done" { return }
  }

  public func close() async {
    // The host may have closed it first.
    try? await channel.close().get()
  }
}
