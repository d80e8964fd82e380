import HAL
import Testing
import Units

@testable import Drivers

@Suite struct AgendaTests {
  @Test func entriesComeByInstantThenByInsertion() {
    var agenda = Agenda<String>()
    agenda.insert("late", at: milliseconds(30))
    agenda.insert("first at 10", at: milliseconds(10))
    agenda.insert("second at 10", at: milliseconds(10))
    agenda.insert("early", at: milliseconds(1))
    agenda.insert("third at 10", at: milliseconds(10))
    var order: [String] = []
    while let item = agenda.takeDue(at: milliseconds(30)) { order.append(item) }
    #expect(order == ["early", "first at 10", "second at 10", "third at 10", "late"])
  }

  @Test func nothingIsTakenBeforeItsInstant() {
    var agenda = Agenda<Int>()
    agenda.insert(1, at: milliseconds(10))
    #expect(agenda.takeDue(at: Instant(nanoseconds: 9_999_999)) == nil)
    #expect(agenda.nextDue == milliseconds(10))
    #expect(agenda.takeDue(at: milliseconds(10)) == 1)
    #expect(agenda.isEmpty)
  }

  @Test func anEntryCanBeCalledOffOnceOrTwice() {
    var agenda = Agenda<Int>()
    agenda.insert(1, at: milliseconds(10))
    let ticket = agenda.insert(2, at: milliseconds(5))
    agenda.remove(ticket)
    agenda.remove(ticket)
    #expect(agenda.takeDue(at: milliseconds(20)) == 1)
    #expect(agenda.takeDue(at: milliseconds(20)) == nil)
  }

  @Test func aLargeAgendaStaysInOrder() {
    var agenda = Agenda<Int64>()
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      let at = Int64.random(in: 0..<500, using: &random)
      agenda.insert(at, at: Instant(nanoseconds: at))
    }
    var last: Int64 = -1
    var count = 0
    while let at = agenda.takeDue(at: Instant(nanoseconds: 500)) {
      #expect(at >= last)
      last = at
      count += 1
    }
    #expect(count == 2_000)
  }
}

private func milliseconds(_ count: Int64) -> Instant { Instant(nanoseconds: count * 1_000_000) }
