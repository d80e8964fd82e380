import Foundation

/// “What time is it?”
struct TimeSkill: Skill {
  let timeZone: TimeZone
  var example: String? { "What time is it?" }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    guard utterance.says("what|whats|tell|know|got|have|current time", "time is it", "^the time", "^time") else { return nil }
    let time = Self.clock(question.context.now(), timeZone)
    return .short("Time", "It is \(time).", card: time)
  }

  /// Such as “3:05 PM”.
  static func clock(_ date: Date, _ timeZone: TimeZone) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    let parts = calendar.dateComponents([.hour, .minute], from: date)
    let (hour, minute) = (parts.hour ?? 0, parts.minute ?? 0)
    return "\(hour % 12 == 0 ? 12 : hour % 12):\(minute < 10 ? "0" : "")\(minute) \(hour < 12 ? "AM" : "PM")"
  }
}

/// “What day is it?”
struct DateSkill: Skill {
  private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]

  let timeZone: TimeZone
  var example: String? { "What day is it?" }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    guard utterance.says("what|whats|which|tell|todays date|day|month|year", "day|date is it", "^date", "day today") else {
      return nil
    }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    let isTomorrow = utterance.words.contains("tomorrow")
    let day = calendar.date(byAdding: .day, value: isTomorrow ? 1 : 0, to: question.context.now()) ?? question.context.now()
    let parts = calendar.dateComponents([.weekday, .day, .month, .year], from: day)
    let name = Self.days[(parts.weekday ?? 1) - 1]
    let date = "\(name), \(Self.months[(parts.month ?? 1) - 1]) \(parts.day ?? 1), \(parts.year ?? 0)"
    return .short("Date", "\(isTomorrow ? "Tomorrow" : "Today") is \(date).", card: date)
  }
}
