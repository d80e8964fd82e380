import HAL
import Workloads

/// Parts that need each other, and what happens to them: what the property tests of the broker vary.
struct BrokerCase: CustomStringConvertible {
  enum Operation: Hashable {
    case lease(Part, Int)
    /// Gives one of the leases back, counted around.
    case release(Int)
    /// One of the parts that move, counted around, arrives …
    case confirm(Int)
    /// … or never does.
    case refuse(Int)
    /// One of the parts that are up, counted around, fails.
    case fail(Int)
    /// Everything arrives, in some order.
    case settle(Int)
  }

  /// Parts of the board; the names mean nothing here.
  static let parts: [Part] = [.processor, .camera, .microphone, .speaker, .display, .link, .indicator]

  var dependencies: [PowerDependency] = []
  var operations: [Operation] = []

  init(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    // A part needs only what comes after it, so that there is no circle.
    let order = Self.parts.shuffled(using: &random).prefix(Int.random(in: 2...Self.parts.count, using: &random))
    for _ in 0..<Int.random(in: 0...10, using: &random) {
      let first = Int.random(in: 0..<order.count - 1, using: &random)
      let second = Int.random(in: first + 1..<order.count, using: &random)
      let kind = Int.random(in: 0..<3, using: &random) == 0 ? PowerDependency.Kind.opportunistic : .assertive
      dependencies.append(
        PowerDependency(
          order[first], atLevel: Int.random(in: 1...3, using: &random), requires: order[second],
          atLevel: Int.random(in: 1...3, using: &random), kind))
    }
    for _ in 0..<Int.random(in: 1...40, using: &random) {
      let number = Int.random(in: 0..<8, using: &random)
      switch Int.random(in: 0..<16, using: &random) {
      case 0..<5: operations.append(.lease(order.randomElement(using: &random)!, Int.random(in: 1...3, using: &random)))
      case 5..<8: operations.append(.release(number))
      case 8..<12: operations.append(.confirm(number))
      case 12: operations.append(.refuse(number))
      case 13: operations.append(.fail(number))
      default: operations.append(.settle(number))
      }
    }
  }

  var description: String {
    let needs = dependencies.map {
      "\($0.part) at \($0.level) needs \($0.requires) at \($0.requiredLevel), \($0.kind)"
    }
    return (needs + operations.map { "- \($0)" }).joined(separator: "\n")
  }

  /// The smallest case found that still breaks the property: the first simpler one that breaks it, again and again.
  func shrunk(while breaks: (BrokerCase) -> Bool) -> BrokerCase {
    var smallest = self
    while let simpler = smallest.simpler.first(where: breaks) { smallest = simpler }
    return smallest
  }

  /// The boldest first: halves of the operations left out, then quarters … single ones; dependencies one by one; then lower levels.
  private var simpler: [BrokerCase] {
    var cases: [BrokerCase] = []
    var size = operations.count
    while size > 0 {
      for start in stride(from: 0, to: operations.count, by: size) {
        cases.append(with { $0.operations.removeSubrange(start..<min(start + size, operations.count)) })
      }
      size /= 2
    }
    for index in dependencies.indices { cases.append(with { $0.dependencies.remove(at: index) }) }
    for (index, operation) in operations.enumerated() {
      if case .lease(let part, let level) = operation, level > 1 {
        cases.append(with { $0.operations[index] = .lease(part, level - 1) })
      }
    }
    for index in dependencies.indices {
      if dependencies[index].level > 1 { cases.append(with { $0.dependencies[index].level -= 1 }) }
      if dependencies[index].requiredLevel > 1 { cases.append(with { $0.dependencies[index].requiredLevel -= 1 }) }
    }
    return cases
  }

  private func with(_ change: (inout BrokerCase) -> Void) -> BrokerCase {
    var copy = self
    change(&copy)
    return copy
  }
}
