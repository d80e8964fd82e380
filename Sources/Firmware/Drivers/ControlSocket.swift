import CLinux
import HAL
import Units

/// Where a control socket is wanted.
public struct ControlPlace: Sendable, Hashable {
  public var path: String
  /// A person named the path: it is an error when the socket cannot be had. Otherwise the glasses do without, and say so.
  public var isRequired: Bool

  public init(path: String, isRequired: Bool) {
    self.path = path
    self.isRequired = isRequired
  }
}

/// The control port as a listening local stream socket (`AF_UNIX`).
///
/// The file has mode 0600, and of whoever connects the kernel says which user it is (`SO_PEERCRED`): this program's own and root get in. Connections
/// beyond `ControlPlaces.count` are closed at once. All descriptors are watched level-triggered, each for reading only unless bytes wait for it:
/// a port that nobody talks to wakes nobody and keeps no timer.
public final class ControlSocket: ControlPort {
  private struct Client {
    var descriptor: Int32 = -1
    /// It sends nothing more; the runtime lets it go.
    var hasEnded = false
    /// Not everything was taken that was offered.
    var wantsRoom = false
  }

  private let host: DriverHost
  private let path: String
  private let listener: Int32
  private let firstSource: EventSource
  private var clients = [Client](repeating: Client(), count: ControlPlaces.count)

  /// How many sources it takes: one for the listening socket, one for each client.
  public static var sourceCount: UInt16 { 1 + UInt16(ControlPlaces.count) }

  /// Listens at `path`; folders that are missing are made, of mode 0700. The sources are `source` and those after it.
  ///
  /// Throws with error number EADDRINUSE when another program listens there, EEXIST when something else is there, ENAMETOOLONG when the path is
  /// longer than 107 bytes.
  public init(host: DriverHost, path: String, source: EventSource) throws(DeviceError) {
    self.host = host
    self.path = path
    firstSource = source
    ControlSocket.makeFolders(above: path)
    listener = path.withCString { sotto_listen_local($0) }
    if listener < 0 { throw DeviceError(system: .processor, "open control socket", listener) }
    let watched = host.reactor.watch(listener, SOTTO_READABLE, for: source)
    if watched < 0 { throw DeviceError(system: .processor, "watch control socket", watched) }
  }

  /// The socket where it is wanted and can be had.
  public static func open(host: DriverHost, at place: ControlPlace?, source: EventSource) throws(DeviceError) -> ControlSocket? {
    guard let place else { return nil }
    do throws(DeviceError) {
      return try ControlSocket(host: host, path: place.path, source: source)
    } catch {
      var text = TextBuffer()
      text.append("The control socket ")
      text.append(place.path)
      text.append(" cannot be had; name another path with --control, or leave it out with --no-control (")
      text.append(String(cString: sotto_error_text(error.errno)))
      text.append(")")
      host.log(String(decoding: text.bytes, as: UTF8.self))
      if place.isRequired { throw error }
      return nil
    }
  }

  deinit {
    for client in clients where client.descriptor >= 0 { letGo(client.descriptor) }
    guard listener >= 0 else { return }
    letGo(listener)
    _ = path.withCString { sotto_unlink($0) }
  }

  /// Whether the source is one of this socket's.
  public func owns(_ source: EventSource) -> Bool {
    source.number >= firstSource.number && source.number - firstSource.number < ControlSocket.sourceCount
  }

  /// A descriptor of one of its sources is ready.
  public func descriptorReady(_ source: EventSource, _ readiness: Readiness) {
    guard source.number > firstSource.number else { return accept() }
    let place = Int(source.number - firstSource.number) - 1
    guard clients[place].descriptor >= 0, !clients[place].hasEnded else { return }
    if readiness.isReadable || readiness.isBroken { host.post(.control(.readable(place))) }
    if readiness.isWritable, clients[place].wantsRoom {
      watch(place, forRoom: false)
      host.post(.control(.writable(place)))
    }
  }

  public func receive(from place: Int, into bytes: inout MutableSpan<UInt8>) -> Int {
    let client = clients[place]
    guard client.descriptor >= 0, !client.hasEnded, bytes.count > 0 else { return 0 }
    let count = bytes.withUnsafeMutableBufferPointer { sotto_receive(client.descriptor, $0.baseAddress, $0.count) }
    if count == -Int64(sotto_error_would_block()) { return 0 }
    guard count > 0 else {
      clients[place].hasEnded = true
      host.post(.control(.ended(place)))
      return 0
    }
    return Int(count)
  }

  public func send(to place: Int, _ bytes: Span<UInt8>) -> Int {
    let client = clients[place]
    guard client.descriptor >= 0, bytes.count > 0 else { return 0 }
    let sent = bytes.withUnsafeBufferPointer { sotto_send(client.descriptor, $0.baseAddress, $0.count) }
    // A connection that is broken is found by the receive that follows.
    let taken = Int(max(sent, 0))
    if taken < bytes.count { watch(place, forRoom: true) }
    return taken
  }

  public func close(_ place: Int) {
    guard clients[place].descriptor >= 0 else { return }
    letGo(clients[place].descriptor)
    clients[place] = Client()
    host.withdraw { event in
      switch event {
      case .control(.opened(place, _)), .control(.readable(place)), .control(.writable(place)), .control(.ended(place)): true
      default: false
      }
    }
  }

  private func accept() {
    while true {
      var process: Int32 = 0
      var user: UInt32 = 0
      let descriptor = sotto_accept_local(listener, &process, &user)
      if descriptor == -sotto_error_would_block() { return }
      guard descriptor >= 0 else {
        // Whoever it was is gone again, or there are no descriptors left: the next one may have more luck.
        let error = DeviceError(system: .processor, "accept", descriptor)
        if error.cause == .refused { continue }
        host.log("The control socket takes no more clients", error)
        return host.reactor.unwatch(listener)
      }
      let isWelcome = user == sotto_user_id() || user == 0
      guard isWelcome, let place = clients.firstIndex(where: { $0.descriptor < 0 }) else {
        sotto_close(descriptor)
        continue
      }
      let source = EventSource(firstSource.number + 1 + UInt16(place))
      guard host.reactor.watch(descriptor, SOTTO_READABLE | SOTTO_PEER_DONE, for: source) >= 0 else {
        sotto_close(descriptor)
        continue
      }
      clients[place].descriptor = descriptor
      host.post(.control(.opened(place, process: process)))
    }
  }

  private func watch(_ place: Int, forRoom wantsRoom: Bool) {
    guard clients[place].wantsRoom != wantsRoom else { return }
    clients[place].wantsRoom = wantsRoom
    host.reactor.change(
      clients[place].descriptor, SOTTO_READABLE | SOTTO_PEER_DONE | (wantsRoom ? SOTTO_WRITABLE : 0))
  }

  private func letGo(_ descriptor: Int32) {
    host.reactor.unwatch(descriptor)
    sotto_close(descriptor)
  }

  private static func makeFolders(above path: String) {
    let bytes = [UInt8](path.utf8)
    for end in bytes.indices.dropFirst() where bytes[end] == UInt8(ascii: "/") {
      // What cannot be made is told by the socket that cannot be opened.
      _ = String(decoding: bytes[0..<end], as: UTF8.self).withCString { sotto_make_directory($0, 0o700) }
    }
  }
}
