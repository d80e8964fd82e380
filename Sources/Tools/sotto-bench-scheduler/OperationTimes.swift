import Power
import Units
import Workloads

/// What one operation costs on this machine while so many items are scheduled, in nanoseconds.
struct OperationTimes {
  var schedule: Double
  var cancel: Double
  var nextDeadline: Double
  var run: Double

  /// Operations that are timed together, so that reading the clock does not count.
  private static let batch = 16
  /// So many batches are timed, and the fastest half averaged: the slower ones were disturbed by the machine's other work.
  private static let rounds = 4_000

  init(size: Int, seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var scheduler = TaskScheduler(capacity: size + Self.batch)
    func item(_ number: Int) -> WorkItem {
      let earliest = Instant.zero + random.duration(.seconds(1) ... .seconds(86_400))
      let tolerance = random.duration(.zero ... .seconds(3600))
      return WorkItem(
        WorkIdentifier(UInt64(number)), .opportunistic, earliest: earliest, tolerance: tolerance, deadline: earliest + tolerance)
    }
    func schedule(_ item: WorkItem) -> WorkTicket {
      do throws(WorkRefusal) { return try scheduler.schedule(item, at: .zero) } catch { fatalError("refused: \(error)") }
    }
    for number in 0..<size { _ = schedule(item(number)) }
    var scheduling: [Double] = []
    var cancelling: [Double] = []
    var asking: [Double] = []
    var running: [Double] = []
    var sum: Int64 = 0
    let clock = ContinuousClock()
    func time(_ body: () -> Void) -> Double {
      let time = clock.measure(body)
      return Double(time.nanoseconds) / Double(Self.batch)
    }
    var tickets: [WorkTicket] = []
    tickets.reserveCapacity(Self.batch)
    for _ in 0..<Self.rounds {
      let items = (0..<Self.batch).map { item($0) }
      tickets.removeAll(keepingCapacity: true)
      scheduling.append(time { for item in items { tickets.append(schedule(item)) } })
      tickets.shuffle(using: &random)
      asking.append(time { for _ in 0..<Self.batch { sum &+= scheduler.nextWake?.nanoseconds ?? 0 } })
      cancelling.append(time { for ticket in tickets { scheduler.cancel(ticket) } })
      // What is run is replaced, so that the size stays.
      for item in items { _ = schedule(item) }
      let end = Instant.zero + .seconds(1_000_000)
      running.append(time { for _ in 0..<Self.batch { if scheduler.next(at: end, levels: .none) != nil { sum &+= 1 } } })
    }
    precondition(scheduler.count == size && sum != 0, "the measurement changed what it measures")
    self.schedule = Self.typical(scheduling)
    cancel = Self.typical(cancelling)
    nextDeadline = Self.typical(asking)
    run = Self.typical(running)
  }

  private static func typical(_ times: [Double]) -> Double {
    let fastest = times.sorted().prefix(times.count / 2)
    return fastest.reduce(0, +) / Double(fastest.count)
  }
}
