import Memory

/// “Forget what I said about my locker.”
struct ForgetSkill: Skill {
  let memory: Memory
  let history: History
  var example: String? { "Forget what I said about my locker." }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    let phrases: [Phrase] = [
      "^forget|delete|erase what|everything|all|anything i said|told|say|tell about",
      "^forget|delete|erase everything|all|anything about", "^forget|delete|erase about",
      "^forget|erase that", "^forget|erase", "^delete|remove the|my note|memory about|of", "^can|could|will|would you forget",
    ]
    guard let topic = utterance.rest(after: phrases) else { return nil }
    guard !SearchWords.of(topic).isEmpty else {
      return .short("Forget", "What shall I forget? Say, for example: forget what I said about my locker.")
    }
    let device = question.context.deviceIdentifier
    try await question.certainty.wait()
    let gone = try await memory.asked { memory throws(MemoryFailure) in try await memory.forget(topic, device: device) }
    history.forgetLastAnswer(device: device)
    // What was forgotten is not repeated: this answer goes into the history.
    let named = Speaker.turned(topic)
    if gone.isEmpty { return .short("Forget", "I remember nothing about \(named).") }
    let count = gone.count == 1 ? "" : " It was \(gone.count) things."
    return .short("Forgotten", "I have forgotten what you said about \(named).\(count)")
  }
}
