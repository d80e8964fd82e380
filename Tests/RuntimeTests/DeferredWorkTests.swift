import HAL
import Testing
import Units
import Wire

@testable import Runtime

private func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

private func reminder(_ identifier: UInt32, after seconds: UInt64) -> Reminder {
  Reminder(identifier: identifier, afterMilliseconds: seconds * 1000, title: "Timer \(identifier)", body: "")
}

extension DeferredWork {
  /// Titles of the reminders, and `link` where the link is given up.
  fileprivate mutating func all(at now: Instant, isServing: Bool = false) -> [String] {
    var names: [String] = []
    while let task = next(at: now, isServing: isServing) {
      switch task {
      case .remind(let reminder): names.append(reminder.title)
      case .giveUpParkedLink: names.append("link")
      case .attendKeptQuestions: names.append("kept")
      }
    }
    return names
  }
}

@Suite struct DeferredWorkTests {
  @Test func withNothingPutOffNoTimerIsArmed() {
    var deferred = DeferredWork()
    #expect(deferred.nextWake == nil)
    deferred.remind(reminder(1, after: 5), at: at(0))
    deferred.giveUpParkedLink(after: .seconds(60), at: at(0))
    #expect(deferred.nextWake == at(5))
    #expect(deferred.all(at: at(5)) == ["Timer 1"])
    deferred.keepParkedLink()
    #expect(deferred.nextWake == nil)
  }

  @Test func remindersComeToTheInstantAndDuringATurnToo() {
    var deferred = DeferredWork()
    deferred.remind(reminder(1, after: 10), at: at(0))
    #expect(deferred.all(at: at(9)) == [])
    #expect(deferred.all(at: at(10), isServing: true) == ["Timer 1"])
  }

  @Test func aReminderWithTheSameIdentifierIsReplaced() {
    var deferred = DeferredWork()
    deferred.remind(reminder(1, after: 10), at: at(0))
    deferred.remind(reminder(1, after: 20), at: at(0))
    #expect(deferred.all(at: at(10)) == [])
    #expect(deferred.all(at: at(20)) == ["Timer 1"])
    #expect(deferred.nextWake == nil)
  }

  @Test func whenTheyAreTooManyTheFirstDueGivesWay() {
    var deferred = DeferredWork()
    for number in 0...UInt32(DeferredWork.reminderLimit) {
      deferred.remind(reminder(number, after: UInt64(100 - number)), at: at(0))
    }
    // The last but one was due first when the last came.
    let names = deferred.all(at: at(200))
    #expect(names.count == DeferredWork.reminderLimit)
    #expect(!names.contains("Timer 31") && names.contains("Timer 32"))
  }

  @Test func aParkedLinkIsGivenUpInTimeAndEarlierWhenAwakeAnyway() {
    var deferred = DeferredWork()
    deferred.giveUpParkedLink(after: .seconds(60), at: at(0))
    #expect(deferred.nextWake == at(60))
    #expect(deferred.all(at: at(44)) == [])
    #expect(deferred.all(at: at(46), isServing: true) == [])
    #expect(deferred.all(at: at(46)) == ["link"])
    deferred.giveUpParkedLink(after: .seconds(60), at: at(100))
    deferred.giveUpParkedLink(after: .seconds(60), at: at(130))
    #expect(deferred.nextWake == at(190), "the later one counts")
  }

  @Test func pressureKeepsNothingOfThisBack() {
    var deferred = DeferredWork()
    deferred.battery(BatteryReading(charge: Percent(2), voltage: Millivolts(3_300), isCharging: false))
    deferred.thermal(DeciCelsius(500))
    deferred.remind(reminder(1, after: 10), at: at(0))
    deferred.giveUpParkedLink(after: .seconds(60), at: at(0))
    #expect(deferred.all(at: at(10)) == ["Timer 1"])
    #expect(deferred.nextWake == at(60))
    #expect(deferred.all(at: at(60)) == ["link"])
  }

  @Test func keptQuestionsAreAttendedOnceAndCanBeForgotten() {
    var deferred = DeferredWork()
    let now = Instant.zero
    deferred.attendKeptQuestions(at: now + .seconds(5), at: now)
    // Asked again for the same, nothing changes.
    deferred.attendKeptQuestions(at: now + .seconds(5), at: now + .seconds(1))
    #expect(deferred.all(at: now + .seconds(8)) == ["kept"])
    #expect(deferred.nextWake == nil)
    deferred.attendKeptQuestions(at: now + .seconds(20), at: now + .seconds(9))
    deferred.attendKeptQuestions(at: nil, at: now + .seconds(10))
    #expect(deferred.nextWake == nil)
  }
}
