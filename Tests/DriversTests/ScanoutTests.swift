import Testing
import Units

@testable import Drivers

@Suite("What a display is doing")
struct ScanoutTests {
  static let start = Instant(nanoseconds: 1_000_000_000)
  static let later = start + Scanout.patience

  /// Plays events and gives the actions.
  static func play(_ events: [Scanout.Event], on scanout: inout Scanout, at now: Instant = start) -> [Scanout.Action] {
    events.map { scanout.handle($0, at: now) }
  }

  @Test("on, two pictures, off")
  func plain() {
    var scanout = Scanout()
    #expect(
      Self.play([.turnOn, .done, .present, .done, .present, .done, .turnOff, .done], on: &scanout)
        == [.light, .nothing, .flip, .nothing, .flip, .nothing, .darken, .release])
    #expect(scanout.state == .dark)
    #expect(scanout.deadline == nil)
  }

  @Test("pictures that come while one is on its way become one, shown when it has ended")
  func newest() {
    var scanout = Scanout()
    #expect(
      Self.play([.turnOn, .present, .present, .done, .present, .present, .done, .done], on: &scanout)
        == [.light, .nothing, .nothing, .flip, .nothing, .nothing, .flip, .nothing])
    #expect(scanout.state == .lit)
  }

  @Test("off while a picture is on its way: dark as soon as it has ended, without the pictures that waited")
  func offInFlight() {
    var scanout = Scanout()
    #expect(
      Self.play([.turnOn, .done, .present, .present, .turnOff, .done, .done], on: &scanout)
        == [.light, .nothing, .flip, .nothing, .nothing, .darken, .release])
  }

  @Test("on again while it goes dark: it is lit anew")
  func onWhileDarkening() {
    var scanout = Scanout()
    #expect(
      Self.play([.turnOn, .done, .turnOff, .turnOn, .done, .done], on: &scanout)
        == [.light, .nothing, .darken, .nothing, .light, .nothing])
    #expect(scanout.hasSettled)
    #expect(scanout.state == .lit)
  }

  @Test("it has settled when the panel is as it is wanted, and not before")
  func settles() {
    var scanout = Scanout()
    #expect(scanout.hasSettled)
    _ = scanout.handle(.turnOn, at: Self.start)
    #expect(!scanout.hasSettled)
    _ = scanout.handle(.done, at: Self.start)
    #expect(scanout.hasSettled)
    _ = scanout.handle(.present, at: Self.start)
    #expect(scanout.hasSettled)
    _ = scanout.handle(.turnOff, at: Self.start)
    #expect(!scanout.hasSettled)
    _ = Self.play([.done, .done], on: &scanout)
    #expect(scanout.hasSettled)
  }

  @Test("a commit that does not end is complained of once, at its deadline and not before")
  func late() {
    var scanout = Scanout()
    _ = Self.play([.turnOn, .done, .present], on: &scanout)
    #expect(scanout.deadline == Self.later)
    #expect(scanout.handle(.late, at: Self.later - .nanoseconds(1)) == .nothing)
    #expect(scanout.handle(.late, at: Self.later) == .complain)
    #expect(scanout.state == .stalled)
    #expect(scanout.deadline == nil)
    #expect(scanout.handle(.late, at: Self.later) == .nothing)
  }

  @Test("a stalled display comes back with the late end of its commit")
  func lateEnd() {
    var scanout = Scanout()
    _ = Self.play([.turnOn, .done, .present], on: &scanout)
    _ = scanout.handle(.late, at: Self.later)
    #expect(scanout.handle(.done, at: Self.later) == .nothing)
    #expect(scanout.state == .lit)
  }

  @Test("a stalled display tries each picture, and stays stalled while the kernel refuses")
  func tries() {
    var scanout = Scanout()
    _ = Self.play([.turnOn, .done, .present], on: &scanout)
    _ = scanout.handle(.late, at: Self.later)
    #expect(Self.play([.present, .refused], on: &scanout, at: Self.later) == [.flip, .nothing])
    #expect(scanout.state == .stalled)
    #expect(Self.play([.present, .done], on: &scanout, at: Self.later) == [.flip, .nothing])
    #expect(scanout.state == .lit)
  }

  @Test("a stalled display that is switched off is abandoned and can be begun anew")
  func abandons() {
    var scanout = Scanout()
    _ = Self.play([.turnOn, .done, .present], on: &scanout)
    _ = scanout.handle(.late, at: Self.later)
    #expect(Self.play([.turnOff, .turnOn, .done], on: &scanout, at: Self.later) == [.abandon, .light, .nothing])
    #expect(scanout.state == .lit)
  }

  @Test("a picture that the kernel rejects leaves the one before it")
  func rejected() {
    var scanout = Scanout()
    #expect(
      Self.play([.turnOn, .done, .present, .rejected, .present], on: &scanout) == [.light, .nothing, .flip, .nothing, .flip])
  }

  @Test("a lost card is dark from every state, and can be begun anew")
  func lost() {
    let ways: [[Scanout.Event]] = [
      [], [.turnOn], [.turnOn, .done], [.turnOn, .done, .present], [.turnOn, .done, .turnOff], [.turnOn, .refused],
    ]
    for way in ways {
      var scanout = Scanout()
      _ = Self.play(way, on: &scanout)
      #expect(scanout.handle(.lost, at: Self.start) == .nothing)
      #expect(scanout.state == .dark)
      #expect(!scanout.isWanted)
      #expect(scanout.handle(.turnOn, at: Self.start) == .light)
    }
  }

  @Test("whatever comes, a commit on its way has a deadline, and nothing else has one")
  func everyWay() {
    let events: [Scanout.Event] = [.turnOn, .turnOff, .present, .done, .late, .refused, .rejected, .lost]
    var seen: [Scanout] = [Scanout()]
    var index = 0
    while index < seen.count {
      for event in events {
        var next = seen[index]
        let action = next.handle(event, at: Self.later)
        let asks = action == .light || action == .flip || action == .darken
        switch next.state {
        case .lighting, .flipping, .darkening: #expect(next.deadline != nil)
        case .dark, .lit, .stalled:
          #expect(next.deadline == nil)
          #expect(!asks, "an action without a commit on its way: \(action)")
        }
        if action == .release { #expect(!next.isWanted) }
        if !seen.contains(where: { $0.state == next.state && $0.isWanted == next.isWanted && $0.isBehind == next.isBehind }) {
          seen.append(next)
        }
      }
      index += 1
    }
    #expect(seen.count >= 8)
  }
}
