/// “Read this”, “what does the sign say?”, “scan this code”. Asks for a picture and reads what is printed in it.
struct ReadSkill: Skill {
  /// What fits a card, in characters.
  private static let cardLength = 160

  let reader: any ImageReader
  var example: String? { "What does this sign say?" }

  func answer(_ utterance: Utterance, _ question: Question) async throws -> [AnswerPiece]? {
    let asksForScene = Self.asksForScene(utterance)
    guard
      asksForScene
        || utterance.says(
          "^read", "^reed", "^can|could|will|would you read",
          "what|whats does|do|is|it|this|that|the|sign say|says|said|read|reads",
          "what|whats written|printed", "read this|that|it|the|me|to|out|aloud", "scan", "qr|bar|q code", "barcode",
          "^what sign|label|page|menu|letter|screen")
    else { return nil }
    switch question.view {
    case .notLooked: return [.wantPicture]
    case .failed(let reason): return .short("No picture", "I could not look: \(reason).")
    case .picture(let picture): return try await read(picture, for: utterance)
    }
  }

  /// What is printed in the picture.
  func read(_ picture: Picture, for utterance: Utterance) async throws -> [AnswerPiece] {
    say(try await reader.read(picture), Self.asksForScene(utterance))
  }

  private static func asksForScene(_ utterance: Utterance) -> Bool {
    utterance.says(
      "what do|can you see", "what am i looking|seeing", "^what is|are this|that|these|those", "^whats this|that|these|those",
      "describe this|that|these|what|scene|view|picture",
      "in front of me", "look at this|that|it")
  }

  private func say(_ found: PictureText, _ asksForScene: Bool) -> [AnswerPiece] {
    let honesty: [AnswerPiece] = asksForScene ? [.sentence("Offline I can only read.")] : []
    if found.lines.isEmpty, found.codes.isEmpty {
      return honesty + .short("Nothing to read", "I can see no text that I can read.")
    }
    var sentences: [String] = []
    if !found.lines.isEmpty {
      let text = found.lines.joined(separator: " ")
      sentences += Sentences.of(found.lines.count == 1 || text.count < 80 ? "It says: \(Self.calm(text))" : Self.calm(text))
    }
    for code in found.codes { sentences.append(Self.describe(code)) }
    let card = (found.lines + found.codes.map(\.text)).joined(separator: "\n")
    return honesty + [.card(title: "Reads", body: String(card.prefix(Self.cardLength)))] + sentences.map { .sentence($0) }
  }

  private static func describe(_ code: PictureText.Code) -> String {
    let kind = code.kind.hasPrefix("QR") ? "A QR code" : "A bar code"
    if let host = code.text.firstMatch(of: /^https?:\/\/([^\/]+)/)?.output.1 { return "\(kind) with a link to \(host)." }
    return "\(kind): \(code.text)."
  }

  /// Signs are written in capitals, which a voice would spell or shout.
  private static func calm(_ text: String) -> String {
    let words = text.split(separator: " ").map { word in
      word.count > 3 && word.allSatisfy { !$0.isLetter || $0.isUppercase } ? word.lowercased() : String(word)
    }
    return Speaker.sentence(words.joined(separator: " "))
  }
}
