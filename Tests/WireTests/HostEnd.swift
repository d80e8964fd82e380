@testable import Wire

/// The host's end of a connection for tests: the same channel as a server, with the messages the other way round.
final class HostEnd {
  enum Event: Equatable {
    case opened(Fingerprint)
    case message(DeviceMessage)
    case pairing(PairingMessage)
    case broken(WireError)
    case closed(SessionFailure)
  }

  let channel: SecureChannel
  let isPairing: Bool

  init(identity: Identity, expecting expectation: PeerExpectation) throws {
    channel = try SecureChannel(role: .server, identity: identity, expecting: expectation)
    isPairing = expectation == .pairing
  }

  func events() throws -> [Event] {
    var events: [Event] = []
    while true {
      switch channel.step() {
      case .idle: return events
      case .opened(let peer): events.append(.opened(peer))
      case .broken(let error): events.append(.broken(error))
      case .closed(let failure): events.append(.closed(failure))
      case .frame:
        do throws(WireError) {
          if isPairing {
            events.append(.pairing(try channel.withFrame(PairingMessage.decode)))
          } else {
            events.append(.message(try channel.withFrame(DeviceMessage.decode)))
          }
        } catch { events.append(.broken(error)) }
      }
    }
  }

  func send(_ message: HostMessage) throws {
    var frame: [UInt8] = []
    try Frame.append(message, to: &frame)
    send(bytes: frame)
  }

  func send(_ message: PairingMessage) throws {
    var frame: [UInt8] = []
    try Frame.append(message, to: &frame)
    send(bytes: frame)
  }

  /// Anything at all, inside TLS.
  func send(bytes: [UInt8]) { _ = channel.send(bytes.span) }

  func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    channel.drainOutput { span in
      taken.append(bytes: span)
      return span.count
    }
    return taken
  }
}

extension HostConnection {
  func events() -> [SessionEvent] {
    var events: [SessionEvent] = []
    while let event = next() { events.append(event) }
    return events
  }

  func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    drainOutput { span in
      taken.append(bytes: span)
      return span.count
    }
    return taken
  }

  func received(all bytes: [UInt8]) { received(bytes.span) }
}

/// Glasses and host with everything that one sends carried to the other, in pieces of `fragment` bytes.
struct Wires {
  let glasses: HostConnection
  let host: HostEnd
  var fragment = Int.max
  var glassesSaw: [SessionEvent] = []
  var hostSaw: [HostEnd.Event] = []

  init(
    glasses: Identity, expecting glassesExpect: PeerExpectation, host: Identity, expecting hostExpects: PeerExpectation,
    fragment: Int = .max
  ) throws {
    self.glasses = try HostConnection(identity: glasses, expecting: glassesExpect)
    self.host = try HostEnd(identity: host, expecting: hostExpects)
    self.fragment = fragment
  }

  /// Until neither has anything to send.
  mutating func settle() throws {
    while true {
      let up = glasses.takeOutput()
      for piece in pieces(of: up) {
        host.channel.received(piece.span)
        hostSaw += try host.events()
      }
      let down = host.takeOutput()
      for piece in pieces(of: down) {
        glasses.received(piece.span)
        glassesSaw += glasses.events()
      }
      if up.isEmpty, down.isEmpty { break }
    }
    hostSaw += try host.events()
    glassesSaw += glasses.events()
  }

  private func pieces(of bytes: [UInt8]) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: min(fragment, max(bytes.count, 1))).map { start in
      Array(bytes[start..<min(start + min(fragment, bytes.count), bytes.count)])
    }
  }
}
