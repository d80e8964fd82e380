import Engagement
import HAL
import Testing
import Units

private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

/// Worn glasses in a state of a turn.
private func glasses(in state: EngagementState) -> Engagement {
  var machine = Engagement(policy: ListeningPolicy())
  _ = machine.handle(.worn(true), at: at(0))
  if state == .pairing {
    _ = machine.handle(.hold, at: at(1))
    return machine
  }
  if state.isInTurn { _ = machine.handle(.button, at: at(1)) }
  if state == .thinking || state == .presenting { _ = machine.handle(.speechEnded(.silence), at: at(2)) }
  if state == .presenting { _ = machine.handle(.answerBegan, at: at(3)) }
  return machine
}

@Suite struct PermissionTests {
  @Test(arguments: [EngagementState.engaged, .thinking, .presenting])
  func thePrivacyHoldCancelsEveryStateOfATurn(state: EngagementState) {
    var machine = glasses(in: state)
    #expect(machine.state == state)
    let actions = machine.handle(.permitted(.held), at: at(4))
    #expect(actions.turnEnded?.ending == .cancelled)
    #expect(actions.turnEnded?.cancel == .button)
    #expect(actions.hush)
    #expect(machine.state == .dormant)
    #expect(machine.demand == Demand())
  }

  @Test func aPressDuringTheHoldSaysWhyAndListensToNothing() {
    var machine = glasses(in: .dormant)
    _ = machine.handle(.permitted(.held), at: at(1))
    let actions = machine.handle(.button, at: at(2))
    #expect(actions.turnBegan == nil)
    guard case .privacy? = actions.notice else {
      Issue.record("told nothing")
      return
    }
    let heard = machine.handle(.wakeWord, at: at(3))
    #expect(heard.turnBegan == nil)
    #expect(machine.state == .dormant)
    _ = machine.handle(.permitted(Permissions()), at: at(4))
    let next = machine.handle(.button, at: at(5))
    #expect(next.turnBegan?.turn == 1)
  }

  @Test func typedQuestionsAreAnsweredDuringTheHoldWithoutAPicture() {
    var machine = glasses(in: .dormant)
    _ = machine.handle(.permitted(.held), at: at(1))
    let typed = machine.handle(.typedQuestion, at: at(2))
    #expect(typed.turnBegan?.trigger == .typed)
    let actions = machine.handle(.pictureWanted, at: at(3))
    #expect(actions.refusePicture && !actions.takePicture)
    #expect(machine.demand.microphone == .off && !machine.demand.camera)
    let interruption = machine.handle(.bargeIn, at: at(4))
    #expect(interruption.turnBegan == nil)
    #expect(machine.state == .thinking)
  }

  @Test func aPictureThatIsNotAllowedAnyMoreIsRefusedAndTheTurnGoesOn() {
    var machine = glasses(in: .thinking)
    let wanted = machine.handle(.pictureWanted, at: at(3))
    #expect(wanted.takePicture)
    #expect(machine.demand.camera)
    let actions = machine.handle(.permitted(.scarce), at: at(4))
    #expect(actions.refusePicture && actions.turnEnded == nil)
    #expect(!machine.demand.camera)
    #expect(machine.state == .thinking)
    #expect(machine.deadline == at(4) + ListeningPolicy().answerDeadline)
  }

  @Test func withoutADisplayNobodyPairs() {
    var machine = glasses(in: .pairing)
    let actions = machine.handle(.permitted(.scarce), at: at(2))
    #expect(actions.endPairing)
    #expect(machine.state == .dormant)
  }
}

@Suite struct ArmingPolicyTests {
  private static let quiet = QuietHours(from: LocalTime(hour: 22, minute: 0), to: LocalTime(hour: 7, minute: 0))
  private static func reading(_ charge: Int, charging: Bool = false) -> BatteryReading {
    BatteryReading(charge: Percent(charge), voltage: Millivolts(3_800), isCharging: charging)
  }

  /// Every combination of every cause.
  @Test func everyCombinationOfCausesForbidsWhatItShould() {
    var combinations = 0
    for bits in 0..<32 {
      for battery in [80, 15, 6, 2] {
        for temperature in [300, 410, 440, 490] as [Int32] {
          combinations += 1
          let (worn, configured, held, late, speaks) = (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0, bits & 8 > 0, bits & 16 > 0)
          var policy = ArmingPolicy(isConfigured: configured, canSpeak: speaks, quiet: Self.quiet)
          policy.isWorn = worn
          policy.isHeld = held
          policy.time(LocalTime(hour: late ? 23 : 12, minute: 0))
          policy.battery(Self.reading(battery))
          policy.thermal(DeciCelsius(temperature))
          let permissions = policy.permissions
          let isWell = battery == 80 && temperature == 300
          let isScarce = battery <= 6 || temperature >= 440
          let mustEnd = battery == 2 || temperature == 490
          #expect(policy.mustEnd == mustEnd)
          #expect(permissions.arming == (worn && configured && !held && !late && isWell))
          #expect(permissions.capture == (!held && !mustEnd))
          #expect(permissions.camera == (!held && !isScarce))
          #expect(permissions.display == (mustEnd || !isScarce || !speaks))
        }
      }
    }
    #expect(combinations == 512)
  }

  @Test func aReadingThatTremblesAtAThresholdChangesItsMindOnce() {
    var policy = ArmingPolicy(isConfigured: true)
    policy.isWorn = true
    var changes = 0
    var armed = true
    for charge in [22, 21, 20, 21, 20, 22, 23, 20, 23, 21] {
      policy.battery(Self.reading(charge))
      if policy.permissions.arming != armed { changes += 1 }
      armed = policy.permissions.arming
    }
    #expect(changes == 1)
    policy.battery(Self.reading(24))
    #expect(policy.permissions.arming)
  }

  @Test func chargingLiftsEveryStageAtOnce() {
    var policy = ArmingPolicy(isConfigured: true)
    policy.battery(Self.reading(2))
    #expect(policy.batteryStage == .shutdown)
    policy.battery(Self.reading(2, charging: true))
    #expect(policy.batteryStage == .normal)
  }

  @Test func anUnknownTimeIsNotQuiet() {
    var policy = ArmingPolicy(isConfigured: true, quiet: Self.quiet)
    policy.time(nil)
    #expect(!policy.isQuiet)
    #expect(Self.quiet.contains(LocalTime(hour: 22, minute: 0)))
    #expect(Self.quiet.contains(LocalTime(hour: 6, minute: 59)))
    #expect(!Self.quiet.contains(LocalTime(hour: 7, minute: 0)))
    let siesta = QuietHours(from: LocalTime(hour: 13, minute: 0), to: LocalTime(hour: 15, minute: 0))
    #expect(siesta.contains(LocalTime(hour: 14, minute: 0)))
    #expect(!siesta.contains(LocalTime(hour: 12, minute: 59)) && !siesta.contains(LocalTime(hour: 15, minute: 0)))
  }

  @Test func theTimeOfDayIsCountedOnFromWhenItWasTold() {
    var clock = WallClock()
    #expect(clock.time(at: at(5)) == nil)
    clock.set(LocalTime(hour: 23, minute: 59), at: at(100))
    #expect(clock.time(at: at(159))?.minutes == 23 * 60 + 59)
    #expect(clock.time(at: at(160))?.minutes == 0)
    #expect(clock.time(at: at(100 + 3 * 86_400))?.minutes == 23 * 60 + 59)
  }
}

@Suite struct StageNewsTests {
  @Test func eachStageIsNewsOnceAndTheWorstReplacesWhatWasNotTold() {
    var news = StageNews()
    let change1 = news.note(.normal, .normal)
    #expect(!change1)
    let change2 = news.note(.low, .normal)
    #expect(change2)
    #expect(news.next == .battery(.low))
    let change3 = news.note(.critical, .warm)
    #expect(change3)
    #expect(news.next == .battery(.critical))
    news.told()
    #expect(news.next == .thermal(.warm))
    news.told()
    #expect(news.next == nil)
    let change4 = news.note(.critical, .warm)
    #expect(!change4)
    #expect(news.next == nil)
    let change5 = news.note(.normal, .warm)
    #expect(change5)
    let change6 = news.note(.low, .warm)
    #expect(change6)
    #expect(news.next == .battery(.low), "entered anew")
  }

  @Test func whatHasPassedIsNotTold() {
    var news = StageNews()
    _ = news.note(.critical, .normal)
    _ = news.note(.low, .normal)
    #expect(news.next == nil)
    _ = news.note(.low, .hot)
    _ = news.note(.low, .normal)
    #expect(news.next == nil)
    _ = news.note(.shutdown, .normal)
    #expect(news.next == nil, "the last word is told at once, not as news")
  }
}
