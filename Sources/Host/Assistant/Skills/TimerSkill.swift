import Foundation

/// “Set a timer for 5 minutes”, “remind me in 10 minutes to call home”. The glasses keep it, so it needs no link when it is due.
struct TimerSkill: Skill {
  var example: String? { "Set a timer for 5 minutes." }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    if utterance.says("cancel|stop|delete|remove timer|reminder") {
      return .short("Timer", "I cannot stop a timer that runs. It will show once and then be gone.")
    }
    // “Remind me of …” asks for what is known.
    if utterance.says("remind me about|of|what|where|when|who") { return nil }
    let reminds = utterance.says("remind|reminder")
    guard reminds || utterance.says("timer", "^wake me", "countdown") else { return nil }
    guard let length = SpokenDuration.find(in: utterance.words) else {
      if !reminds, !utterance.says("set|start|make|create timer", "^timer") { return nil }
      return .short("Timer", "For how long? Say, for example: set a timer for 5 minutes.")
    }
    let spoken = SpokenDuration.spoken(length.seconds)
    let task = reminds ? Self.task(utterance, without: length.words) : nil
    let reminder = AnswerPiece.reminder(
      identifier: UInt32(truncatingIfNeeded: Int(question.context.now().timeIntervalSince1970)), after: .seconds(length.seconds),
      title: task == nil ? "Timer" : "Reminder", body: task ?? "\(spoken) are over.")
    return [reminder]
      + .short(
        task == nil ? "Timer" : "Reminder", task == nil ? "Timer set for \(spoken)." : "I will remind you in \(spoken).",
        card: spoken)
  }

  /// What the wearer is to be reminded of, without “remind me” and the length of time.
  private static func task(_ utterance: Utterance, without length: Range<Int>) -> String? {
    var kept: [String] = []
    for (index, word) in utterance.words.enumerated() where !length.contains(index) {
      let leadsToLength = index + 1 == length.lowerBound && ["in", "for", "after"].contains(word)
      let isRequest =
        kept.isEmpty
        && ["remind", "me", "to", "set", "a", "reminder", "that", "can", "could", "you", "of", "about"].contains(word)
      if !leadsToLength, !isRequest { kept.append(utterance.written[index]) }
    }
    var text = kept.joined(separator: " ")
    while let last = text.last, ".,;:!?".contains(last) { text.removeLast() }
    return text.isEmpty ? nil : text.prefix(1).uppercased() + text.dropFirst()
  }
}
