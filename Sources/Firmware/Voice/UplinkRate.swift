import Units

/// How many bits a second the wearer's voice gets: as many as the link takes.
///
/// ```
///            more than `late` waits, and it does not shrink
///  24 kbit/s ──────────────▶ 16 ──────────────▶ 12 ──────────────▶ 8
///            ◀──────────────    ◀──────────────    ◀──────────────
///            less than `early` waits, `patience` times in a row
/// ```
///
/// What is observed is how much of the voice the host has not acknowledged yet: what waits here, in the transport and on the way. Part of it is no
/// delay of ours: the host acknowledges each half second, and that takes a round trip. The bounds are counted from there. They lie apart, and going
/// up takes longer than going down, so that a link at its limit does not see-saw. A pure value; it lasts from turn to turn, since the link does.
public struct UplinkRate: Sendable {
  /// In bits a second, from the best to the least. The first is that of `UplinkSettings`. At 8 kbit/s libopus sends what a telephone carries.
  public static let steps: [Int32] = [24_000, 16_000, 12_000, 8_000]
  /// Packets of 20 ms from one observation to the next: half a second, after which the host acknowledges.
  public static let interval: UInt32 = 25
  /// Half a second over what the host and the way back account for is late.
  static let late: UInt32 = 2 * interval
  static let early: UInt32 = interval + 15
  /// So many observations in time, three seconds, until a better rate is tried.
  static let patience = 6

  private var step = 0
  private var inTime = 0
  private var lastBacklog: UInt32 = 0

  public init() {}

  /// Bits a second.
  public var bitrate: Int32 { Self.steps[step] }
  public var isBest: Bool { step == 0 }
  /// So many packets go in one record: with few bits the record's own bytes, 22 in TLS 1.3, weigh more than the sound.
  public var packetsTogether: UInt32 { UInt32(step) + 1 }

  /// A turn begins, or goes on over another connection: what waits now says nothing about the link.
  public mutating func restart() {
    inTime = 0
    lastBacklog = .max
  }

  /// `backlog` packets are not acknowledged; `roundTrip` is what the link takes there and back when it carries nothing else. True when the rate is
  /// another one now.
  public mutating func observe(backlog: UInt32, roundTrip: Duration) -> Bool {
    let underWay = UInt32(clamping: roundTrip.milliseconds / 20)
    // What was said before the link was there goes all at once, and shrinks.
    let isGrowing = backlog >= lastBacklog
    lastBacklog = backlog
    if backlog > Self.late + underWay {
      inTime = 0
      guard isGrowing, step + 1 < Self.steps.count else { return false }
      step += 1
      return true
    }
    guard backlog < Self.early + underWay, step > 0 else {
      inTime = 0
      return false
    }
    inTime += 1
    guard inTime == Self.patience else { return false }
    inTime = 0
    step -= 1
    return true
  }
}
