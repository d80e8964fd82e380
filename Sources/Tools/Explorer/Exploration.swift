/// Something that must not be, with the shortest way to it.
public struct Violation: Sendable {
  public var pace: Pace
  public var what: String
  public var moves: [Move]
  /// Where it goes round for ever: the moves of one round, after `moves`.
  public var round: [Move] = []
}

/// Every reachable state, breadth first, so that the first way to anything is a shortest one.
public struct Exploration: Sendable {
  public let pace: Pace
  public private(set) var states = 0
  public private(set) var transitions = 0
  public private(set) var violations: [Violation] = []
  /// The most moves from any state to rest without any input, however the hardware answers.
  public private(set) var longestReturn = 0

  private var parents: [Int32] = []
  private var moves: [UInt8] = []
  /// Input-free moves by the state they start from, which ascend.
  private var edges: [(from: Int32, to: Int32, move: Move)] = []

  /// Stops at the first violation, unless the whole is wanted: then one of each kind is kept.
  public init(pace: Pace, fault: Fault? = nil, stopsAtFirst: Bool = true) {
    self.pace = pace
    var seen: [World.Key: Int32] = [:]
    var frontier: [(Int32, World)] = []
    let first = Play.start(pace: pace, fault: fault)
    seen[first.key] = 0
    parents.append(-1)
    moves.append(0)
    frontier.append((0, first))
    while !frontier.isEmpty {
      var next: [(Int32, World)] = []
      for (index, world) in frontier {
        var canRest = world.isQuiet
        for move in Move.allCases where move.isPossible(in: world, pace: pace) {
          transitions += 1
          var play = Play(world, pace: pace, fault: fault)
          play.make(move)
          let (breach, hasBegun, hasEnded, wasTold) = (play.breach, play.hasBegun, play.hasEnded, play.wasTold)
          let result = play.result(from: world)
          if let what = breach
            ?? Check.breach(of: move, from: world, to: result, hasBegun: hasBegun, hasEnded: hasEnded, wasTold: wasTold)
            ?? Check.breach(of: result, fault: fault)
          {
            note(what, at: index, then: move)
            if stopsAtFirst {
              finish(seen.count)
              return
            }
            continue
          }
          let key = result.key
          let target: Int32
          if let known = seen[key] {
            target = known
          } else {
            target = Int32(parents.count)
            seen[key] = target
            parents.append(index)
            moves.append(move.rawValue)
            next.append((target, result))
          }
          guard move.isInputFree else { continue }
          if target != index { canRest = true }
          edges.append((index, target, move))
        }
        if !canRest {
          note("nothing follows, and it is not at rest", at: index)
          if stopsAtFirst {
            finish(seen.count)
            return
          }
        }
      }
      frontier = next
    }
    finish(seen.count)
    findRounds()
  }

  private mutating func finish(_ count: Int) { states = count }

  private mutating func note(_ what: String, at index: Int32, then move: Move? = nil, round: [Move] = []) {
    if violations.contains(where: { $0.what == what }) { return }
    violations.append(Violation(pace: pace, what: what, moves: way(to: index) + (move.map { [$0] } ?? []), round: round))
  }

  private func way(to index: Int32) -> [Move] {
    var way: [Move] = []
    var index = index
    while index > 0 {
      way.append(Move(rawValue: moves[Int(index)])!)
      index = parents[Int(index)]
    }
    return way.reversed()
  }

  /// Takes away, again and again, the states from which no input-free move leads to one that is left; what remains goes round.
  private mutating func findRounds() {
    var outgoing = [Int32](repeating: 0, count: states)
    var begin = [Int32](repeating: 0, count: states + 1)
    for edge in edges {
      outgoing[Int(edge.from)] += 1
      begin[Int(edge.to) + 1] += 1
    }
    for index in 0..<states { begin[index + 1] += begin[index] }
    var incoming = [Int32](repeating: 0, count: edges.count)
    var fill = begin
    for edge in edges {
      incoming[Int(fill[Int(edge.to)])] = edge.from
      fill[Int(edge.to)] += 1
    }
    var length = [Int32](repeating: 0, count: states)
    var ready = (0..<Int32(states)).filter { outgoing[Int($0)] == 0 }
    var done = 0
    while let state = ready.popLast() {
      done += 1
      longestReturn = max(longestReturn, Int(length[Int(state)]))
      for slot in begin[Int(state)]..<begin[Int(state) + 1] {
        let from = Int(incoming[Int(slot)])
        length[from] = max(length[from], length[Int(state)] + 1)
        outgoing[from] -= 1
        if outgoing[from] == 0 { ready.append(Int32(from)) }
      }
    }
    if done < states { noteRound(outgoing) }
  }

  private mutating func noteRound(_ outgoing: [Int32]) {
    var step: [Int32: (to: Int32, move: Move)] = [:]
    for edge in edges where outgoing[Int(edge.from)] > 0 && outgoing[Int(edge.to)] > 0 && step[edge.from] == nil {
      step[edge.from] = (edge.to, edge.move)
    }
    // The first state found that lies on a round: the nearest to the start.
    guard var state = step.keys.min() else { return }
    var seen: Set<Int32> = []
    while seen.insert(state).inserted, let next = step[state] { state = next.to }
    var round: [Move] = []
    let start = state
    repeat {
      guard let next = step[state] else { break }
      round.append(next.move)
      state = next.to
    } while state != start
    note("it goes round for ever without any input", at: start, round: round)
  }
}
