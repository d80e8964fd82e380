import NIOCore
import NIOSSL
import NIOTLS
import Units
import Wire

/// The last handler of a connection: waits for the TLS handshake within its time, finds out what the peer wants (ALPN) and who it
/// is, cuts the bytes into frames and hands them to a conversation. The same in the server and in lockstep.
///
/// ```
/// handshaking ──handshake done──▶ conversing ──close──▶ closing ──▶ (inactive)
///      └──time-out, refused, not TLS──────────────────────▲
/// ```
final class LinkHandler: ChannelInboundHandler, LinkOutlet {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    case handshaking(until: Instant)
    case conversing(any Conversation)
    case closing(String)
  }

  private let core: HostCore
  private let peer: String
  private let admission: NIOLoopBoundBox<Admission?>
  private var state: State
  private var reader = FrameReader()
  private var context: ChannelHandlerContext?
  private var queued = 0
  private var needsFlush = false
  private var timer: (at: Instant, task: Scheduled<Void>)?
  private var seat: SessionRegistry.Seat?
  private var failure: String?

  init(core: HostCore, peer: String, admission: NIOLoopBoundBox<Admission?>, seat: SessionRegistry.Seat) {
    self.core = core
    self.peer = peer
    self.admission = admission
    self.seat = seat
    state = .handshaking(until: core.now() + core.limits.handshake)
  }

  // MARK: Deadlines

  /// When `tick` is due; nil when nothing is to be done before the next event.
  var deadline: Instant? {
    switch state {
    case .handshaking(let until): until
    case .conversing(let conversation): conversation.deadline(at: core.now())
    case .closing: nil
    }
  }

  func tick() {
    let now = core.now()
    switch state {
    case .handshaking(let until): if now >= until { close("no TLS handshake within \(core.limits.handshake)") }
    case .conversing(let conversation): conversation.tick(at: now)
    case .closing: break
    }
    settle()
  }

  /// After every event: what was queued goes out in one flush, and the one timer is set to the next deadline.
  func settle() {
    guard let context else { return }
    if needsFlush {
      needsFlush = false
      context.flush()
    }
    guard core.armsTimers else { return }
    let next = deadline
    if let timer {
      if timer.at == next { return }
      timer.task.cancel()
      self.timer = nil
    }
    guard let next else { return }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let task = context.eventLoop.scheduleTask(in: .nanoseconds(max(0, (next - core.now()).nanoseconds))) {
      bound.value.timer = nil
      bound.value.tick()
    }
    timer = (next, task)
  }

  // MARK: The channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    settle()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.task.cancel()
    timer = nil
    self.context = nil
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let negotiated) = event as? TLSUserEvent { begin(negotiated) }
    settle()
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    receive(Array(buffer.readableBytesView))
    settle()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if case .conversing(let conversation) = state { conversation.writable(context.channel.isWritable, at: core.now()) }
    settle()
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    failure = failure ?? LinkFailure.words(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    let isCut = !reader.isBetweenFrames
    let reason = failure ?? (isCut ? "the connection ended inside a message" : "the glasses closed the connection")
    switch state {
    case .handshaking: core.events(.refused(peer: peer, reason: admission.value?.refusal ?? reason))
    case .conversing(let conversation): conversation.lost(reason, at: core.now())
    case .closing: break
    }
    state = .closing(reason)
    leave()
    context.fireChannelInactive()
  }

  /// Gives the place among the strangers or the sessions back.
  private func leave() {
    if let seat { core.registry.leave(seat) }
    seat = nil
    timer?.task.cancel()
    timer = nil
  }

  // MARK: The handshake's result

  private func begin(_ negotiated: String?) {
    guard case .handshaking = state, let context, let seat else { return }
    let now = core.now()
    guard let admission = admission.value else { return close("no certificate was verified") }
    switch negotiated {
    case HostTLS.sessionProtocol:
      // Read again: the device may have been forgotten since its certificate was looked at.
      guard let device = core.store.device(admission.fingerprint) else {
        return refuse("an unpaired device (\(admission.fingerprint))")
      }
      let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
      let loop = context.eventLoop
      let isSeated = core.registry.begin(
        seat, device.fingerprint, limit: core.limits.sessions,
        stop: { reason in
          if loop.inEventLoop { bound.value.stop(reason) } else { loop.execute { bound.value.stop(reason) } }
        },
        superseded: {
          if loop.inEventLoop { bound.value.supersede() } else { loop.execute { bound.value.supersede() } }
        })
      guard isSeated else { return refuse("there are \(core.limits.sessions) sessions already", isFull: true) }
      // Once more: whoever forgot it just now did not find the session yet.
      guard core.store.device(device.fingerprint) != nil else {
        return refuse("an unpaired device (\(device.fingerprint))")
      }
      let driver = SessionDriver(core: core, device: device, peer: peer, outlet: self, loop: loop)
      state = .conversing(driver)
      driver.writable(context.channel.isWritable, at: now)
    case HostTLS.pairingProtocol:
      let driver = PairingDriver(core: core, peer: peer, glasses: admission.fingerprint, outlet: self, loop: context.eventLoop)
      core.registry.pairs(seat)
      state = .conversing(driver)
      driver.begin(at: now)
    case .some(let other): close("the peer speaks \(other)")
    case nil: close("the peer speaks neither \(HostTLS.sessionProtocol) nor an open pairing")
    }
  }

  /// The glasses may not have a session: they are told why, and the connection ends.
  private func refuse(_ reason: String, isFull: Bool = false) {
    var bytes: [UInt8] = []
    do throws(WireError) {
      try Frame.append(HostMessage.refused(Refused(reason: reason, isFull: isFull)), to: &bytes)
      send(bytes)
    } catch {
      core.events(.warning("the reason of a refusal was not sent: \(error.phrase)"))
    }
    close(reason)
  }

  /// Ends the conversation from the host's side.
  func stop(_ reason: String) {
    switch state {
    case .handshaking: close(reason)
    case .conversing(let conversation): conversation.stop(reason, at: core.now())
    case .closing: break
    }
    settle()
  }

  /// The glasses have called anew: this connection is dead, only nobody has noticed. Its session may go on there.
  private func supersede() {
    guard case .conversing(let conversation) = state else { return }
    let reason = "the glasses began another session"
    guard conversation.outlivesItsConnection else { return stop(reason) }
    state = .closing(reason)
    conversation.lost("the glasses called anew", at: core.now())
    context?.close(promise: nil)
  }

  // MARK: Bytes in

  private func receive(_ bytes: [UInt8]) {
    var offset = 0
    while case .conversing(let conversation) = state {
      do {
        guard try reader.read(bytes.span, from: &offset) else { return }
      } catch {
        return conversation.broken("\(error.phrase)", at: core.now())
      }
      conversation.receive(reader.body, at: core.now())
    }
  }

  // MARK: LinkOutlet

  func adopt(_ conversation: any Conversation) {
    guard case .conversing = state, let context else { return }
    state = .conversing(conversation)
    conversation.writable(context.channel.isWritable, at: core.now())
  }

  func send(_ bytes: [UInt8]) {
    guard let context, !isClosing else { return }
    guard queued + bytes.count <= 2 * core.limits.outboundBytes else {
      // Speech waits while the connection takes no bytes, so only a flood of short messages comes here.
      failure = "the glasses did not read \(queued) bytes"
      return context.close(promise: nil)
    }
    queued += bytes.count
    needsFlush = true
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let count = bytes.count
    context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes))).whenComplete { _ in bound.value.queued -= count
    }
  }

  func close(_ reason: String) {
    switch state {
    case .closing: return
    case .handshaking: core.events(.refused(peer: peer, reason: reason))
    case .conversing: break
    }
    state = .closing(reason)
    guard let context else { return }
    if needsFlush {
      needsFlush = false
      context.flush()
    }
    context.close(promise: nil)
  }

  var isClosing: Bool {
    if case .closing = state { true } else { false }
  }
}
