import CLinux
import HAL
import Units

/// The link in real time: TCP. Nothing here blocks.
///
/// ```
///            name              address found          connected
///  closed ────────▶ looking up ──────────────▶ connecting ──────▶ open
///     └───────────── number ───────────────────▲    │ next address  │
///  closed ◀── close (from everywhere)      lost ◀───┴── failure ────┘
/// ```
/// The socket is watched once, edge-triggered, for both directions: neither unread bytes nor room to send can spin, and sending costs no
/// system call beside the sending.
public final class TCPLink: LinkTransport {
  private enum State {
    case closed
    case lookingUp(OpaquePointer)
    case connecting(Int32)
    case open(Int32)
    case lost
  }

  private let host: DriverHost
  private let socket: EventSource
  private let lookup: EventSource
  private var state = State.closed
  /// Addresses that were not tried yet, the next one last.
  private var untried: [sotto_address] = []
  private var wantsRoom = false
  private var mayHaveMore = false

  private static let mostAddresses = 8

  /// `socket` and `lookup` are where its connection and its look-up of names report.
  public init(host: DriverHost, socket: EventSource, lookup: EventSource) {
    self.host = host
    self.socket = socket
    self.lookup = lookup
  }

  deinit { close() }

  public func open(_ address: String) throws(DeviceError) {
    switch state {
    case .closed, .lost: break
    case .lookingUp, .connecting, .open: throw DeviceError(.link, "open", .busy)
    }
    guard let (name, port) = TCPLink.split(address) else { throw DeviceError(.link, "address", .malformed) }
    wantsRoom = false
    mayHaveMore = false
    withdrawEvents()
    untried = TCPLink.gather { list, capacity in
      name.withCString { name in port.withCString { sotto_numeric_addresses(name, $0, list, capacity) } }
    }
    guard untried.isEmpty else { return try connectNext() }
    guard let lookup = name.withCString({ name in port.withCString { sotto_lookup_start(name, $0) } }) else {
      throw DeviceError(.link, "look up", .full)
    }
    let watched = host.reactor.watch(sotto_lookup_fd(lookup), SOTTO_READABLE, for: self.lookup)
    guard watched >= 0 else {
      sotto_lookup_release(lookup)
      throw DeviceError(system: .link, "watch", watched)
    }
    state = .lookingUp(lookup)
  }

  public func close() {
    leave(for: .closed)
    withdrawEvents()
  }

  public func send(_ bytes: Span<UInt8>) throws(DeviceError) -> Int {
    switch state {
    case .closed, .lookingUp, .connecting: throw DeviceError(.link, "send", .refused)
    case .lost: return 0
    case .open(let descriptor):
      guard bytes.count > 0 else { return 0 }
      let sent = bytes.withUnsafeBufferPointer { sotto_send(descriptor, $0.baseAddress, $0.count) }
      if sent < 0, sent != -Int64(sotto_error_would_block()) {
        lose(FailureCause(system: Int32(-sent)))
        return 0
      }
      let taken = Int(max(sent, 0))
      wantsRoom = taken < bytes.count
      return taken
    }
  }

  public func receive(into bytes: inout MutableSpan<UInt8>) throws(DeviceError) -> Int {
    switch state {
    case .closed, .lookingUp, .connecting: throw DeviceError(.link, "receive", .refused)
    case .lost: return 0
    case .open(let descriptor):
      guard bytes.count > 0 else { return 0 }
      mayHaveMore = false
      let count = bytes.withUnsafeMutableBufferPointer { sotto_receive(descriptor, $0.baseAddress, $0.count) }
      if count == -Int64(sotto_error_would_block()) { return 0 }
      guard count > 0 else {
        // Zero is the peer's end of the stream.
        lose(count == 0 ? .refused : FailureCause(system: Int32(-count)))
        return 0
      }
      // A read that fills the buffer may leave bytes for which no new edge comes. One that does not may leave the end of the stream,
      // when that arrived together with the last bytes: its edge was the one that led here.
      mayHaveMore = true
      return Int(count)
    }
  }

  /// Whether the last `receive` may have left bytes for which nothing will be reported.
  public var hasMore: Bool {
    guard case .open = state else { return false }
    return mayHaveMore
  }

  /// `linkReadable` was posted for `hasMore`.
  public func askedForMore() { mayHaveMore = false }

  /// The network went.
  public func cut() { lose(.removed) }

  public func lookupReady() {
    guard case .lookingUp(let lookup) = state else { return }
    var failure: Int32 = 0
    untried = TCPLink.gather { list, capacity in
      let count = sotto_lookup_result(lookup, list, capacity)
      failure = min(count, 0)
      return count
    }
    leave(for: .closed, keeping: untried)
    guard failure == 0, !untried.isEmpty else { return fail(failure < 0 ? FailureCause(system: -failure) : .removed) }
    do throws(DeviceError) {
      try connectNext()
    } catch {
      fail(error.cause)
    }
  }

  public func descriptorReady(_ readiness: Readiness) {
    switch state {
    case .closed, .lookingUp, .lost: return
    case .connecting(let descriptor): connected(descriptor, readiness)
    case .open:
      // A broken connection is found by the receive that follows, after the bytes that came before.
      if readiness.isReadable || readiness.isBroken { host.post(.linkReadable) }
      if readiness.isWritable, wantsRoom {
        wantsRoom = false
        host.post(.linkWritable)
      }
    }
  }

  private func connected(_ descriptor: Int32, _ readiness: Readiness) {
    let error = sotto_socket_error(descriptor)
    guard error != 0 else {
      guard readiness.isWritable else { return }
      state = .open(descriptor)
      host.post(.linkOpened)
      if readiness.isReadable { host.post(.linkReadable) }
      return
    }
    leave(for: .closed, keeping: untried)
    guard !untried.isEmpty else { return fail(FailureCause(system: error)) }
    do throws(DeviceError) {
      try connectNext()
    } catch {
      fail(error.cause)
    }
  }

  /// Begins with the next address that lets itself be tried.
  private func connectNext() throws(DeviceError) {
    var failure: Int32 = 0
    while var address = untried.popLast() {
      let descriptor = sotto_connect(&address)
      if descriptor < 0 {
        failure = descriptor
        continue
      }
      let events = SOTTO_READABLE | SOTTO_WRITABLE | SOTTO_PEER_DONE | SOTTO_EDGE
      let watched = host.reactor.watch(descriptor, events, for: socket)
      guard watched >= 0 else {
        sotto_close(descriptor)
        throw DeviceError(system: .link, "watch", watched)
      }
      state = .connecting(descriptor)
      return
    }
    throw DeviceError(system: .link, "connect", failure)
  }

  private func lose(_ cause: FailureCause) {
    switch state {
    case .closed, .lost: return
    case .lookingUp, .connecting, .open:
      leave(for: .closed)
      fail(cause)
    }
  }

  private func fail(_ cause: FailureCause) {
    state = .lost
    host.post(.linkClosed(cause))
  }

  private func leave(for next: State, keeping addresses: [sotto_address] = []) {
    switch state {
    case .closed, .lost: break
    case .lookingUp(let lookup):
      host.reactor.unwatch(sotto_lookup_fd(lookup))
      sotto_lookup_release(lookup)
    case .connecting(let descriptor), .open(let descriptor):
      host.reactor.unwatch(descriptor)
      sotto_close(descriptor)
    }
    untried = addresses
    state = next
  }

  private func withdrawEvents() {
    host.withdraw {
      switch $0 {
      case .linkOpened, .linkReadable, .linkWritable, .linkClosed: true
      default: false
      }
    }
  }

  private static func gather(_ fill: (UnsafeMutablePointer<sotto_address>?, Int32) -> Int32) -> [sotto_address] {
    var list = [sotto_address](repeating: sotto_address(), count: mostAddresses)
    let count = list.withUnsafeMutableBufferPointer { fill($0.baseAddress, Int32($0.count)) }
    return list.prefix(Int(max(count, 0))).reversed()
  }

  /// `host:port`; a host with colons stands in brackets.
  static func split(_ address: String) -> (host: String, port: String)? {
    let bytes = [UInt8](address.utf8)
    guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    var host = bytes[0..<colon]
    let port = bytes[(colon + 1)...]
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]"), host.count > 2 {
      host = host.dropFirst().dropLast()
    } else if host.contains(UInt8(ascii: ":")) || host.contains(UInt8(ascii: "[")) {
      return nil
    }
    guard !host.isEmpty, !host.contains(0), (1...5).contains(port.count) else { return nil }
    guard port.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return (String(decoding: host, as: UTF8.self), String(decoding: port, as: UTF8.self))
  }
}
