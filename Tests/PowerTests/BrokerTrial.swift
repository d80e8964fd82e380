import HAL

@testable import Power

/// What is put wrong on purpose between the broker and the parts, to see that the properties notice.
enum BrokerFault: CaseIterable {
  case losesADependency
  case opportunityPulls
  case needDoesNotPull
  case dropsReleases
  case forgetsFailures
  case believesBeforeTheAnswer
  case believesTheOldAnswer
  case switchesOffInBetween
}

/// Plays a case on a broker and on parts of its own, and says what is wrong, or nil. The parts know nothing of the broker's reckoning: what
/// was told and answered is all they go by.
struct BrokerTrial: ~Copyable {
  private struct Hardware {
    var lowest = 0
    var highest = 0
    var goal: Int?
    /// It failed, or what it stands on did, since it was last told to come up: it may stand where it should not, until it is down.
    var isExcused = false
  }

  private let dependencies: [PowerDependency]
  private let fault: BrokerFault?
  private var broker: PowerBroker
  private var parts = [Hardware](repeating: Hardware(), count: Part.allCases.count + 1)
  private var leases: [(part: Part, level: Int)] = []
  private var failed: Set<Part> = []
  private var told: [PowerBroker.Transition] = []
  private var breach: String?

  static func breach(of example: BrokerCase, fault: BrokerFault? = nil) -> String? {
    var trial = BrokerTrial(example, fault)
    for operation in example.operations where trial.breach == nil { trial.play(operation) }
    if trial.breach == nil { trial.end() }
    return trial.breach
  }

  private init(_ example: BrokerCase, _ fault: BrokerFault?) {
    dependencies = example.dependencies
    self.fault = fault
    var told = example.dependencies
    switch fault {
    case .losesADependency?: if !told.isEmpty { told.removeLast() }
    case .opportunityPulls?: for index in told.indices { told[index].kind = .assertive }
    case .needDoesNotPull?: for index in told.indices { told[index].kind = .opportunistic }
    case .dropsReleases?, .forgetsFailures?, .believesBeforeTheAnswer?, .believesTheOldAnswer?, .switchesOffInBetween?, nil: break
    }
    broker = PowerBroker(dependencies: told)
  }

  // MARK: Playing

  private mutating func play(_ operation: BrokerCase.Operation) {
    let wasCalm = moving.isEmpty && failed.isEmpty
    let before = parts
    told = []
    switch operation {
    case .lease(let part, let level):
      if fault == .switchesOffInBetween, let first = leases.first {
        broker.release(Lease(part: first.part, level: first.level))
        drain()
        broker.lease(first.part, level: first.level).end()
      }
      broker.lease(part, level: level).end()
      leases.append((part, level))
    case .release(let number):
      guard !leases.isEmpty else { return }
      let lease = leases.remove(at: number % leases.count)
      if fault != .dropsReleases { broker.release(Lease(part: lease.part, level: lease.level)) }
    case .confirm(let number): if let part = around(moving, number) { confirm(part) }
    case .refuse(let number): if let part = around(moving, number) { fail(part) }
    case .fail(let number):
      if let part = around(BrokerCase.parts.filter { self[$0].goal == nil && self[$0].lowest > 0 }, number) { fail(part) }
    case .settle(let number): settle(number)
    }
    drain()
    guard wasCalm, breach == nil else { return }
    switch operation {
    case .lease, .release:
      settle(0)
      for part in BrokerCase.parts where breach == nil { checkPath(of: part, from: before[Int(part.rawValue)].lowest) }
    case .confirm, .refuse, .fail, .settle: break
    }
  }

  private mutating func end() {
    while let lease = leases.popLast() {
      if fault != .dropsReleases { broker.release(Lease(part: lease.part, level: lease.level)) }
      drain()
    }
    settle(0)
    if breach != nil { return }
    if broker.leaseCount != 0 { breach = "a lease is left" }
    for part in BrokerCase.parts where self[part].highest > 0 { breach = "\(part) is up, and nobody holds anything" }
  }

  private mutating func drain() {
    while breach == nil, let transition = broker.nextTransition() {
      told.append(transition)
      if told.count > 500 {
        breach = "it goes on for ever"
        return
      }
      tell(transition)
    }
  }

  private mutating func tell(_ transition: PowerBroker.Transition) {
    let index = Int(transition.part.rawValue)
    let old = parts[index]
    if old.goal == transition.to || old.goal == nil && old.lowest == transition.to { breach = "\(transition.part) is told twice" }
    if transition.from != old.goal ?? old.lowest { breach = "\(transition.part) is told from where it was not sent" }
    for need in dependencies where need.part == transition.part && transition.to >= need.level && transition.to > old.lowest {
      if self[need.requires].lowest < need.requiredLevel { breach = "\(need.part) rises above \(need.requires)" }
    }
    for need in dependencies where need.requires == transition.part && transition.to < min(need.requiredLevel, old.highest) {
      if self[need.part].highest >= need.level { breach = "\(need.requires) falls under \(need.part)" }
    }
    parts[index].goal = transition.to
    parts[index].lowest = min(old.lowest, transition.to)
    parts[index].highest = max(old.highest, transition.to)
    if fault == .believesBeforeTheAnswer { broker.completed(transition) }
    if fault == .believesTheOldAnswer, old.goal != nil { broker.completed(transition) }
  }

  private mutating func confirm(_ part: Part) {
    let index = Int(part.rawValue)
    guard let goal = parts[index].goal else { return }
    let from = parts[index].lowest
    parts[index] = Hardware(lowest: goal, highest: goal, goal: nil, isExcused: parts[index].isExcused && goal > 0)
    broker.completed(.init(part: part, from: from, to: goal))
  }

  private mutating func fail(_ part: Part) {
    parts[Int(part.rawValue)] = Hardware()
    if fault == .forgetsFailures {
      broker.completed(broker.transition(of: part) ?? .init(part: part, from: 0, to: 0))
      failed.insert(part)
      return
    }
    failed.insert(part)
    broker.failed(part)
    // Whatever stands on it has to come down now.
    var above: Set<Part> = [part]
    for _ in BrokerCase.parts {
      for need in dependencies where above.contains(need.requires) && self[need.part].highest > 0 { above.insert(need.part) }
    }
    for other in above where other != part { parts[Int(other.rawValue)].isExcused = true }
  }

  private mutating func settle(_ number: Int) {
    var steps = 0
    drain()
    while breach == nil, let part = around(moving, number) {
      steps += 1
      if steps > 200 {
        breach = "it does not settle"
        return
      }
      confirm(part)
      drain()
      checkOrder()
    }
    if breach == nil { checkRest() }
  }

  // MARK: Properties

  /// A level never sits above what it needs, whatever may become of what is on its way.
  private mutating func checkOrder() {
    for need in dependencies where self[need.part].highest >= need.level && !self[need.part].isExcused {
      if self[need.requires].lowest < need.requiredLevel {
        breach = "\(need.part) is above \(need.requires)"
        return
      }
    }
  }

  /// With nothing on its way: each lease has what it is on or a reason that is true, and each level that is up has somebody who wants it.
  private mutating func checkRest() {
    for need in dependencies where self[need.part].highest >= need.level {
      if self[need.requires].lowest < need.requiredLevel {
        breach = "\(need.part) rests above \(need.requires)"
        return
      }
    }
    for (part, level) in leases {
      let lease = Lease(part: part, level: level)
      let state = broker.state(of: lease)
      lease.end()
      switch state {
      case .held:
        if self[part].lowest < level {
          breach = "a lease on \(part) is held, and it is not up"
          return
        }
      case .rising:
        breach = "a lease on \(part) neither held nor refused"
        return
      case .failed(let culprit):
        if !failed.contains(culprit) || !needed(by: part, level).contains(culprit) {
          breach = "\(culprit) is blamed for \(part)"
          return
        }
      case .waiting(let other):
        let isTrue = dependencies.contains {
          $0.kind == .opportunistic && $0.requires == other && self[other].lowest < $0.requiredLevel
        }
        if !isTrue {
          breach = "\(part) waits for \(other), which is there"
          return
        }
      }
      if state != .held, !isHampered(part, level) {
        breach = "\(part) is refused without a reason"
        return
      }
    }
    for part in BrokerCase.parts where self[part].lowest > 0 {
      let level = self[part].lowest
      let isLeased = leases.contains { $0.part == part && $0.level == level }
      let isPulled = dependencies.contains {
        $0.kind == .assertive && $0.requires == part && $0.requiredLevel == level && self[$0.part].lowest >= $0.level
      }
      if !isLeased && !isPulled {
        breach = "\(part) is at \(level), and nobody wants that"
        return
      }
    }
  }

  /// Calm glasses, one lease taken or given back: each part goes where it has to without a detour, and who stays is left alone.
  private mutating func checkPath(of part: Part, from before: Int) {
    let path = [before] + told.filter { $0.part == part }.map { $0.to }
    let goes = zip(path, path.dropFirst()).map { $1 - $0 }
    if goes.contains(where: { $0 > 0 }) && goes.contains(where: { $0 < 0 }) { breach = "\(part) takes a detour: \(path)" }
  }

  /// The part and all that it needs assertively at this level.
  private func needed(by part: Part, _ level: Int) -> Set<Part> {
    var needed: Set<Part> = [part]
    for need in dependencies where need.part == part && level >= need.level && need.kind == .assertive {
      needed.formUnion(self.needed(by: need.requires, need.requiredLevel))
    }
    return needed
  }

  /// Something that the level needs has failed, or is used along and not there.
  private func isHampered(_ part: Part, _ level: Int) -> Bool {
    if failed.contains(part) { return true }
    return dependencies.contains { need in
      guard need.part == part, level >= need.level else { return false }
      return switch need.kind {
      case .assertive: isHampered(need.requires, need.requiredLevel)
      case .opportunistic: self[need.requires].lowest < need.requiredLevel
      }
    }
  }

  // MARK: Parts

  private subscript(part: Part) -> Hardware { parts[Int(part.rawValue)] }
  private var moving: [Part] { BrokerCase.parts.filter { self[$0].goal != nil } }
  private func around(_ parts: [Part], _ number: Int) -> Part? { parts.isEmpty ? nil : parts[number % parts.count] }
}
