import CLinux

/// Where a ready descriptor or a due timer belongs: a number that the board gives to each of its drivers and finds again in
/// `Reactor.takeReady` and `DriverHost.takeDueTimer`. The reactor does not know what it means.
public struct EventSource: Hashable, Sendable {
  /// Chosen by the board; one source may watch several descriptors.
  public let number: UInt16

  public init(_ number: UInt16) { self.number = number }
}

/// What a descriptor is ready for.
public struct Readiness: Sendable {
  /// As epoll gives them: `SOTTO_READABLE` and so on.
  public let events: UInt32

  public init(events: UInt32) { self.events = events }

  public var isReadable: Bool { events & (SOTTO_READABLE | SOTTO_PEER_DONE) != 0 }
  public var isWritable: Bool { events & SOTTO_WRITABLE != 0 }
  /// The descriptor is broken or its other end is gone. It stays so: whoever watches it must stop, or it wakes the processor for ever.
  public var isBroken: Bool { events & (SOTTO_FAILED | SOTTO_HUNG_UP) != 0 }
}
