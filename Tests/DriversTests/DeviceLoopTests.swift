import CLinux
import Drivers
import HAL
import Testing
import Units

@Suite("Trying drivers without a board")
struct DeviceLoopTests {
  /// A driver that counts what it is told.
  final class Counter {
    var ready = 0
    var due = 0
  }

  @Test("a ready descriptor and a due timer go to the driver of their source, and a condition is seen without an event")
  func dispatches() throws {
    let loop = try DeviceLoop { _ in }
    let counters = [Counter(), Counter()]
    let sources = counters.map { counter in
      let source = loop.makeSource()
      loop.connect(source, ready: { _ in counter.ready += 1 }, due: { counter.due += 1 })
      return source
    }
    let descriptor = sotto_event_create()
    defer { sotto_close(descriptor) }
    #expect(loop.host.reactor.watch(descriptor, SOTTO_READABLE, for: sources[1]) == 0)
    _ = sotto_event_signal(descriptor)
    #expect(loop.wait(until: loop.now() + .seconds(10), for: { counters[1].ready > 0 }))
    #expect(counters[0].ready == 0)

    var appointment = Appointment<EventSource>()
    appointment.set(sources[0], at: loop.now() + .milliseconds(1), on: &loop.host.timers)
    loop.host.reactor.unwatch(descriptor)
    #expect(loop.wait(until: loop.now() + .seconds(10), for: { counters[0].due > 0 }))
    #expect(counters[1].due == 0)
  }

  @Test("events are handed on in order, and a deadline ends the wait")
  func events() throws {
    let loop = try DeviceLoop { _ in }
    loop.host.post(.microphoneReady)
    loop.host.post(.speakerReady)
    if case .microphoneReady? = loop.next(before: loop.now()) {} else { Issue.record("the first event came first") }
    var noted = 0
    #expect(!loop.wait(until: loop.now(), for: { false }, note: { _ in noted += 1 }))
    #expect(noted == 1)
    if loop.next(before: loop.now()) != nil { Issue.record("nothing was left") }
  }
}

@Suite("The test card")
struct TestCardTests {
  @Test("a white frame, colour bars, steps of grey, and a white square that tells which way is up")
  func layout() {
    let card = TestCard(width: 160, height: 90)
    for (x, y) in [(0, 0), (159, 0), (0, 89), (159, 89), (80, 0), (0, 45)] { #expect(card.pixel(x: x, y: y) == 0xffffff) }
    let colours: [UInt32] = [0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000, 0x0000ff, 0x000000]
    for (index, colour) in colours.enumerated() { #expect(card.pixel(x: index * 20 + 10, y: 30) == colour) }
    #expect(card.pixel(x: 5, y: 65) == 0xffffff)
    #expect(card.pixel(x: 5, y: 85) == 0x000000)
    #expect(card.pixel(x: 155, y: 85) == 0xffffff)
    #expect(card.pixel(x: 85, y: 85) == 0x888888)
  }
}
