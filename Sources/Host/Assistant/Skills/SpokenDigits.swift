/// Figures that were said digit by digit, which recognisers write in words: “four, four, one, seven” is 4417.
enum SpokenDigits {
  private static let digits: [String: Character] = [
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
  ]
  /// Fewer digits in a row may be words: “one two three” is a code, “one or two” is not.
  private static let fewest = 3

  static func joined(_ text: String) -> String {
    var words: [String] = []
    var run: [(word: String, digit: Character)] = []
    func close(_ text: inout [String]) {
      let figure = String(run.map(\.digit))
      let mark = run.last.map { String($0.word.reversed().prefix { !$0.isLetter && !$0.isNumber }.reversed()) } ?? ""
      text += run.count >= fewest ? [figure + mark] : run.map(\.word)
      run = []
    }
    for word in text.split(separator: " ").map(String.init) {
      let core = word.lowercased().filter { $0.isLetter || $0.isNumber }
      if let digit = digits[core] ?? (core.count == 1 && core.first!.isNumber ? core.first : nil) {
        run.append((word, digit))
      } else {
        close(&words)
        words.append(word)
      }
    }
    close(&words)
    return words.joined(separator: " ")
  }
}
