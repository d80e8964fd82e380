import Foundation
import NIOCore
import NIOPosix
import Units

/// The Unix socket in the state directory through which `pair` and `forget` reach a running `serve`. Who may open it may also read
/// the host's key: the directory is 0700, the socket 0600.
///
/// A lock on the file `serving` beside it, which the kernel takes back from a killed host, keeps a second host away.
public final class ControlServer: Sendable {
  private let listener: any Channel
  private let path: String
  private let lock: StateLock

  /// Throws `HostFailure` when another host uses the same state directory.
  public static func start(_ server: HostServer, store: HostStore) async throws -> ControlServer {
    let path = store.controlPath
    let lock = try StateLock(store)
    // What a killed host left behind.
    unlink(path)
    do {
      let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(handler(server))
          }
        }
        .bind(unixDomainSocketPath: path).get()
      guard chmod(path, 0o600) == 0 else { throw HostFailure(String(cString: strerror(errno))) }
      return ControlServer(listener, path, lock)
    } catch {
      throw HostFailure("cannot make the control socket \(path): \(error) (a path may have at most 107 bytes)")
    }
  }

  private init(_ listener: any Channel, _ path: String, _ lock: StateLock) {
    self.listener = listener
    self.path = path
    self.lock = lock
  }

  public func shutDown() async {
    // Closed already when the process is being torn down.
    try? await listener.close().get()
    unlink(path)
    lock.release()
  }

  private static func handler(_ server: HostServer) -> LineHandler {
    var window: Int?
    return LineHandler { bytes, channel in
      switch ControlRequest(json: bytes) {
      case .pair(let seconds):
        let opened = server.openPairing(for: .seconds(seconds)) { event in
          channel.send(line: EventLine(event).json)
        }
        if let opened {
          window = opened
        } else {
          channel.send(line: EventLine(.closed(.closed("a pairing window is open already"))).json)
        }
      case .answer(let same, let digits): if window != nil { server.answerPairing(same, to: digits) }
      case .devicesChanged:
        Task {
          await server.checkPairings()
          channel.send(line: EventLine(event: "done").json)
        }
      case nil:
        var line = EventLine(event: "error")
        line.reason = "not a request that this host knows"
        channel.send(line: line.json)
      }
    } ended: {
      // Only the window that it opened: another person may have opened one since.
      if let window { server.closePairing("the person at the host left", window: window) }
    }
  }
}
