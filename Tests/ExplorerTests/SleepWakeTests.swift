import Engagement
import Testing
import Workloads

@testable import Explorer
@testable import Runtime

/// Ten thousand times awake and asleep again, with the real conductor and parts that answer late, refuse, fail or never come.
@Suite struct SleepWakeTests {
  @Test func everyCycleComesBackToRest() throws {
    var random = SeededRandom(seed: 20_261_123)
    var world = Play.start(pace: .slow, fault: nil)
    var turns: UInt32 = 0
    var longest = 0
    for cycle in 0..<10_000 {
      var story: [Move] = []
      func fails(_ what: String) -> Comment {
        "cycle \(cycle): \(what)\n\(story.map(Counterexample.words).joined(separator: "\n"))"
      }
      func play(_ move: Move) throws {
        guard move.isPossible(in: world, pace: .slow) else { return }
        story.append(move)
        var play = Play(world, pace: .slow, fault: nil)
        play.make(move)
        let breach = play.breach
        world = play.result(from: world)
        if let breach { throw CycleFailure(what: fails(breach)) }
      }
      if !world.around.isWorn { try play(.putOn) }
      try play([.press, .press, .press, .typedQuestion, .hold].randomElement(using: &random)!)
      for _ in 0..<Int.random(in: 0..<24, using: &random) { try play(Move.allCases.randomElement(using: &random)!) }
      var steps = 0
      while !world.isQuiet {
        steps += 1
        try #require(steps < 60, fails("it does not come to rest"))
        let choices = Self.byItself.filter { $0.isPossible(in: world, pace: .slow) }
        let move = try #require(choices.randomElement(using: &random), fails("nothing follows, and it is not at rest"))
        try play(move)
      }
      longest = max(longest, steps)
      if let breach = Check.breach(of: world, fault: nil) { throw CycleFailure(what: fails(breach)) }
      let armed = world.image.engagement.state == .armed ? 2 : 0
      let parked = world.image.slots.parkedLink > 0 ? 1 : 0
      try #require(world.image.broker.leaseCount == armed + parked, fails("a lease is left"))
      #expect(world.image.broker.deadline == nil)
      turns = world.image.engagement.turn
    }
    #expect(turns > 8_000, "most cycles are turns")
    #expect(longest > 8, "and not all of them are short")
  }

  private static let byItself = Move.allCases.filter { $0.isInputFree }
}

private struct CycleFailure: Error, CustomStringConvertible {
  var what: Comment
  var description: String { "\(what)" }
}
