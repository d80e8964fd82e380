import HAL
import Power
import Units

/// Made workloads: each stands for one way in which deferred work comes about.
public enum SyntheticWorkloads {
  private static let day = Duration.seconds(86_400)
  private static let link = PartLevels(.link, 2)

  public static func all(seed: UInt64) -> [Workload] {
    [oneShots(seed: seed), periodic(seed: seed), staggered(), glassesDay(seed: seed)]
  }

  /// A day of timers that are independent of each other, one every thirty seconds in the mean, from a second to an hour ahead (evenly
  /// in the logarithm), a tenth of that late; one in five is cancelled.
  public static func oneShots(seed: UInt64) -> Workload {
    var random = SeededRandom(seed: seed)
    var requests: [Workload.Request] = []
    var now = Instant.zero
    while true {
      now += random.duration(.zero ... .seconds(60))
      guard now - .zero < day else { break }
      var ahead = Duration.seconds(1)
      for _ in 0..<Int.random(in: 0..<12, using: &random) { ahead = ahead * 2 }
      ahead = min(ahead + random.duration(.zero...ahead), .seconds(3600))
      let item = WorkItem(
        WorkIdentifier(UInt64(requests.count)), .opportunistic, earliest: now + ahead, tolerance: ahead / 10,
        deadline: now + ahead + ahead / 10)
      let isCancelled = Int.random(in: 0..<5, using: &random) == 0
      requests.append(.init(at: now, item: item, cancelled: isCancelled ? now + random.duration(.zero...ahead) : nil))
    }
    return Workload(name: "one-shots", length: day, requests: requests)
  }

  /// Twelve periodic jobs for a day, from every fifteen seconds to every hour, with tolerances of a tenth to a half of the period.
  public static func periodic(seed: UInt64) -> Workload {
    var random = SeededRandom(seed: seed ^ 0x5045_5249)
    var requests: [Workload.Request] = []
    for period in [15, 30, 60, 60, 120, 300, 300, 600, 900, 1800, 1800, 3600] {
      let period = Duration.seconds(period)
      let tolerance = period * Int.random(in: 10...50, using: &random) / 100
      var begin = Instant.zero + random.duration(.zero...period)
      while begin - .zero < day {
        let item = WorkItem(
          WorkIdentifier(UInt64(requests.count)), .maintenance, earliest: begin + period, tolerance: tolerance,
          deadline: begin + period + tolerance)
        requests.append(.init(at: begin, item: item))
        begin += period
      }
    }
    return Workload(name: "periodic", length: day, requests: requests)
  }

  /// Windows that overlap like roof tiles: batches that are opened by the first fit and closed at their beginning do badly here.
  public static func staggered() -> Workload {
    var requests: [Workload.Request] = []
    for index in 0..<2_000 {
      let begin = Instant.zero + .seconds(40) * index
      let item = WorkItem(
        WorkIdentifier(UInt64(index)), .opportunistic, earliest: begin + .seconds(120),
        tolerance: .seconds(index % 3 == 0 ? 30 : 90), deadline: begin + .seconds(240))
      requests.append(.init(at: begin, item: item))
    }
    return Workload(name: "staggered", length: .seconds(80_240), requests: requests)
  }

  /// What glasses put off in a day: thirty turns, after each of which the link is up for a moment; timers that the wearer set, to the
  /// second; a look at the battery every five minutes; the state delivered to the host, and the log, when the link is up anyway.
  public static func glassesDay(seed: UInt64) -> Workload {
    var random = SeededRandom(seed: seed ^ 0x474C_4153)
    var requests: [Workload.Request] = []
    var windows: [Workload.Window] = []
    func add(_ workClass: WorkClass, at now: Instant, _ earliest: Instant, _ tolerance: Duration, parts: PartLevels = .none) {
      let item = WorkItem(
        WorkIdentifier(UInt64(requests.count)), workClass, earliest: earliest, tolerance: tolerance,
        deadline: earliest + tolerance, parts: parts)
      requests.append(.init(at: now, item: item))
    }
    for _ in 0..<30 {
      let turn = Instant.zero + random.duration(.zero...day)
      windows.append(.init(at: turn))
      windows.append(.init(at: turn + random.duration(.seconds(5) ... .seconds(25)), levels: link))
      if Int.random(in: 0..<4, using: &random) == 0 {
        add(.interactive, at: turn, turn + random.duration(.seconds(60) ... .seconds(5400)), .zero)
      }
    }
    var now = Instant.zero
    while now - .zero < day {
      add(.maintenance, at: now, now + .seconds(300), .seconds(120))
      now += .seconds(300)
    }
    now = .zero
    while now - .zero < day {
      add(.opportunistic, at: now, now + .seconds(900), .seconds(900), parts: link)
      now += .seconds(1800)
    }
    now = .zero
    while now - .zero < day {
      add(.maintenance, at: now, now + .seconds(3600), .seconds(7200), parts: link)
      now += .seconds(10800)
    }
    return Workload(name: "glasses-day", length: day, requests: requests, windows: windows)
  }
}
