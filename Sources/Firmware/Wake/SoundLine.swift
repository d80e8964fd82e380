import Units

/// What a line of hardware that tells of sound means for the armed microphone: off while it is quiet, on from the first sound until nothing was heard for a
/// while.
///
/// ```
///              1 the line is active
///    quiet ───────────────────────────▶ listening
///      ▲   2 inactive for `pause`, and nothing heard    │
///      └────────────────────────────────────────────────┘
/// ```
/// Has no deadline: 2 is decided when the microphone, which is on, brings sound. A line that is not known to be inactive keeps it listening.
public struct SoundLine: Sendable, Hashable {
  /// Longer than the pauses between people's sentences, so that the microphone is not switched off and on while somebody speaks.
  public static let pause = Duration.seconds(2)

  private var isActive = true
  /// When the line last changed.
  private var changed = Instant.zero
  public private(set) var isQuiet = false

  public init() {}

  /// The line's level at an instant.
  public mutating func change(active: Bool, at instant: Instant) {
    isActive = active
    changed = instant
    if active { isQuiet = false }
  }

  /// The microphone has brought nothing but the background.
  public mutating func rest(at now: Instant) {
    if !isActive && now - changed >= Self.pause { isQuiet = true }
  }
}
