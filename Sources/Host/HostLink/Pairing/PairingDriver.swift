import NIOCore
import Units
import Wire

/// Carries the messages between one link and the pairing desk.
final class PairingDriver: Conversation {
  private let core: HostCore
  private let peer: String
  private let glasses: Fingerprint
  private let loop: any EventLoop
  private let outlet: any LinkOutlet
  private var number: Int?
  /// When the connection is closed whatever became of it: no window outlives it.
  private let end: Instant

  init(core: HostCore, peer: String, glasses: Fingerprint, outlet: any LinkOutlet, loop: any EventLoop) {
    self.core = core
    self.peer = peer
    self.glasses = glasses
    self.outlet = outlet
    self.loop = loop
    end = core.now() + PairingLimits.window
  }

  /// The handshake is done.
  func begin(at now: Instant) {
    let bound = NIOLoopBound(self, eventLoop: loop)
    let loop = loop
    let caller = PairingDesk.Caller(fingerprint: glasses) { actions in
      loop.execute { bound.value.perform(actions) }
    }
    switch core.desk.connected(caller, at: now) {
    case .success(let number): self.number = number
    case .failure(let refusal): refuse(refusal.description)
    }
  }

  func receive(_ body: Span<UInt8>, at now: Instant) {
    guard let number else { return }
    do {
      core.desk.message(try PairingMessage.decode(body), from: number, at: now)
    } catch {
      // Nobody has proved anything yet, so nothing is survived here: every message is one of five.
      broken("\(error.phrase)", at: now)
    }
  }

  func broken(_ reason: String, at now: Instant) {
    refuse(reason)
    leave(at: now)
  }

  func stop(_ reason: String, at now: Instant) {
    refuse(reason)
    leave(at: now)
  }

  func lost(_ reason: String, at now: Instant) { leave(at: now) }

  // Pairing messages are a few hundred bytes in all, and the window ends a peer that does not read them.
  func writable(_ isWritable: Bool, at now: Instant) {}
  func tick(at now: Instant) {
    if now >= end { stop("the time for pairing is over", at: now) }
  }

  let outlivesItsConnection = false

  func deadline(at now: Instant) -> Instant? { end }

  private func leave(at now: Instant) {
    if let number { core.desk.disconnected(number, at: now) }
    number = nil
  }

  private func perform(_ actions: PairingActions) {
    for message in actions.send { send(message) }
    if actions.disconnect {
      number = nil
      outlet.close("the pairing attempt is over")
    }
    outlet.settle()
  }

  private func refuse(_ reason: String) {
    core.events(.refused(peer: peer, reason: reason))
    send(.refused(Refused(reason: reason)))
    outlet.close(reason)
  }

  private func send(_ message: PairingMessage) {
    var bytes: [UInt8] = []
    do {
      try Frame.append(message, to: &bytes)
    } catch {
      preconditionFailure("pairing messages of the host are below 200 bytes")
    }
    outlet.send(bytes)
  }
}
