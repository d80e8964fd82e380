import HAL

// What is asked of each part, reckoned anew whenever a lease or a failure changes. Both are least fixed points: they begin with the
// leases and only grow, so that no part keeps up what would keep it up itself, and they end after at most one round for each level.
extension PowerBroker {
  /// First what is wanted, failures or not: what nobody wants is not failed any more. Then what can be had of it.
  mutating func reckonClaims() {
    reckonWishes()
    for index in elements.indices where elements[index].wanted == 0 { elements[index].hasFailed = false }
    reckonGrants()
  }

  private mutating func reckonWishes() {
    for part in Part.allCases {
      let index = Int(part.rawValue)
      elements[index].wishes = levelsLeased(of: part)
      elements[index].wanted = 0
    }
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for part in Part.allCases {
        let level = highest(of: elements[Int(part.rawValue)].wishes) { isOpportune(part, $0) }
        guard level > elements[Int(part.rawValue)].wanted else { continue }
        elements[Int(part.rawValue)].wanted = level
        hasChanged = true
        for dependency in dependencies where dependency.part == part && level >= dependency.level && dependency.kind == .assertive
        {
          elements[Int(dependency.requires.rawValue)].wishes |= 1 << UInt8(dependency.requiredLevel)
        }
      }
    }
  }

  private mutating func reckonGrants() {
    for part in Part.allCases {
      let index = Int(part.rawValue)
      elements[index].claims = levelsLeased(of: part)
      elements[index].granted = 0
    }
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for part in Part.allCases {
        let level = highest(of: elements[Int(part.rawValue)].claims) { culprit(part, $0) == nil && obstacle(part, $0) == nil }
        guard level > elements[Int(part.rawValue)].granted else { continue }
        elements[Int(part.rawValue)].granted = level
        hasChanged = true
        for dependency in dependencies where dependency.part == part && level >= dependency.level && dependency.kind == .assertive
        {
          elements[Int(dependency.requires.rawValue)].claims |= 1 << UInt8(dependency.requiredLevel)
        }
      }
    }
  }

  private func levelsLeased(of part: Part) -> UInt8 {
    var set: UInt8 = 0
    for level in 1...Self.highestLevel where elements[Int(part.rawValue)].leases[level] > 0 { set |= 1 << UInt8(level) }
    return set
  }

  private func highest(of set: UInt8, where isAllowed: (Int) -> Bool) -> Int {
    for level in stride(from: Self.highestLevel, to: 0, by: -1) where PowerElement.holds(set, level) && isAllowed(level) {
      return level
    }
    return 0
  }

  /// Somebody wants all that the level may only use along.
  private func isOpportune(_ part: Part, _ level: Int) -> Bool {
    for dependency in dependencies where dependency.part == part && level >= dependency.level {
      switch dependency.kind {
      case .assertive: if !isOpportune(dependency.requires, dependency.requiredLevel) { return false }
      case .opportunistic: if elements[Int(dependency.requires.rawValue)].wanted < dependency.requiredLevel { return false }
      }
    }
    return true
  }

  // Asked on the way of the sound. Going through an array by its elements allocates memory in unoptimised builds, by its indices it does not.

  /// The failed part because of which the level cannot be had.
  func culprit(_ part: Part, _ level: Int) -> Part? {
    if elements[Int(part.rawValue)].hasFailed { return part }
    for index in dependencies.indices
    where dependencies[index].part == part && level >= dependencies[index].level && dependencies[index].kind == .assertive {
      let dependency = dependencies[index]
      if let culprit = culprit(dependency.requires, dependency.requiredLevel) { return culprit }
    }
    return nil
  }

  /// The part that nobody brings up, and that the level may only use along.
  func obstacle(_ part: Part, _ level: Int) -> Part? {
    for index in dependencies.indices where dependencies[index].part == part && level >= dependencies[index].level {
      let dependency = dependencies[index]
      switch dependency.kind {
      case .assertive: if let other = obstacle(dependency.requires, dependency.requiredLevel) { return other }
      case .opportunistic:
        if elements[Int(dependency.requires.rawValue)].granted < dependency.requiredLevel { return dependency.requires }
      }
    }
    return nil
  }
}
