import Logging

extension Logger {
  static let assistant = Logger(label: "sotto.assistant")
}
