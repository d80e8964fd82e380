import Testing
import Units

@testable import Runtime
@testable import Wire

@Suite struct KeptQuestionsTests {
  private let seal = MemorySeal()

  private func question(at seconds: Double, bytes: Int = 1_000) -> KeptQuestions.Question {
    KeptQuestions.Question(
      content: .spoken(seal.seal([UInt8](repeating: 7, count: bytes))), trigger: .button, askedAt: .zero + .seconds(seconds))
  }

  private func at(_ seconds: Double) -> Instant { .zero + .seconds(seconds) }

  @Test func withNothingKeptNothingIsDue() {
    var kept = KeptQuestions()
    #expect(kept.due == nil)
    kept.hostIsAway(at: at(1))
    #expect(kept.due == nil)
    #expect(kept.first() == nil)
  }

  @Test func theyAreAskedInOrderAndEachIsGoneOnceItHasEnded() {
    var kept = KeptQuestions()
    for second in [1.0, 2, 3] { kept.keep(question(at: second), at: at(second)) }
    var asked: [Instant] = []
    while let first = kept.first() {
      asked.append(first.askedAt)
      let isGivenUp = kept.ended(isKept: false, at: at(10))
      #expect(!isGivenUp)
    }
    #expect(asked == [at(1), at(2), at(3)])
    #expect(kept.due == nil)
  }

  @Test func theHostIsCalledSeldomAndMoreSeldom() {
    var kept = KeptQuestions()
    kept.keep(question(at: 0), at: at(0))
    var calls: [Double] = []
    while let due = kept.nextCall, due < at(400) {
      calls.append(Double(due.nanoseconds) / 1e9)
      kept.calling()
      #expect(kept.nextCall == nil)
      kept.hostIsAway(at: due)
    }
    #expect(calls == [5, 10, 20, 40, 80, 160, 240, 320])
  }

  @Test func thereIsRoomForFourAndNoMoreBytesThanStated() {
    var kept = KeptQuestions()
    for second in 0..<3 { kept.keep(question(at: Double(second), bytes: 64 * 1024), at: at(0)) }
    // The tags count too.
    #expect(!kept.hasRoom(for: 64 * 1024))
    #expect(kept.hasRoom(for: 32 * 1024))
    kept.keep(question(at: 4), at: at(4))
    #expect(!kept.hasRoom(for: 0))
  }

  @Test func whatIsTooOldIsGivenUpButNotWhileItIsAsked() {
    var kept = KeptQuestions()
    kept.keep(question(at: 0), at: at(0))
    kept.keep(question(at: 300), at: at(300))
    #expect(kept.first() != nil)
    #expect(kept.due == nil)
    var given = kept.giveUp(at: at(601))
    #expect(given == 0)
    let isGivenUp = kept.ended(isKept: true, at: at(601))
    #expect(!isGivenUp)
    given = kept.giveUp(at: at(601))
    #expect(given == 1)
    #expect(kept.count == 1)
    given = kept.giveUp(at: at(900))
    #expect(given == 1)
    #expect(kept.due == nil)
  }

  @Test func aQuestionThatTheHostFailsOnAgainAndAgainIsGivenUp() {
    var kept = KeptQuestions()
    kept.keep(question(at: 0), at: at(0))
    var ends: [Bool] = []
    while kept.first() != nil { ends.append(kept.ended(isKept: true, at: at(1))) }
    #expect(ends == [false, false, true])
  }
}
