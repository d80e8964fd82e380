/// Shares, temperatures and times of day as people write them in board files and scenarios.
public enum QuantityText {
  /// Whole percents of `"20 %"` or `"20%"`; nil when it is none or out of range.
  static func percent(_ text: String, in range: ClosedRange<Int64>) -> Int64? {
    guard text.hasSuffix("%"), let number = whole(text.dropLast().trimmingSuffix { $0 == " " }) else { return nil }
    return range.contains(number) ? number : nil
  }

  /// Tenths of a degree of `"43 C"`, `"43.5 C"` or with `°C`; nil when it is none or out of range.
  public static func deciCelsius(_ text: String, in range: ClosedRange<Int64>) -> Int64? {
    var rest = text[...]
    guard rest.popLast() == "C" else { return nil }
    if rest.last == "°" { rest.removeLast() }
    rest = rest.trimmingSuffix { $0 == " " }
    let parts = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let degrees = parts.first.flatMap({ whole($0) }) else { return nil }
    var tenths = degrees * 10
    if parts.count == 2 {
      guard parts[1].count == 1, let tenth = whole(parts[1]) else { return nil }
      tenths += tenth
    }
    return range.contains(tenths) ? tenths : nil
  }

  /// Minutes since midnight of `"22:00"`; nil when it is no time of day.
  public static func minutes(_ text: String) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let hour = whole(parts[0]), let minute = whole(parts[1]),
      hour < 24, minute < 60
    else { return nil }
    return Int(hour * 60 + minute)
  }

  private static func whole(_ digits: some StringProtocol) -> Int64? {
    guard !digits.isEmpty, digits.count <= 6, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return Int64(digits)
  }
}

extension Substring {
  fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> Substring {
    var kept = self
    while let last = kept.last, isDropped(last) { kept.removeLast() }
    return kept
  }
}
