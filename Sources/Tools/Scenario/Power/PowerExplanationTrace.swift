import Foundation
import HAL
import Units

extension PowerExplanation {
  /// From the events of a trace up to and with an instant, the last event when there is none; nil when the trace tells no levels.
  public init?(_ events: [TraceEvent], at instant: Instant? = nil) {
    var reader = Reader()
    for event in events where event.process == 1 {
      if let instant, event.time > instant { continue }
      reader.take(event)
    }
    let end = instant ?? events.last { $0.process == 1 }?.time
    guard let end, !reader.levels.isEmpty else { return nil }
    self = reader.explanation(at: Int64(end.nanoseconds / 1000))
  }

  private struct Reader {
    struct Level {
      var part: String
      var level: Int
      var since: Int64
      var milliwatts: Double
      /// At `counted`.
      var energy: Int64
      var counted: Int64
    }
    struct Lease {
      var part: String
      var level: Int
      var holder: String
      var since: Int64
      var partEnergy: Int64
    }
    struct Dependency {
      var part: String
      var level: Int
      var requires: String
      var requiredLevel: Int
    }

    var levels: [Level] = []
    var leases: [Lease] = []
    var dependencies: [Dependency] = []
    var state = ""
    var stateSince: Int64 = 0
    var turn = 0

    mutating func take(_ event: TraceEvent) {
      let time = Int64(event.time.nanoseconds / 1000)
      if event.track == TraceEvent.Track.state, event.phase == .begin {
        state = event.name
        stateSince = time
      }
      if event.name == "turn", event.phase == .begin, let number = event.turn { turn = number }
      guard event.track == TraceEvent.Track.power, event.phase == .instant, let part = event.arguments["part"]?.text,
        let level = event.arguments["level"]?.number.map({ Int($0) })
      else { return }
      switch event.name {
      case "part_level": take(part, level, event, at: time)
      case "lease_taken":
        leases.append(
          Lease(
            part: part, level: level, holder: event.arguments["holder"]?.text ?? "", since: time,
            partEnergy: Int64(event.arguments["taken_part_uj"]?.number ?? 0)))
      case "lease_released":
        let holder = event.arguments["holder"]?.text ?? ""
        leases.removeFirst(where: { $0.part == part && $0.level == level && $0.holder == holder })
      case "power_dependency":
        dependencies.append(
          Dependency(
            part: part, level: level, requires: event.arguments["requires"]?.text ?? "",
            requiredLevel: Int(event.arguments["required_level"]?.number ?? 1)))
      default: break
      }
    }

    private mutating func take(_ part: String, _ level: Int, _ event: TraceEvent, at time: Int64) {
      var entry = Level(
        part: part, level: level, since: time, milliwatts: event.arguments["mw"]?.number ?? 0,
        energy: Int64(event.arguments["part_uj"]?.number ?? 0), counted: time)
      guard let index = levels.firstIndex(where: { $0.part == part }) else { return levels.append(entry) }
      // Told anew at the same level when a resume was paid.
      if levels[index].level == level { entry.since = levels[index].since }
      levels[index] = entry
    }

    func explanation(at now: Int64) -> PowerExplanation {
      var explanation = PowerExplanation(now: now, state: state, stateSince: stateSince, turn: turn)
      let order = Part.allCases.map { "\($0.name)" }
      for level in levels.sorted(by: { order.firstIndex(of: $0.part) ?? 0 < order.firstIndex(of: $1.part) ?? 0 }) {
        let energy = level.energy + Int64((level.milliwatts * Double(now - level.counted) / 1000).rounded())
        explanation.elements.append(
          Element(part: level.part, level: level.level, since: level.since, milliwatts: level.milliwatts, energy: energy))
      }
      for lease in leases {
        let used = explanation.elements.first { $0.part == lease.part }?.energy ?? 0
        explanation.add(
          Holder(name: lease.holder, level: lease.level, since: lease.since, energy: used - lease.partEnergy), to: lease.part)
      }
      let claimed = claimedLevels
      for dependency in dependencies where claimed[dependency.part, default: 0] >= dependency.level {
        explanation.add(Reason(part: dependency.part, level: dependency.level), to: dependency.requires)
      }
      return explanation
    }

    /// For each part the level that it is at, that is leased, or that another part on its way up will need.
    private var claimedLevels: [String: Int] {
      var claimed: [String: Int] = [:]
      func claim(_ part: String, _ level: Int) { claimed[part] = max(claimed[part] ?? 0, level) }
      for level in levels { claim(level.part, level.level) }
      for lease in leases { claim(lease.part, lease.level) }
      // As often as a chain of dependencies is long at most.
      for _ in dependencies {
        for dependency in dependencies where claimed[dependency.part, default: 0] >= dependency.level {
          claim(dependency.requires, dependency.requiredLevel)
        }
      }
      return claimed
    }
  }
}

extension Array {
  fileprivate mutating func removeFirst(where isIt: (Element) -> Bool) {
    if let index = firstIndex(where: isIt) { remove(at: index) }
  }
}
