/// Makes a model's text fit to be spoken while it arrives: without the thoughts of models that think aloud (`<think>…</think>`) and
/// without the signs of Markdown.
struct SpokenText {
  private static let opening = "<think>"
  private static let closing = "</think>"
  private static let signs: Set<Character> = ["*", "`", "#"]

  private var isThinking = false
  /// The beginning of what may become a mark.
  private var pending = ""

  /// The text that is to be spoken.
  mutating func add(_ text: String) -> String {
    var spoken = ""
    for character in text {
      pending.append(character)
      let mark = isThinking ? Self.closing : Self.opening
      while !pending.isEmpty, !mark.hasPrefix(pending) {
        let first = pending.removeFirst()
        if !isThinking, !Self.signs.contains(first) { spoken.append(first) }
      }
      if pending == mark {
        isThinking.toggle()
        pending = ""
      }
    }
    return spoken
  }

  /// What was held back, at the end of the answer.
  mutating func finish() -> String {
    defer { pending = "" }
    return isThinking ? "" : pending
  }
}
