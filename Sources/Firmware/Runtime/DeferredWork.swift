import HAL
import Power
import Units
import Wire

/// Everything that the glasses do later without anybody's event: the one place where such work is kept and timed.
///
/// With nothing put off `nextWake` is nil, and the sleeping glasses arm no timer. (Deadlines of what is going on, of a gesture, a card or
/// an answer, belong to the machines that wait for it.) None of this work needs a part besides the processor.
struct DeferredWork: Sendable {
  enum Task: Sendable {
    case remind(Reminder)
    case giveUpParkedLink
    case attendKeptQuestions
  }

  /// More reminders than this nobody has running; the one that is due first gives way.
  static let reminderLimit = 32
  /// Longest time ahead: a year.
  static let longestReminder: UInt64 = 366 * 86_400_000

  private static let parkedLinkWork = WorkIdentifier(1 << 32)
  private static let keptQuestionsWork = WorkIdentifier(1 << 33)
  /// A call to a host that is away may wait a little for other work.
  private static let keptQuestionsTolerance = Duration.seconds(2)

  private struct Pending: Sendable {
    var due: Instant
    var reminder: Reminder
    var ticket: WorkTicket
  }

  private var scheduler = TaskScheduler(capacity: Self.reminderLimit + 2)
  private var gauge: PressureGauge
  private var reminders: [Pending] = []
  private var parkedLink: WorkTicket?
  private var keptQuestions: (due: Instant, ticket: WorkTicket)?

  /// The thresholds are those of the board file.
  init(battery: BatteryThresholds = BatteryThresholds(), thermal: ThermalThresholds = ThermalThresholds()) {
    gauge = PressureGauge(battery: battery, thermal: thermal)
    reminders.reserveCapacity(Self.reminderLimit)
  }

  /// The earliest instant at which anything must be done; nil with nothing put off.
  var nextWake: Instant? { scheduler.nextWake }

  /// A reminder that the host left with the glasses, so that it needs no link to be told in time: to the instant, however little power is
  /// left. One with the same identifier is replaced.
  mutating func remind(_ reminder: Reminder, at now: Instant) {
    if let index = reminders.firstIndex(where: { $0.reminder.identifier == reminder.identifier }) {
      scheduler.cancel(reminders.remove(at: index).ticket)
    } else if reminders.count == Self.reminderLimit,
      let first = reminders.indices.min(by: { reminders[$0].due < reminders[$1].due })
    {
      scheduler.cancel(reminders.remove(at: first).ticket)
    }
    let due = now + .milliseconds(Int64(min(reminder.afterMilliseconds, Self.longestReminder)))
    let item = WorkItem(WorkIdentifier(UInt64(reminder.identifier)), .interactive, earliest: due, deadline: due)
    reminders.append(Pending(due: due, reminder: reminder, ticket: accepted(item, at: now)))
  }

  /// The link is idle from now on and stays open for `time` at most. When the glasses are awake anyway in the last quarter of that, it is
  /// closed then. Giving up a link saves power, so that pressure must not hold it back: it is treated as the wearer's.
  mutating func giveUpParkedLink(after time: Duration, at now: Instant) {
    keepParkedLink()
    let slack = time / 4
    let item = WorkItem(
      Self.parkedLinkWork, .interactive, earliest: now + time - slack, tolerance: slack, deadline: now + time)
    parkedLink = accepted(item, at: now)
  }

  /// The link is used again, or is gone.
  mutating func keepParkedLink() {
    if let parkedLink { scheduler.cancel(parkedLink) }
    parkedLink = nil
  }

  /// Something is to be done about kept questions then; nil for nothing. It is what the wearer asked for, so pressure does not hold it back.
  mutating func attendKeptQuestions(at due: Instant?, at now: Instant) {
    guard due != keptQuestions?.due else { return }
    if let keptQuestions { scheduler.cancel(keptQuestions.ticket) }
    keptQuestions = nil
    guard let due else { return }
    let earliest = max(due, now)
    let item = WorkItem(
      Self.keptQuestionsWork, .interactive, earliest: earliest, tolerance: Self.keptQuestionsTolerance,
      deadline: earliest + Self.keptQuestionsTolerance)
    keptQuestions = (due, accepted(item, at: now))
  }

  mutating func battery(_ reading: BatteryReading) {
    gauge.battery(reading)
    scheduler.set(gauge.pressure)
  }

  mutating func thermal(_ reading: DeciCelsius) {
    gauge.thermal(reading)
    scheduler.set(gauge.pressure)
  }

  /// What is to be done now, one after the other; nil when there is no more. During a turn only what is due.
  mutating func next(at now: Instant, isServing: Bool) -> Task? {
    guard let work = scheduler.next(at: now, levels: .none, isServing: isServing) else { return nil }
    if work.item.identifier == Self.parkedLinkWork {
      parkedLink = nil
      return .giveUpParkedLink
    }
    if work.item.identifier == Self.keptQuestionsWork {
      keptQuestions = nil
      return .attendKeptQuestions
    }
    let index = reminders.firstIndex { UInt64($0.reminder.identifier) == work.item.identifier.rawValue }
    guard let index else { preconditionFailure("work that nobody has put off") }
    return .remind(reminders.remove(at: index).reminder)
  }

  /// There is a place for each, their windows lie ahead, and pressure does not concern them: a refusal would be a mistake here.
  private mutating func accepted(_ item: WorkItem, at now: Instant) -> WorkTicket {
    do throws(WorkRefusal) {
      return try scheduler.schedule(item, at: now)
    } catch {
      preconditionFailure("work that must be accepted was refused")
    }
  }
}
