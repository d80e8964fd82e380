/// “How much battery is left?”
struct BatterySkill: Skill {
  var example: String? { "How much battery is left?" }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    let asksForCharge = utterance.says(
      "battery|batteries", "how|much|enough charge|charged|power", "are|is you|it charging|charged", "power left")
    guard asksForCharge || utterance.says("status", "how are|is|do your|my|the glasses") else { return nil }
    guard let status = question.context.status, let percent = status.batteryPercent else {
      return .short("Battery", "The glasses have not told me their battery level.")
    }
    let charging = status.isCharging ? " and charging" : ""
    if asksForCharge {
      return .short("Battery", "The battery is at \(percent) percent\(charging).", card: "\(percent) %\(charging)")
    }
    return .short(
      "Status", "\(question.context.deviceName) is connected. The battery is at \(percent) percent\(charging).",
      card: "Connected, \(percent) %\(charging)")
  }
}
