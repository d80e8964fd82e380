import HAL
import Testing
import Units

@testable import Overlay

private struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

private func seconds(_ value: Int64) -> Instant { Instant(nanoseconds: value * 1_000_000_000) }

@Suite struct OverlayPolicyTests {
  let answer = Card(.answer, title: "Time", body: "It is ten past four.")
  let reminder = Card(.reminder, title: "Timer", body: "Tea is ready.")
  let notice = Card(.notice, title: "Battery", body: "20 percent left.")

  @Test func anAnswerIsShownForTheCardTimeAtMost() {
    var policy = OverlayPolicy()
    #expect(policy.handle(.show(answer, time: .seconds(100)), at: seconds(1)) == .show(answer, until: seconds(9)))
    #expect(policy.deadline == seconds(9))
    #expect(policy.handle(.tick, at: seconds(8)) == nil)
    #expect(policy.handle(.tick, at: seconds(9)) == .hide)
    #expect(policy.card == nil && policy.deadline == nil)
  }

  @Test func anAskedCardReplacesWhatIsVisible() {
    var policy = OverlayPolicy()
    _ = policy.handle(.show(Card(.listening), time: nil), at: seconds(0))
    #expect(policy.handle(.show(answer, time: nil), at: seconds(2)) == .show(answer, until: seconds(10)))
    #expect(policy.handle(.dismiss(.listening), at: seconds(3)) == nil)
    #expect(policy.handle(.dismiss(.answer), at: seconds(3)) == .hide)
  }

  @Test func unaskedCardsComeAtMostOncePerInterval() {
    var policy = OverlayPolicy()
    #expect(policy.handle(.show(reminder, time: nil), at: seconds(0)) == .show(reminder, until: seconds(8)))
    #expect(policy.handle(.show(notice, time: nil), at: seconds(20)) == .hide)
    #expect(policy.dropped == 1)
    #expect(policy.handle(.show(reminder, time: nil), at: seconds(30)) == nil)
    #expect(policy.deferred == 1)
    #expect(policy.deadline == seconds(60))
    #expect(policy.handle(.tick, at: seconds(60)) == .show(reminder, until: seconds(68)))
  }

  @Test func aReminderWaitsForTheTurnToEnd() {
    var policy = OverlayPolicy()
    _ = policy.handle(.busy(true), at: seconds(0))
    #expect(policy.handle(.show(reminder, time: nil), at: seconds(1)) == nil)
    #expect(policy.deadline == nil)
    #expect(policy.handle(.show(answer, time: nil), at: seconds(2)) == .show(answer, until: seconds(10)))
    #expect(policy.handle(.busy(false), at: seconds(3)) == nil)
    #expect(policy.handle(.tick, at: seconds(10)) == .show(reminder, until: seconds(18)))
  }

  @Test func aNoticeThatAnswersAPressIsAsked() {
    var policy = OverlayPolicy()
    let away = Card(.notice, title: "Host away", isAsked: true)
    _ = policy.handle(.show(reminder, time: nil), at: seconds(0))
    #expect(policy.handle(.show(away, time: nil), at: seconds(1)) == .show(away, until: seconds(9)))
  }

  @Test func digitsAreNotCoveredByAnAnswer() {
    var policy = OverlayPolicy()
    let digits = Card(.digits, body: "123456")
    _ = policy.handle(.show(digits, time: nil), at: seconds(0))
    #expect(policy.handle(.show(answer, time: nil), at: seconds(1)) == nil)
    #expect(policy.card == digits)
    #expect(policy.dropped == 1)
  }

  @Test func nothingIsShownWhileNobodyLooks() {
    var policy = OverlayPolicy()
    _ = policy.handle(.show(answer, time: nil), at: seconds(0))
    #expect(policy.handle(.watched(false), at: seconds(1)) == .hide)
    #expect(policy.handle(.show(answer, time: nil), at: seconds(2)) == nil)
    #expect(policy.handle(.show(reminder, time: nil), at: seconds(2)) == nil)
    #expect(policy.handle(.watched(true), at: seconds(9)) == .show(reminder, until: seconds(17)))
  }

  @Test func staleRemindersAreDroppedAndTheWaitingOnesAreBounded() {
    var policy = OverlayPolicy(watched: false)
    for _ in 0..<10 { _ = policy.handle(.show(reminder, time: nil), at: seconds(0)) }
    #expect(policy.waitingCount == 8)
    #expect(policy.dropped == 2)
    #expect(policy.handle(.watched(true), at: seconds(600)) == nil)
    #expect(policy.waitingCount == 0)
    #expect(policy.dropped == 10)
    #expect(policy.deadline == nil)
  }

  @Test func whateverHappensTheBudgetHolds() {
    for seed in UInt64(0)..<300 {
      var random = SeededNumbers(state: seed)
      var policy = OverlayPolicy()
      var now = Instant.zero
      var visible: (card: Card, until: Instant)?
      var lastUnasked: Instant?
      var watched = true
      var busy = false
      for _ in 0..<120 {
        now += .milliseconds(Int64.random(in: 0...20_000, using: &random))
        // The reactor keeps deadlines: run the ticks that fall before this event.
        var event = OverlayEvent.tick
        var at = now
        if let due = policy.deadline, due <= now {
          at = max(due, visible?.until ?? due)
          now = at
        } else {
          switch Int.random(in: 0..<8, using: &random) {
          case 0: event = .show(answer, time: .seconds(Int64.random(in: 0...20, using: &random)))
          case 1: event = .show(Card(.listening), time: nil)
          case 2, 3: event = .show(reminder, time: nil)
          case 4: event = .show(notice, time: nil)
          case 5:
            watched = Bool.random(using: &random)
            event = .watched(watched)
          case 6:
            busy = Bool.random(using: &random)
            event = .busy(busy)
          default: event = .dismiss(.answer)
          }
        }
        switch policy.handle(event, at: at) {
        case .show(let card, let until)?:
          #expect(watched)
          #expect(until - at <= .seconds(30))
          if !card.isAsked {
            #expect(!busy)
            #expect(visible == nil || visible!.until <= at || visible!.card.isAsked)
            if let lastUnasked { #expect(at - lastUnasked >= .seconds(60)) }
            lastUnasked = at
          }
          visible = (card, until)
        case .hide?:
          #expect(visible != nil)
          visible = nil
        case nil: break
        }
        #expect(policy.card == visible?.card)
        if let visible { #expect(visible.until > at || visible.until == at) }
      }
      // With no further event everything ends.
      var steps = 0
      while let due = policy.deadline {
        now = max(now, due)
        _ = policy.handle(.tick, at: now)
        steps += 1
        #expect(steps < 40)
        if steps >= 40 { break }
      }
      #expect(policy.card == nil)
    }
  }
}
