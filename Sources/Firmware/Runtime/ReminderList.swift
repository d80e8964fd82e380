import Units
import Wire

/// Reminders that the host left with the glasses, so that they need no link to be told in time.
struct ReminderList: Sendable {
  /// More than this nobody has running; the one that is due first gives way.
  static let limit = 32
  /// Longest time ahead: a year.
  static let longest: UInt64 = 366 * 86_400_000

  private struct Entry: Sendable {
    var due: Instant
    var reminder: Reminder
  }

  /// In the order in which they are due.
  private var entries: [Entry] = []

  var deadline: Instant? { entries.first?.due }

  /// A reminder with the same identifier is replaced.
  mutating func add(_ reminder: Reminder, at now: Instant) {
    entries.removeAll { $0.reminder.identifier == reminder.identifier }
    if entries.count == Self.limit { entries.removeFirst() }
    let due = now + .milliseconds(Int64(min(reminder.afterMilliseconds, Self.longest)))
    let index = entries.firstIndex { $0.due > due } ?? entries.count
    entries.insert(Entry(due: due, reminder: reminder), at: index)
  }

  mutating func takeDue(at now: Instant) -> Reminder? {
    guard let first = entries.first, first.due <= now else { return nil }
    return entries.removeFirst().reminder
  }
}
