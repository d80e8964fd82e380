import Assistant
import Foundation
import NIOCore
import NIOEmbedded
import NIOSSL
import Synchronization
import Units
import Wire

/// The host for a rig in virtual time: the TLS, framing, session and pairing code of the server on an embedded event loop, without
/// sockets, timers or threads of its own. The rig hands in bytes and the time, and takes bytes out.
///
/// Each turn runs to its end inside the `receive` that feeds it; its outputs become due at modelled instants (`ModelledDelays`) and
/// are encrypted when `collect` delivers them. A cancel drops what was not delivered.
///
/// Not thread-safe. `receive` waits for the assistant, which runs on Swift's own threads: call it from a thread that is not
/// one of those (the main thread of a synchronous program; a `Thread` in a test), or two hosts may wait for each other for ever.
public final class LockstepHost {
  private let loop = EmbeddedEventLoop()
  private let core: HostCore
  private let tls: HostTLS
  private let deliveries: NIOLoopBoundBox<Deliveries>
  private let time: VirtualTime
  private let watch = PairingWatch()
  private var channel: EmbeddedChannel?
  private var link: LinkHandler?
  private var outbound: [UInt8] = []
  private var hasEnded = false

  /// - Parameters:
  ///   - store: the host's state directory; devices in it are paired.
  ///   - assistant: made with `lockstep: true`.
  ///   - delays: asked at the begin of each turn.
  ///   - effort: of encoding the answers; the modelled delays do not depend on it.
  ///   - epoch: the wall-clock time at instant zero, for the skills that tell the time.
  ///   - events: what would be logged; called inside the other calls.
  /// Throws when the identity cannot be used.
  public init(
    store: HostStore, assistant: Assistant, delays: @escaping @Sendable () -> ModelledDelays = { ModelledDelays() },
    effort: EncoderEffort = .speech,
    limits: HostLimits = HostLimits(), hostName: String = "sotto-host", epoch: Date = Date(timeIntervalSince1970: 1_767_268_800),
    trace: HostTrace? = nil, events: @escaping @Sendable (HostEvent) -> Void = { _ in }
  ) throws {
    let time = VirtualTime()
    self.time = time
    deliveries = NIOLoopBoundBox(Deliveries(), eventLoop: loop)
    tls = try HostTLS(identity: store.identity)
    let now: @Sendable () -> Instant = { time.now }
    let wallClock: @Sendable () -> Date = { epoch.addingTimeInterval(Double(time.now.nanoseconds) / 1e9) }
    let desk = PairingDesk(own: store.identity.fingerprint, name: hostName) { pairing in
      try store.add(PairedDevice(name: pairing.name, fingerprint: pairing.peer, paired: wallClock()))
    }
    core = HostCore(
      hostName: hostName, limits: limits, store: store, desk: desk, offersSessions: true,
      turns: LockstepTurns(
        assistant: assistant, delays: delays, effort: effort, deliveries: deliveries,
        memory: NIOLoopBoundBox(SpeechMemory(), eventLoop: loop), now: now),
      events: events, trace: trace, now: now, wallClock: wallClock, armsTimers: false)
  }

  // MARK: The link

  /// The glasses opened a connection. An earlier one is lost.
  public func connected(at now: Instant) {
    disconnected(at: now)
    let channel = EmbeddedChannel(loop: loop)
    hasEnded = false
    do {
      link = try tls.install(on: channel, core: core, peer: "simulated glasses")
      channel.connect(to: try SocketAddress(unixDomainSocketPath: "/simulated"), promise: nil)
      loop.run()
      self.channel = channel
    } catch {
      core.events(.warning("the simulated link did not open: \(error)"))
      hasEnded = true
    }
  }

  /// The connection is gone, whoever closed it. Allowed in every state.
  public func disconnected(at now: Instant) {
    time.advance(to: now)
    guard let channel else { return }
    self.channel = nil
    channel.pipeline.fireChannelInactive()
    loop.run()
    link = nil
    deliveries.value.drop { !$0.isSuspended }
    outbound.removeAll()
    hasEnded = false
    // Whatever still waited to be closed in good order has no peer any more.
    _ = try? channel.finish(acceptAlreadyClosed: true)
  }

  /// Bytes from the glasses, in any pieces.
  public func receive(_ bytes: [UInt8], at now: Instant) {
    advance(to: now)
    guard let channel, !hasEnded else { return }
    // Errors of the pipeline end in LinkHandler, which closes with a reason.
    _ = try? channel.writeInbound(channel.allocator.buffer(bytes: bytes))
    drain()
  }

  /// When `collect` has something to give; nil when nothing happens before the next input.
  public var nextDue: Instant? {
    if !outbound.isEmpty || hasEnded { return time.now }
    var earliest = core.desk.deadline
    for candidate in [deliveries.value.next, link?.deadline, core.suspended.deadline] {
      if let candidate { earliest = min(earliest ?? candidate, candidate) }
    }
    return earliest.map { max($0, time.now) }
  }

  /// The bytes for the glasses that are due, and whether the host then closes the connection. `closed` is said once.
  public func collect(at now: Instant) -> (bytes: [UInt8], closed: Bool) {
    advance(to: now)
    let closed = hasEnded
    defer { outbound.removeAll() }
    let bytes = outbound
    if closed { disconnected(at: now) }
    return (bytes, closed)
  }

  private func advance(to now: Instant) {
    time.advance(to: now)
    while let delivery = deliveries.value.popFirst(at: now) {
      delivery.session.take(delivery.report, of: delivery.turn)
    }
    core.desk.expire(at: now)
    core.suspended.tick(at: now)
    if let link, let deadline = link.deadline, deadline <= now { link.tick() }
    drain()
  }

  private func drain() {
    loop.run()
    guard let channel else { return }
    while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { outbound += buffer.readableBytesView }
    if link?.isClosing ?? true { hasEnded = true }
  }

  // MARK: Pairing

  /// Opens the pairing window. With `confirmsItself` the host's person says yes to whatever digits appear.
  /// False when a window is open already.
  @discardableResult
  public func openPairing(
    at now: Instant, for window: Duration = PairingLimits.window, confirmsItself: Bool = false
  ) -> Bool {
    advance(to: now)
    let (watch, core) = (watch, core)
    return core.desk.open(for: window, at: now) { event in
      core.events(.pairing(event))
      watch.note(event)
      if confirmsItself, case .digits(let digits, _) = event { core.desk.answer(true, to: digits, at: core.now()) }
    } != nil
  }

  /// The digits of the attempt that waits for `confirm` or `reject`.
  public var digits: String? { watch.digits }

  /// The host's person says that the digits are the same.
  public func confirm(at now: Instant) {
    advance(to: now)
    if let digits { core.desk.answer(true, to: digits, at: now) }
    drain()
  }

  /// The host's person says that they differ.
  public func reject(at now: Instant) {
    advance(to: now)
    core.desk.answer(false, to: digits ?? "", at: now)
    drain()
  }
}

/// The rig's time, which only moves forward.
private final class VirtualTime: Sendable {
  private let instant = Mutex(Instant.zero)
  var now: Instant { instant.withLock { $0 } }
  func advance(to now: Instant) { instant.withLock { $0 = max($0, now) } }
}

private final class PairingWatch: Sendable {
  private let shown = Mutex<String?>(nil)
  var digits: String? { shown.withLock { $0 } }
  func note(_ event: PairingProgress) {
    shown.withLock { shown in
      switch event {
      case .digits(let digits, _): shown = digits
      case .opened, .failed, .paired, .closed: shown = nil
      }
    }
  }
}
