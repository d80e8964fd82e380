import Units

/// Who can claim that the processor answers soon.
public enum LatencyClaimant: UInt8, Sendable, Hashable, CaseIterable {
  /// Sound comes in or goes out: one period.
  case sound = 0
  /// A turn: what the wearer would notice.
  case turn = 1
  /// Pairing: the wearer watches digits change.
  case pairing = 2
  /// A transfer whose peer waits.
  case link = 3
}

/// How long the active claimants can wait for the processor after an event: the governor keeps to the shortest.
///
/// A claim is made while it matters (audio runs: one period; a button is watched: what a finger notices) and withdrawn afterwards, as
/// Linux's PM QoS and Zephyr's latency requests do it.
public struct LatencyClaims: Sendable {
  /// By raw value.
  private var claims: InlineArray<4, Duration?> = InlineArray(repeating: nil)

  public init() {}

  /// Claims `latency` (zero or more) in place of what the claimant claimed before; nil withdraws.
  public mutating func set(_ latency: Duration?, for claimant: LatencyClaimant) {
    claims[Int(claimant.rawValue)] = latency
  }

  /// The shortest latency that is claimed, nil when anything goes.
  public var tightest: Duration? {
    var tightest: Duration?
    for index in claims.indices {
      guard let claim = claims[index] else { continue }
      if let present = tightest { tightest = min(present, claim) } else { tightest = claim }
    }
    return tightest
  }
}
