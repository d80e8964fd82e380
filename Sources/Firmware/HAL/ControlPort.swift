import Units

/// What happened at the control port. Clients are numbered by their places, 0 up to `ControlPlaces.count`.
public enum ControlEvent: Sendable, Hashable {
  /// A client that may use the port connected; `process` is its number as the system attests it.
  case opened(Int, process: Int32)
  /// It may have sent something.
  case readable(Int)
  /// It has read some of what was sent; only after `send` did not take everything.
  case writable(Int)
  /// It will send nothing more: it closed, or its process is gone. Its place stays taken until `close`.
  case ended(Int)
}

public enum ControlPlaces {
  /// Clients at one time; more are turned away.
  public static let count = 8
}

/// The local port through which programs on the same machine look at the glasses and hold leases (docs/control.md). Only the user that the
/// firmware runs as, and root, get in. A board without one answers nobody; a port that nobody talks to costs no wakeup.
///
/// Events are `BoardEvent.control`. `receive` once after each `readable`: what is left is reported again.
public protocol ControlPort: AnyObject {
  /// Copies what a client has sent; 0 when there is nothing. Never blocks.
  func receive(from client: Int, into bytes: inout MutableSpan<UInt8>) -> Int
  /// Takes as many bytes as there is room for; the rest must be offered again after `writable`.
  func send(to client: Int, _ bytes: Span<UInt8>) -> Int
  /// Lets a client go; nothing is reported of it any more.
  func close(_ client: Int)
}

/// The control port of a board that has none.
public final class NoControlPort: ControlPort {
  public func receive(from client: Int, into bytes: inout MutableSpan<UInt8>) -> Int { 0 }
  public func send(to client: Int, _ bytes: Span<UInt8>) -> Int { bytes.count }
  public func close(_ client: Int) {}
}
