import CMath
import Units

/// Finds from readings of an accelerometer that the head was bent to a side and stayed there. Pure.
///
/// ```
///           1 the first readings          2 beyond the angle for `steady` / tilted
///  learning ───────────────────▶ upright ────────────────────────────────────────▶ bent
///                                   ▲ └─ 3 back before that                           │
///                                   └──────────── 4 within half of the angle ─────────┘
/// ```
///
/// The angle is that between gravity and the plane through the middle of the head, against what it was at first: glasses do not sit
/// straight on everybody. A reading while the head moves is none: its length is not that of gravity.
public struct TiltDetector: Sendable, Hashable {
  private enum Phase: Sendable, Hashable {
    case learning(readings: Int)
    case upright(beyondSince: Instant?)
    case bent
  }

  private let angle: Float
  private var phase = Phase.learning(readings: 0)
  /// Means of the first readings: the angle to the side, and the length of gravity in the chip's own unit.
  private var restAngle: Float = 0
  private var gravity: Float = 0

  /// Readings that are averaged for how the head is held at first.
  private static let firstReadings = 4
  /// A head that is bent in passing, to look for a key or to scratch, comes back sooner.
  private static let steady = Duration.milliseconds(300)
  /// A reading whose length differs by more than this share is that of a movement.
  private static let steadyShare: Float = 0.25

  /// `degrees` to either side.
  public init(degrees: Int) { angle = Float(degrees) * Float(Double.pi) / 180 }

  /// Takes what the chip reads along its three axes, in its own unit; `side` is the axis from ear to ear. True when the head has just been bent.
  public mutating func take(side: Int64, _ b: Int64, _ c: Int64, at now: Instant) -> Bool {
    let (x, y, z) = (Float(side), Float(b), Float(c))
    let length = (x * x + y * y + z * z).squareRoot()
    guard length > 0 else { return false }
    let lean = sotto_arcsine(x / length)
    switch phase {
    case .learning(let readings):
      restAngle += lean / Float(Self.firstReadings)
      gravity += length / Float(Self.firstReadings)
      phase = readings + 1 == Self.firstReadings ? .upright(beyondSince: nil) : .learning(readings: readings + 1)
      return false
    case .upright(let since):
      guard isSteady(length) else { return false }
      guard bend(lean) >= angle else {
        phase = .upright(beyondSince: nil)
        return false
      }
      let beginning = since ?? now
      guard now - beginning >= Self.steady else {
        phase = .upright(beyondSince: beginning)
        return false
      }
      phase = .bent
      return true
    case .bent:
      if isSteady(length), bend(lean) < angle / 2 { phase = .upright(beyondSince: nil) }
      return false
    }
  }

  private func bend(_ lean: Float) -> Float { (lean - restAngle).magnitude }
  private func isSteady(_ length: Float) -> Bool { (length - gravity).magnitude <= gravity * Self.steadyShare }
}
