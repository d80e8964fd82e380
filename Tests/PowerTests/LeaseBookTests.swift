import HAL
import Power
import Testing
import Units

private let second = Instant.zero + .seconds(1)
private let later = Instant.zero + .seconds(3)

@Suite struct LeaseBookTests {
  @Test func aLeaseIsHeldSinceItWasFirstNoted() {
    var book = LeaseBook(places: 2)
    let change = book.note(1, .microphone, level: 2, holder: .turn(7), at: second, partEnergy: Nanojoules(3))
    #expect(change?.taken == book[1])
    #expect(change?.released == nil)
    let again = book.note(1, .microphone, level: 2, holder: .turn(7), at: later, partEnergy: Nanojoules(3))
    #expect(again == nil)
    #expect(book[1]?.since == second)
    #expect(book[1]?.holder == .turn(7))
    #expect(book[1]?.partEnergy == Nanojoules(3))
    #expect(book[0] == nil)
  }

  @Test func anotherLevelOrHolderIsAnotherLease() {
    var book = LeaseBook(places: 1)
    _ = book.note(0, .microphone, level: 1, holder: .arming, at: .zero, partEnergy: Nanojoules(3))
    let engaged = book.note(0, .microphone, level: 2, holder: .turn(1), at: second, partEnergy: Nanojoules(3))
    #expect(engaged?.released?.holder == .arming)
    #expect(engaged?.released?.since == .zero)
    #expect(engaged?.taken?.since == second)
    let next = book.note(0, .microphone, level: 2, holder: .turn(2), at: later, partEnergy: Nanojoules(3))
    #expect(next?.taken?.since == later, "the same level, but another turn's")
  }

  @Test func whatIsGivenBackIsGone() {
    var book = LeaseBook(places: 1)
    let nothing = book.note(0, .display, level: 0, holder: .card, at: .zero, partEnergy: Nanojoules(3))
    #expect(nothing == nil)
    _ = book.note(0, .display, level: 1, holder: .card, at: second, partEnergy: Nanojoules(3))
    let change = book.note(0, .display, level: 0, holder: .card, at: later, partEnergy: Nanojoules(3))
    #expect(change?.taken == nil)
    #expect(change?.released?.since == second)
    #expect(book[0] == nil)
  }

  @Test func holdersHaveNames() {
    var text = TextBuffer()
    for holder: LeaseHolder in [.turn(12), .arming, .card, .parkedLink, .control(client: 2, process: 17)] {
      text.append(holder)
      text.append("; ")
    }
    #expect(String(decoding: text.bytes, as: UTF8.self) == "turn 12; arming; card; parked link; control client 2 (process 17); ")
  }
}
