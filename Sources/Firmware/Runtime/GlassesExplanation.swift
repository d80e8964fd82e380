import Engagement
import HAL
import Power
import Units

/// Who holds which part up, since when, and at what cost: what `sotto power explain` shows, live and from the trace.
extension Glasses {
  /// Brings the book of leases up to what is held, and tells the trace and whoever follows what changed.
  func noteLeases(at now: Instant) {
    conductor.leases.visit { place, slot in
      note(place, slot.part, level: slot.level, holder: slot.holder, at: now)
    }
    guard control.takeChange() else { return }
    for client in 0..<ControlPlaces.count {
      for index in 0..<ControlRequest.leasable.count {
        let part = ControlRequest.leasable[index]
        let level = control[client]?.leases[part] ?? 0
        let place = Leases.count + client * ControlRequest.leasable.count + index
        note(place, part, level: level, holder: control.holder(client), at: now)
      }
    }
  }

  private func note(_ place: Int, _ part: Part, level: Int, holder: LeaseHolder, at now: Instant) {
    let change = leaseBook.note(
      place, part, level: level, holder: holder, at: now, partEnergy: ledger.energy(of: part, at: now))
    if let taken = change?.taken {
      tracer.instant("lease_taken", .power, at: now) { $0.add(taken) }
      tellFollowers("lease_taken", at: now) { $0.add(taken) }
    }
    if let released = change?.released {
      tracer.instant("lease_released", .power, at: now) { $0.add(released) }
      tellFollowers("lease_released", at: now) { $0.add(released) }
    }
  }

  /// A part is at this level from now on.
  func note(_ part: Part, level: Int, at now: Instant) {
    let before = (level: ledger.level(of: part), power: ledger.power(of: part))
    ledger.set(part, level: level, at: now)
    traceLevel(of: part, after: before.level, before.power, at: now)
  }

  /// A part is on its way to another level.
  func noteBegin(_ transition: PowerBroker.Transition, at now: Instant) {
    let part = transition.part
    let before = (level: ledger.level(of: part), power: ledger.power(of: part))
    ledger.begin(part, to: transition.to, at: now)
    traceLevel(of: part, after: before.level, before.power, at: now)
  }

  private func traceLevel(of part: Part, after level: Int, _ power: Microwatts, at now: Instant) {
    let isDrawingOther = ledger.power(of: part) != power
    if isDrawingOther { tracer.power(of: part, ledger.power(of: part), at: now) }
    if isDrawingOther || ledger.level(of: part) != level { traceLevel(of: part, at: now) }
  }

  /// The trace knows from the start at which level each part is, and which of them cannot be had without another.
  func traceLevels(at now: Instant) {
    for figure in description.power.parts {
      tracer.power(of: figure.part, ledger.power(of: figure.part), at: now)
      traceLevel(of: figure.part, at: now)
    }
    for dependency in conductor.broker.dependencies where dependency.kind == .assertive {
      tracer.instant("power_dependency", .power, at: now) {
        $0.add("part", dependency.part.name)
        $0.add("level", dependency.level)
        $0.add("requires", dependency.requires.name)
        $0.add("required_level", dependency.requiredLevel)
      }
    }
  }

  func traceLevel(of part: Part, at now: Instant) {
    tracer.instant("part_level", .power, at: now) { add(part, to: &$0, at: now) }
    tellFollowers("part_level", at: now) { add(part, to: &$0, at: now) }
  }

  private func add(_ part: Part, to fields: inout JSONFields, at now: Instant) {
    fields.add("part", part.name)
    fields.add("level", ledger.level(of: part))
    fields.add("mw", thousandths: ledger.power(of: part).value)
    fields.add("part_uj", ledger.energy(of: part, at: now).value / 1000)
  }

  /// The explanation as it is now, each of its lines given to `line`: what the glasses do, the parts, the leases, the dependencies that hold.
  func explain(at now: Instant, _ line: ((inout JSONFields) -> Void) -> Void) {
    line {
      $0.add("now_us", now.nanoseconds / 1000)
      $0.add("state", state.name)
      $0.add("since_us", ledger.stateSince.nanoseconds / 1000)
      $0.add("turn", engagement.turn)
    }
    for part in Part.allCases where description.power.parts.contains(where: { $0.part == part }) || ledger.level(of: part) > 0 {
      line {
        add(part, to: &$0, at: now)
        $0.add("since_us", ledger.since(of: part).nanoseconds / 1000)
      }
    }
    for place in 0..<leaseBook.count {
      guard let lease = leaseBook[place] else { continue }
      line {
        $0.add(lease)
        $0.add("since_us", lease.since.nanoseconds / 1000)
      }
    }
    let claimed = claimedLevels
    for dependency in conductor.broker.dependencies
    where dependency.kind == .assertive && claimed[dependency.part] >= dependency.level {
      line {
        $0.add("part", dependency.part.name)
        $0.add("level", dependency.level)
        $0.add("requires", dependency.requires.name)
        $0.add("required_level", dependency.requiredLevel)
      }
    }
  }

  /// For each part the level that it is at, that is leased, or that another part on its way up will need.
  private var claimedLevels: PartLevels {
    var claimed = PartLevels.none
    for part in Part.allCases { claimed[part] = ledger.level(of: part) }
    for place in 0..<leaseBook.count {
      if let lease = leaseBook[place] { claimed[lease.part] = max(claimed[lease.part], lease.level) }
    }
    // As often as a chain of dependencies is long at most.
    for _ in Part.allCases {
      for dependency in conductor.broker.dependencies
      where dependency.kind == .assertive && claimed[dependency.part] >= dependency.level {
        claimed[dependency.requires] = max(claimed[dependency.requires], dependency.requiredLevel)
      }
    }
    return claimed
  }
}
