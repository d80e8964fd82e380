import Units

/// What the modelled network is like, each way alike: how a TCP stream over it behaves, not its packets.
public struct Weather: Sendable, Equatable {
  /// One way, and what is added to it at most.
  public var delay: Duration
  public var jitter: Duration
  /// Of a thousand segments so many are lost. A lost one comes after a retransmission, and what was sent after it waits for it.
  public var lossPerMille: Int
  /// Bytes a second; nil for as many as there are.
  public var rate: Int?

  public init(delay: Duration, jitter: Duration = .zero, lossPerMille: Int = 0, rate: Int? = nil) {
    self.delay = delay
    self.jitter = jitter
    self.lossPerMille = lossPerMille
    self.rate = rate
  }

  /// The first retransmission comes after this, each further one after twice the time (RFC 6298, with Linux's least value).
  static let firstRetransmission = Duration.milliseconds(200)
  /// The same for the request for a connection.
  static let connectRetransmission = Duration.seconds(1)
  /// A sender whose bytes nobody acknowledges for so long has lost its connection: the glasses' TCP_USER_TIMEOUT.
  static let userTimeout = Duration.milliseconds(2_000)
}

/// One direction of the modelled stream: in which time what is sent arrives. In order, whatever happens.
struct StreamTiming {
  private var lastArrival = Instant.zero
  private var lineFree = Instant.zero

  /// Nothing is under way any more.
  mutating func reset(notBefore instant: Instant) { lastArrival = max(lastArrival, instant) }
  var earliest: Instant { lastArrival }

  /// When `bytes` that are sent now arrive.
  mutating func arrival(of bytes: Int, in weather: Weather, at now: Instant, _ random: inout Random) -> Instant {
    var departure = now
    if let rate = weather.rate, rate > 0 {
      lineFree = max(lineFree, now) + .nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(rate))
      departure = lineFree
    }
    var wait = Weather.firstRetransmission
    // Ten losses in a row are an outage, not weather.
    var losses = 0
    while losses < 10, weather.lossPerMille > 0, Int(random.next() % 1000) < weather.lossPerMille {
      departure += wait
      wait = wait * 2
      losses += 1
    }
    lastArrival = max(lastArrival, departure + weather.delay + random.duration(upTo: weather.jitter))
    return lastArrival
  }

  /// The first instant, not before `now`, at which what was first sent at `begin` is sent again.
  static func retransmission(
    of begin: Instant, after first: Duration = Weather.firstRetransmission, notBefore now: Instant
  ) -> Instant {
    var at = begin
    var wait = first
    while at < now {
      at += wait
      wait = wait * 2
    }
    return at
  }
}
