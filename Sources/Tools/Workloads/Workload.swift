import HAL
import Power
import Units

/// Deferred work over some time, to be played against schedulers: what is asked for when, what is cancelled, and when the processor is
/// awake for other reasons.
public struct Workload: Sendable {
  public struct Request: Sendable, Hashable {
    /// When the item is scheduled.
    public var at: Instant
    public var item: WorkItem
    /// When it is cancelled, if it has not run by then.
    public var cancelled: Instant?

    public init(at: Instant, item: WorkItem, cancelled: Instant? = nil) {
      self.at = at
      self.item = item
      self.cancelled = cancelled
    }
  }

  /// The processor is awake at this instant, and parts are up, for reasons of its own.
  public struct Window: Sendable, Hashable {
    public var at: Instant
    public var levels: PartLevels

    public init(at: Instant, levels: PartLevels = .none) {
      self.at = at
      self.levels = levels
    }
  }

  public var name: String
  public var length: Duration
  public var requests: [Request]
  public var windows: [Window]

  public init(name: String, length: Duration, requests: [Request], windows: [Window] = []) {
    self.name = name
    self.length = length
    self.requests = requests
    self.windows = windows
  }
}
