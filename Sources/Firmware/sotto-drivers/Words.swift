import CLinux

struct ArgumentError: Error {
  var text: String
}

/// The words of the command line, one after the other.
struct Words {
  private var index: Int32 = 1

  mutating func next() -> String? {
    guard let word = sotto_argument(index) else { return nil }
    index += 1
    return String(cString: word)
  }

  mutating func value(of option: String) throws(ArgumentError) -> String {
    guard let word = next() else { throw ArgumentError(text: option + " needs a value") }
    return word
  }

  mutating func number(of option: String, _ range: ClosedRange<Int>) throws(ArgumentError) -> Int {
    let text = try value(of: option)
    guard let number = Int(text), range.contains(number) else {
      throw ArgumentError(
        text: option + " needs a number from " + range.lowerBound.description + " to " + range.upperBound.description + ", not "
          + text)
    }
    return number
  }
}

extension String {
  /// Byte equality: option names are ASCII.
  func matches(_ other: StaticString) -> Bool {
    other.withUTF8Buffer { utf8.elementsEqual($0) }
  }
}
