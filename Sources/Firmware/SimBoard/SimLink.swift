import Drivers
import HAL
import Units

/// The link of the simulated board: TCP in real time, a modelled network to a `SimPeer` in virtual time.
public final class SimLink: LinkTransport {
  private enum Transport {
    case tcp(TCPLink)
    case modelled(ModelledLink)
  }

  private let hub: Hub
  private let transport: Transport
  private var isNetworkUp = true

  init(hub: Hub, peer: (any SimPeer)?, weather: Weather) {
    self.hub = hub
    if let drivers = hub.drivers {
      transport = .tcp(TCPLink(host: drivers, socket: .link, lookup: .lookup))
    } else {
      transport = .modelled(ModelledLink(hub: hub, peer: peer, weather: weather))
    }
  }

  public func open(_ address: String) throws(DeviceError) {
    guard isNetworkUp else { throw DeviceError(.link, "open", .removed) }
    withdrawEvents()
    switch transport {
    case .tcp(let link): try link.open(address)
    case .modelled(let link): try link.open()
    }
  }

  public func close() {
    switch transport {
    case .tcp(let link): link.close()
    case .modelled(let link): link.close()
    }
    withdrawEvents()
  }

  public func send(_ bytes: Span<UInt8>) throws(DeviceError) -> Int {
    switch transport {
    case .tcp(let link): try link.send(bytes)
    case .modelled(let link): try link.send(bytes)
    }
  }

  public func receive(into bytes: inout MutableSpan<UInt8>) throws(DeviceError) -> Int {
    switch transport {
    case .tcp(let link): try link.receive(into: &bytes)
    case .modelled(let link): try link.receive(into: &bytes)
    }
  }

  /// A network that is down refuses `open` and takes the connection that there is.
  func setNetwork(up: Bool) {
    isNetworkUp = up
    guard !up else { return modelled { $0.endOutage() } }
    switch transport {
    case .tcp(let link): link.cut()
    case .modelled(let link): link.cut()
    }
  }

  /// Before the board waits: reports again what the last `receive` may have left behind.
  func settle() {
    switch transport {
    case .tcp(let link):
      guard link.hasMore else { return }
      link.askedForMore()
    case .modelled(let link):
      guard link.hasMore else { return }
      link.askedForMore()
    }
    hub.post(.linkReadable)
  }

  func lookupReady() {
    if case .tcp(let link) = transport { link.lookupReady() }
  }

  func descriptorReady(_ readiness: Readiness) {
    if case .tcp(let link) = transport { link.descriptorReady(readiness) }
  }

  func modelled(_ act: (ModelledLink) -> Void) {
    if case .modelled(let link) = transport { act(link) }
  }

  private func withdrawEvents() {
    hub.withdraw {
      switch $0 {
      case .linkOpened, .linkReadable, .linkWritable, .linkClosed: true
      default: false
      }
    }
  }
}
