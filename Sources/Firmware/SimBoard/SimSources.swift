import Drivers

/// The real things that a simulated board can have.
extension EventSource {
  static let signals = EventSource(1)
  static let console = EventSource(2)
  static let lookup = EventSource(3)
  static let link = EventSource(4)
  static let microphone = EventSource(5)
  static let speaker = EventSource(6)
  static let camera = EventSource(7)
  /// The first of `ControlSocket.sourceCount`.
  static let control = EventSource(16)
}
