import Units

/// The host's clock beside the glasses', from exchanges that the glasses' trace holds (`clock` events; docs/trace.md).
public struct ClockComparisons: Sendable, Equatable {
  /// One exchange.
  public struct Comparison: Sendable, Equatable {
    /// When, on the glasses' clock.
    public var at: Instant
    /// The host's clock less the glasses'.
    public var difference: Duration
    /// The true difference lies within this of it: half of the time that the exchange took.
    public var uncertainty: Duration
  }

  /// How far two clocks drift apart, at most, in the time since they were compared: 100 parts in a million, twice what quartz oscillators of
  /// boards are sold with (50).
  private static let driftPerMillion: Int64 = 100

  public var all: [Comparison]

  public init(_ events: [TraceEvent]) {
    all = events.compactMap { event in
      guard event.process == 1, event.name == "clock", let difference = event.arguments["host_minus_glasses_us"]?.number,
        let uncertainty = event.arguments["uncertainty_us"]?.number
      else { return nil }
      return Comparison(
        at: event.time, difference: .microseconds(Int64(difference)), uncertainty: .microseconds(Int64(uncertainty)))
    }
  }

  /// The difference at an instant of the glasses' clock with its bound, by the exchange that bounds it best; nil without any.
  public func difference(at instant: Instant) -> Comparison? {
    all.map { comparison in
      let apart = abs((instant - comparison.at).nanoseconds) * Self.driftPerMillion / 1_000_000
      return Comparison(
        at: instant, difference: comparison.difference, uncertainty: comparison.uncertainty + .nanoseconds(apart))
    }.min { $0.uncertainty < $1.uncertainty }
  }

  /// The difference that holds for the whole trace; zero when the clocks may be one, as on one machine.
  public var offset: Comparison? {
    guard var best = all.min(by: { $0.uncertainty < $1.uncertainty }) else { return nil }
    if abs(best.difference.nanoseconds) <= best.uncertainty.nanoseconds { best.difference = .zero }
    return best
  }
}
