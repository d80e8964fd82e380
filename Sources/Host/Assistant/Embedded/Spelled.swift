/// How a sentence is written for a voice.
enum Spelled {
  /// Codes are read digit by digit: numbers of four and more digits, except years. Times of day are read as people say them.
  static func out(_ sentence: String) -> String {
    sentence.split(separator: " ").map { word in
      let figure = word.trimmingPrefix { !$0.isNumber }
      let core = figure.prefix { $0.isASCII && ($0.isNumber || $0 == ":") }
      guard !core.isEmpty, figure.startIndex == word.startIndex || !word[..<figure.startIndex].contains(where: \.isLetter),
        let spelled = spelled(core)
      else { return String(word) }
      return word[..<figure.startIndex] + spelled + figure.dropFirst(core.count)
    }.joined(separator: " ")
  }

  private static func spelled(_ figure: Substring) -> String? {
    let parts = figure.split(separator: ":")
    if parts.count == 2, parts[1].count == 2 {
      switch parts[1] {
      case "00": return "\(parts[0]) o'clock"
      case let minute where minute.hasPrefix("0"): return "\(parts[0]) oh \(minute.dropFirst())"
      default: return nil
      }
    }
    guard parts.count == 1, figure.count >= 4, figure.allSatisfy(\.isNumber) else { return nil }
    if figure.count == 4, let year = Int(figure), (1900..<2100).contains(year) { return nil }
    return figure.map(String.init).joined(separator: " ")
  }
}
