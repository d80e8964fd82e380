import Drivers

/// What a real board watches.
extension EventSource {
  static let signals = EventSource(1)
  static let news = EventSource(2)
  static let pins = EventSource(3)
  static let lookup = EventSource(4)
  static let link = EventSource(5)
  static let microphone = EventSource(6)
  static let speaker = EventSource(7)
  static let display = EventSource(8)
  static let camera = EventSource(9)
  static let motion = EventSource(10)
  /// The first of `ControlSocket.sourceCount`.
  static let control = EventSource(16)
}
