import CLinux
import Foundation
import HAL
import Testing
import Units

@testable import Drivers

@Suite struct ReactorTests {
  private let first = EventSource(1)
  private let second = EventSource(2)

  private func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(Foundation.pipe(&ends) == 0)
    return (ends[0], ends[1])
  }

  @Test func aDeadlineThatWasGivenUpDoesNotWake() throws {
    let reactor = try Reactor(signals: nil)
    let (read, write) = try pipe()
    defer { for end in [read, write] { close(end) } }
    #expect(reactor.watch(read, SOTTO_READABLE, for: first) == 0)
    // Armed for 20 ms, left for the pipe, then for 200 ms: the first instant must pass in silence.
    let start = reactor.now()
    Foundation.write(write, "x", 1)
    #expect(reactor.wait(until: start + .milliseconds(20)))
    #expect(reactor.takeReady()?.0 == first)
    reactor.unwatch(read)
    #expect(reactor.wait(until: start + .milliseconds(200)))
    #expect(reactor.now() >= start + .milliseconds(200))
    #expect(reactor.wakeups == 2)
  }

  @Test func theTimerIsDisarmedWhenThereIsNothingToWaitFor() throws {
    let reactor = try Reactor(signals: nil)
    #expect(reactor.timerIsArmed == false)
    let (read, write) = try pipe()
    defer { for end in [read, write] { close(end) } }
    #expect(reactor.watch(read, SOTTO_READABLE, for: first) == 0)
    Foundation.write(write, "x", 1)
    #expect(reactor.wait(until: reactor.now() + .seconds(60)))
    #expect(reactor.timerIsArmed == true)
    #expect(reactor.wait(until: nil))
    #expect(reactor.timerIsArmed == false)
  }

  @Test func aDescriptorThatWasLetGoIsNotReportedEvenWhenItsNumberIsUsedAgain() throws {
    let reactor = try Reactor(signals: nil)
    let one = try pipe()
    let two = try pipe()
    for ends in [one, two] { #expect(reactor.watch(ends.read, SOTTO_READABLE, for: ends.read == one.read ? first : second) == 0) }
    for ends in [one, two] { Foundation.write(ends.write, "x", 1) }
    #expect(reactor.wait(until: nil))
    let (taken, _) = try #require(reactor.takeReady())
    // The driver of the one lets the other go and opens something that gets its number.
    let other = taken == first ? two : one
    reactor.unwatch(other.read)
    let third = try pipe()
    #expect(dup2(third.read, other.read) == other.read)
    #expect(reactor.watch(other.read, SOTTO_READABLE, for: EventSource(3)) == 0)
    #expect(reactor.takeReady() == nil)
    Foundation.write(third.write, "x", 1)
    reactor.unwatch(taken == first ? one.read : two.read)
    #expect(reactor.wait(until: nil))
    #expect(reactor.takeReady()?.0 == EventSource(3))
    for end in [one.read, one.write, two.read, two.write, third.read, third.write] { close(end) }
  }

  @Test func aDescriptorThatStaysBrokenDoesNotSpin() throws {
    let reactor = try Reactor(signals: nil)
    let (read, write) = try pipe()
    defer { close(read) }
    #expect(reactor.watch(read, SOTTO_READABLE, for: first) == 0)
    close(write)
    // A driver that does nothing about it.
    var reports = 0
    while reactor.dropped == 0, reports < 10_000 {
      #expect(reactor.look())
      while let (source, readiness) = reactor.takeReady() {
        #expect(source == first && readiness.isBroken)
        reports += 1
      }
    }
    #expect(reactor.dropped == 1)
    let wakeups = reactor.wakeups
    #expect(reactor.wait(until: reactor.now() + .milliseconds(20)))
    #expect(reactor.takeReady() == nil)
    #expect(reactor.wakeups == wakeups + 1)
  }
}
