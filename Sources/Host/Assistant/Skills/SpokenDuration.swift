import Foundation

/// Lengths of time as people say them: “5 minutes”, “an hour and a half”, “one minute thirty seconds”.
enum SpokenDuration {
  private static let numbers: [String: Double] = [
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "half": 0.5, "quarter": 0.25, "couple": 2,
  ]
  private static let units: [String: Double] = [
    "second": 1, "seconds": 1, "sec": 1, "secs": 1, "minute": 60, "minutes": 60, "min": 60, "mins": 60, "hour": 3600,
    "hours": 3600,
    "day": 86400, "days": 86400,
  ]
  /// Longer timers are a calendar's business.
  private static let longest = 7 * 86400.0

  /// The length in these words and the indices of the words that said it. Nil without one, or beyond a week.
  static func find(in words: [String]) -> (seconds: Int, words: Range<Int>)? {
    var seconds = 0.0
    var number: Double?
    var lastUnit: Double?
    var range: Range<Int>?
    for (index, word) in words.enumerated() {
      if let unit = units[word] {
        guard let count = number else { continue }
        seconds += count * unit
        lastUnit = unit
        number = nil
        range = (range?.lowerBound ?? index)..<(index + 1)
      } else if let value = value(of: word) {
        // “half an hour”, “two and a half hours”
        if number != nil, word == "a" || word == "an" { continue }
        range = (range?.lowerBound ?? index)..<(index + 1)
        number = combined(number, value)
        // “an hour and a half”
        if value == 0.5, let unit = lastUnit, index == words.count - 1 || units[words[index + 1]] == nil {
          seconds += unit / 2
          number = nil
        }
      } else if word != "and", word != "of" {
        if lastUnit != nil { break }
        number = nil
        range = nil
      }
    }
    guard let range, seconds >= 1, seconds <= longest else { return nil }
    return (Int(seconds), range)
  }

  /// A figure, a number word, or two written as one: “twenty-five” has lost its hyphen in `Utterance`.
  private static func value(of word: String) -> Double? {
    if let value = Double(word) ?? numbers[word] { return value }
    for (tens, value) in numbers where value >= 20 && word.hasPrefix(tens) {
      if let ones = numbers[String(word.dropFirst(tens.count))], ones < 10 { return value + ones }
    }
    return nil
  }

  /// Such as “1 hour and 30 minutes”.
  static func spoken(_ seconds: Int) -> String {
    let parts = [(seconds / 3600, "hour"), (seconds / 60 % 60, "minute"), (seconds % 60, "second")]
      .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    return parts.count > 1
      ? parts.dropLast().joined(separator: ", ") + " and " + parts[parts.count - 1] : parts.first ?? "0 seconds"
  }

  /// “twenty” and “five” make 25, “half” and “an” (hour) a half.
  private static func combined(_ known: Double?, _ next: Double) -> Double {
    guard let known else { return next }
    if known < 1 { return known * next }
    if next < 1 { return known > 1 ? known + next : next }
    return known >= 20 && next < 10 ? known + next : next
  }
}
