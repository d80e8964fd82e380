import Units

/// A byte stream to the host (TCP on Linux). It carries TLS records only: what goes through here is already encrypted.
///
/// `open` ends in `BoardEvent.linkOpened` or `linkClosed`; a lost connection is reported as `linkClosed` once. From the loss to that event `send`
/// takes 0 bytes and `receive` gives 0, so that the loss has one way to be told; on a link that was never opened, or was
/// closed, both throw. `linkReadable` is reported for new bytes, and once more after a `receive` that may have left some: read until `receive` gives 0.
/// Bytes that nobody reads are not reported again and again.
public protocol LinkTransport: AnyObject {
  /// Connects to `address`, `host:port` as UTF-8 (`127.0.0.1:7437`, `[::1]:7437`, `name.local:7437`).
  func open(_ address: String) throws(DeviceError)
  /// Allowed in every state; reports nothing.
  func close()
  /// Takes as many bytes as there is room for; the rest must be offered again after `BoardEvent.linkWritable`.
  func send(_ bytes: Span<UInt8>) throws(DeviceError) -> Int
  /// Copies what has arrived; 0 when there is nothing. Never blocks.
  func receive(into bytes: inout MutableSpan<UInt8>) throws(DeviceError) -> Int
}
