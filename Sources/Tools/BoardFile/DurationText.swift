/// Durations as people write them in board files and scenarios: a number and a unit, `15 ms`, `1.5s`, `2 min`, `24h`.
public enum DurationText {
  /// Units, smallest first, in nanoseconds.
  static let units: [(name: String, nanoseconds: Int64)] = [
    ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("min", 60_000_000_000), ("h", 3_600_000_000_000),
  ]

  /// What `parse` takes, in words for an error.
  public static let form = "a number with a unit of us, ms, s, min or h, such as `300 ms` or `1.5s`"

  /// nil when `text` is not a duration that is exact in nanoseconds, not negative and at most 1000 hours.
  public static func parse(_ text: some StringProtocol) -> Duration? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unitText = text.dropFirst(digits.count).drop { $0 == " " }
    guard let unit = units.first(where: { $0.name == unitText }), let value = decimal(digits, scale: unit.nanoseconds) else {
      return nil
    }
    return .nanoseconds(value)
  }

  /// The shortest text that `parse` reads back as the same duration.
  public static func text(of duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    guard nanoseconds != 0 else { return "0 s" }
    var unit = units.last { nanoseconds.magnitude >= $0.nanoseconds.magnitude } ?? units[0]
    // Minutes and hours with a rest that no unit divides are told in seconds.
    if unit.nanoseconds > 1_000_000_000, !units.contains(where: { nanoseconds % $0.nanoseconds == 0 }) { unit = units[2] }
    let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: unit.nanoseconds)
    guard rest != 0 else { return "\(whole) \(unit.name)" }
    let exact = units.last { nanoseconds % $0.nanoseconds == 0 }
    if unit.nanoseconds > 1_000_000_000, let exact { return "\(nanoseconds / exact.nanoseconds) \(exact.name)" }
    var fraction = String(rest.magnitude)
    fraction = String(repeating: "0", count: String(unit.nanoseconds).count - 1 - fraction.count) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    return "\(whole).\(fraction) \(unit.name)"
  }

  /// A decimal number times `scale`, when that is a whole number in range.
  private static func decimal(_ digits: some StringProtocol, scale: Int64) -> Int64? {
    let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, !first.isEmpty, let whole = Int64(first) else { return nil }
    let limit: Int64 = 3_600_000_000_000 * 1000
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: scale)
    guard !overflow, scaled <= limit else { return nil }
    guard parts.count == 2 else { return scaled }
    var rest = scale
    var sum = scaled
    for character in parts[1] {
      guard let digit = character.wholeNumberValue, rest % 10 == 0 else { return nil }
      rest /= 10
      sum += Int64(digit) * rest
    }
    return parts[1].isEmpty || sum > limit ? nil : sum
  }
}
