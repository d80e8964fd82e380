import HAL
import Power
import Testing
import Units

private let privacy = [
  PowerDependency(.camera, atLevel: 1, requires: .indicator, atLevel: 1),
  PowerDependency(.microphone, atLevel: 2, requires: .indicator, atLevel: 1),
]

/// Every part answers at once.
private func settle(_ broker: inout PowerBroker) {
  for part in Part.allCases { if let transition = broker.transition(of: part) { broker.completed(transition) } }
  while let transition = broker.nextTransition() { broker.completed(transition) }
}

@Suite struct PowerBrokerTests {
  @Test func theLightComesFirstAndGoesLast() {
    var broker = PowerBroker(dependencies: privacy)
    let lease = broker.lease(.camera, level: 1)
    #expect(broker.state(of: lease) == .rising)
    let first = broker.nextTransition()
    #expect(first == .init(part: .indicator, from: 0, to: 1))
    #expect(broker.nextTransition() == nil, "the camera waits for the light")
    broker.completed(first!)
    let second = broker.nextTransition()
    #expect(second == .init(part: .camera, from: 0, to: 1))
    broker.completed(second!)
    #expect(broker.state(of: lease) == .held)
    broker.release(lease)
    let third = broker.nextTransition()
    #expect(third == .init(part: .camera, from: 1, to: 0))
    #expect(broker.nextTransition() == nil, "the light stays while the camera runs")
    broker.completed(third!)
    #expect(broker.nextTransition() == .init(part: .indicator, from: 1, to: 0))
    #expect(broker.leaseCount == 0)
  }

  @Test func aFailedLightFailsTheCaptureAndNothingElse() {
    var broker = PowerBroker(dependencies: privacy)
    let camera = broker.lease(.camera, level: 1)
    let speaker = broker.lease(.speaker, level: 1)
    var rest: [PowerBroker.Transition] = []
    while let transition = broker.nextTransition() {
      if transition.part == .indicator {
        broker.failed(.indicator)
      } else {
        rest.append(transition)
        broker.completed(transition)
      }
    }
    #expect(rest == [.init(part: .speaker, from: 0, to: 1)])
    #expect(broker.state(of: camera) == .failed(.indicator))
    #expect(broker.state(of: speaker) == .held)
    broker.release(camera)
    let again = broker.lease(.camera, level: 1)
    #expect(broker.nextTransition()?.part == .indicator, "a new lease tries anew")
    broker.release(again)
    broker.release(speaker)
  }

  @Test func aLightThatFailsTakesTheCaptureDownWithIt() {
    var broker = PowerBroker(dependencies: privacy)
    let camera = broker.lease(.camera, level: 1)
    let local = broker.lease(.microphone, level: 1)
    let streaming = broker.lease(.microphone, level: 2)
    while let transition = broker.nextTransition() { broker.completed(transition) }
    broker.failed(.indicator)
    while let transition = broker.nextTransition() { broker.completed(transition) }
    #expect(broker.level(of: .camera) == 0)
    #expect(broker.level(of: .microphone) == 1, "listening locally needs no light")
    #expect(broker.state(of: streaming) == .failed(.indicator))
    broker.release(camera)
    broker.release(local)
    while let transition = broker.nextTransition() { broker.completed(transition) }
    #expect(broker.level(of: .microphone) == 0, "what cannot be had brings nothing up")
    broker.release(streaming)
  }

  @Test func theHighestLeaseWins() {
    var broker = PowerBroker(dependencies: privacy)
    let local = broker.lease(.microphone, level: 1)
    broker.completed(broker.nextTransition()!)
    let streaming = broker.lease(.microphone, level: 2)
    while let transition = broker.nextTransition() { broker.completed(transition) }
    #expect(broker.level(of: .microphone) == 2)
    #expect(broker.level(of: .indicator) == 1)
    broker.release(streaming)
    while let transition = broker.nextTransition() { broker.completed(transition) }
    #expect(broker.level(of: .microphone) == 1)
    #expect(broker.level(of: .indicator) == 0)
    broker.release(local)
  }

  @Test func aSlowTransitionIsHandedOutOnce() {
    var broker = PowerBroker(dependencies: [])
    let lease = broker.lease(.camera, level: 1)
    let transition = broker.nextTransition()!
    #expect(broker.nextTransition() == nil)
    #expect(broker.state(of: lease) == .rising)
    broker.completed(transition)
    #expect(broker.state(of: lease) == .held)
    broker.release(lease)
  }

  @Test func aPartTurnsBackOnItsWayDown() {
    var broker = PowerBroker(dependencies: privacy)
    let first = broker.lease(.camera, level: 1)
    settle(&broker)
    broker.release(first)
    broker.completed(broker.nextTransition()!)
    let falling = broker.nextTransition()!
    #expect(falling == .init(part: .indicator, from: 1, to: 0))
    let second = broker.lease(.camera, level: 1)
    #expect(broker.nextTransition() == .init(part: .indicator, from: 0, to: 1), "it is not waited for until it is out")
    #expect(broker.nextTransition() == nil, "whether the light is on is not known before it says so")
    broker.completed(falling)
    #expect(broker.nextTransition() == nil, "an answer to what it was told before means nothing")
    broker.completed(.init(part: .indicator, from: 0, to: 1))
    #expect(broker.nextTransition() == .init(part: .camera, from: 0, to: 1))
    broker.release(second)
  }

  @Test func aPartTurnsBackOnItsWayUp() {
    var broker = PowerBroker(dependencies: privacy)
    let lease = broker.lease(.camera, level: 1)
    broker.completed(broker.nextTransition()!)
    #expect(broker.nextTransition() == .init(part: .camera, from: 0, to: 1))
    broker.release(lease)
    #expect(broker.nextTransition() == .init(part: .camera, from: 1, to: 0))
    #expect(broker.nextTransition() == nil, "the camera may be up any moment: the light stays")
    broker.completed(.init(part: .camera, from: 1, to: 0))
    #expect(broker.nextTransition() == .init(part: .indicator, from: 1, to: 0))
  }

  @Test func aLeaseGivenBackAndTakenAnewMovesNothing() {
    var broker = PowerBroker(dependencies: privacy)
    let first = broker.lease(.camera, level: 1)
    settle(&broker)
    broker.release(first)
    let second = broker.lease(.camera, level: 1)
    #expect(broker.nextTransition() == nil)
    #expect(broker.state(of: second) == .held)
    broker.release(second)
  }

  @Test func aSteadfastPartAnswersBeforeItIsToldAnythingElse() {
    var broker = PowerBroker(dependencies: [], steadfast: [.link])
    let lease = broker.lease(.link, level: 2)
    let transition = broker.nextTransition()!
    broker.release(lease)
    #expect(broker.nextTransition() == nil, "it is still on its way up")
    broker.completed(transition)
    #expect(broker.nextTransition() == .init(part: .link, from: 2, to: 0))
  }

  @Test func aPartThatWasRisingWhenItsLightFailedGoesDownBeforeItRisesAgain() {
    var broker = PowerBroker(dependencies: privacy)
    let first = broker.lease(.camera, level: 1)
    broker.completed(broker.nextTransition()!)
    #expect(broker.nextTransition() == .init(part: .camera, from: 0, to: 1))
    broker.failed(.indicator)
    broker.release(first)
    let second = broker.lease(.camera, level: 1)
    #expect(broker.nextTransition() == .init(part: .camera, from: 1, to: 0))
    #expect(broker.nextTransition() == .init(part: .indicator, from: 0, to: 1), "a new lease tries anew")
    broker.completed(.init(part: .indicator, from: 0, to: 1))
    #expect(broker.nextTransition() == .init(part: .camera, from: 0, to: 1), "told again as soon as it may")
    broker.release(second)
  }

  /// The lower lease is served while what the higher needs is on its way.
  @Test func aLeaseDoesNotWaitForWhatAnotherNeeds() {
    var broker = PowerBroker(dependencies: privacy)
    let local = broker.lease(.microphone, level: 1)
    let streaming = broker.lease(.microphone, level: 2)
    #expect(broker.nextTransition() == .init(part: .microphone, from: 0, to: 1))
    let light = broker.nextTransition()!
    broker.completed(.init(part: .microphone, from: 0, to: 1))
    #expect(broker.state(of: local) == .held)
    #expect(broker.nextTransition() == nil)
    broker.completed(light)
    #expect(broker.nextTransition() == .init(part: .microphone, from: 1, to: 2))
    broker.release(local)
    broker.release(streaming)
  }

  @Test func whatNeverArrivesIsOverdue() {
    var broker = PowerBroker(dependencies: [])
    let camera = broker.lease(.camera, level: 1)
    let display = broker.lease(.display, level: 1)
    #expect(broker.deadline == nil, "no timer before anything moves")
    broker.awaits(broker.nextTransition()!, until: Instant(nanoseconds: 200))
    broker.awaits(broker.nextTransition()!, until: Instant(nanoseconds: 100))
    #expect(broker.deadline == Instant(nanoseconds: 100))
    #expect(broker.overdue(at: Instant(nanoseconds: 99)) == nil)
    #expect(broker.overdue(at: Instant(nanoseconds: 100)) == .display)
    broker.failed(.display)
    #expect(broker.state(of: display) == .failed(.display))
    broker.completed(.init(part: .camera, from: 0, to: 1))
    #expect(broker.deadline == nil, "nor after it has settled")
    broker.release(camera)
    broker.release(display)
  }
}

/// The speaker may play only while the link is up anyway; the camera needs it up.
private let opportunity = [
  PowerDependency(.speaker, atLevel: 2, requires: .link, atLevel: 2, .opportunistic),
  PowerDependency(.camera, atLevel: 1, requires: .link, atLevel: 2),
]

@Suite struct OpportunisticDependencyTests {
  @Test func itPullsNothingUp() {
    var broker = PowerBroker(dependencies: opportunity)
    let playing = broker.lease(.speaker, level: 2)
    #expect(broker.nextTransition() == nil)
    #expect(broker.state(of: playing) == .waiting(.link))
    broker.release(playing)
  }

  @Test func itIsTakenWhileSomebodyElseKeepsUpWhatItNeeds() {
    var broker = PowerBroker(dependencies: opportunity)
    let ready = broker.lease(.speaker, level: 1)
    let playing = broker.lease(.speaker, level: 2)
    settle(&broker)
    #expect(broker.level(of: .speaker) == 1, "the lower level needs nothing")
    let camera = broker.lease(.camera, level: 1)
    settle(&broker)
    #expect(broker.state(of: playing) == .held)
    broker.release(camera)
    #expect(broker.state(of: playing) == .waiting(.link))
    #expect(broker.nextTransition() == .init(part: .camera, from: 1, to: 0))
    #expect(broker.nextTransition() == .init(part: .speaker, from: 2, to: 1))
    #expect(broker.nextTransition() == nil, "the link stays until the speaker has let go")
    settle(&broker)
    #expect(broker.level(of: .link) == 0, "it is not kept up either")
    broker.release(ready)
    broker.release(playing)
  }

  @Test func aFailureOfWhatItUsesAlongIsNoFailure() {
    var broker = PowerBroker(dependencies: opportunity)
    let playing = broker.lease(.speaker, level: 2)
    let camera = broker.lease(.camera, level: 1)
    settle(&broker)
    broker.failed(.link)
    #expect(broker.state(of: camera) == .failed(.link))
    #expect(broker.state(of: playing) == .waiting(.link))
    settle(&broker)
    #expect(broker.level(of: .speaker) == 0)
    broker.release(camera)
    let again = broker.lease(.camera, level: 1)
    settle(&broker)
    #expect(broker.state(of: playing) == .held)
    broker.release(again)
    broker.release(playing)
  }

  @Test func aPartThatFailedHoldsNothingElseUp() {
    var broker = PowerBroker(dependencies: privacy + [PowerDependency(.camera, atLevel: 1, requires: .link, atLevel: 1)])
    let camera = broker.lease(.camera, level: 1)
    settle(&broker)
    #expect(broker.level(of: .link) == 1)
    broker.failed(.indicator)
    settle(&broker)
    #expect(broker.level(of: .link) == 0)
    #expect(broker.state(of: camera) == .failed(.indicator))
    broker.release(camera)
  }

  @Test func circlesAreFound() {
    #expect(PowerDependency.circle(in: privacy + opportunity) == nil)
    let back = PowerDependency(.link, atLevel: 1, requires: .speaker, atLevel: 1)
    #expect(PowerDependency.circle(in: opportunity + [back]) == .speaker)
    #expect(PowerDependency.circle(in: [PowerDependency(.link, atLevel: 2, requires: .link, atLevel: 1)]) == .link)
    let far = PowerDependency(.indicator, atLevel: 1, requires: .speaker, atLevel: 2, .opportunistic)
    let farther = PowerDependency(.link, atLevel: 2, requires: .microphone, atLevel: 2)
    #expect(PowerDependency.circle(in: privacy + opportunity + [far, farther]) == .microphone)
  }
}
