import HAL
import Power
import Testing
import Units

private let privacy = [
  PowerDependency(.camera, atLevel: 1, requires: .indicator, atLevel: 1),
  PowerDependency(.microphone, atLevel: 2, requires: .indicator, atLevel: 1),
]

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
    let lease = broker.lease(.link, level: 2)
    let transition = broker.nextTransition()!
    #expect(broker.nextTransition() == nil)
    #expect(broker.state(of: lease) == .rising)
    broker.release(lease)
    #expect(broker.nextTransition() == nil, "it is still on its way up")
    broker.completed(transition)
    #expect(broker.nextTransition() == .init(part: .link, from: 2, to: 0))
  }
}

@Suite struct EnergyLedgerTests {
  @Test func energyIsPowerTimesTime() {
    var figures = PowerFigures()
    figures.parts = [PartPower(part: .camera, levels: [.milliwatts(1), .milliwatts(100)])]
    var ledger = EnergyLedger(figures: figures, at: .zero)
    ledger.set(.camera, level: 1, at: Instant(nanoseconds: 1_000_000_000))
    ledger.set(.camera, level: 0, at: Instant(nanoseconds: 3_000_000_000))
    let end = Instant(nanoseconds: 4_000_000_000)
    // 1 mJ + 200 mJ + 1 mJ
    #expect(ledger.energy(of: .camera, at: end) == Nanojoules(202_000_000))
    #expect(ledger.energy(of: .speaker, at: end) == .zero)
  }

  @Test func aDayAtFullPowerDoesNotOverflow() {
    #expect(Nanojoules(.milliwatts(10_000), over: .seconds(365 * 86_400)).value == 315_360_000 * 1_000_000_000)
  }

  @Test func nothingRisesOnAPartThatIsAlreadyFalling() {
    var broker = PowerBroker(dependencies: privacy)
    let first = broker.lease(.camera, level: 1)
    while let transition = broker.nextTransition() { broker.completed(transition) }
    broker.release(first)
    broker.completed(broker.nextTransition()!)
    let falling = broker.nextTransition()!
    #expect(falling == .init(part: .indicator, from: 1, to: 0))
    let second = broker.lease(.camera, level: 1)
    #expect(broker.nextTransition() == nil, "the light is going out")
    broker.completed(falling)
    #expect(broker.nextTransition() == .init(part: .indicator, from: 0, to: 1))
    broker.release(second)
  }

  @Test func nothingFallsUnderAPartThatIsStillRising() {
    var broker = PowerBroker(dependencies: privacy)
    let lease = broker.lease(.camera, level: 1)
    broker.completed(broker.nextTransition()!)
    let rising = broker.nextTransition()!
    #expect(rising.part == .camera)
    broker.release(lease)
    #expect(broker.nextTransition() == nil, "the camera may be up any moment")
    broker.completed(rising)
    #expect(broker.nextTransition() == .init(part: .camera, from: 1, to: 0))
  }

  @Test func aPartThatCameUpAfterItsLightFailedGoesDownBeforeItRisesAgain() {
    var broker = PowerBroker(dependencies: privacy)
    let first = broker.lease(.camera, level: 1)
    broker.completed(broker.nextTransition()!)
    let rising = broker.nextTransition()!
    broker.failed(.indicator)
    broker.release(first)
    let second = broker.lease(.camera, level: 1)
    #expect(broker.nextTransition() == .init(part: .indicator, from: 0, to: 1), "a new lease tries anew")
    broker.completed(rising)
    #expect(broker.nextTransition() == .init(part: .camera, from: 1, to: 0))
    broker.release(second)
  }
}
