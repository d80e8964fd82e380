import Foundation

/// What a model is told. The beginning is the same for every question of a device and changes at its end only, so that a server finds it in
/// its cache of prompts and reads little before it answers.
struct ChatPrompt: Sendable {
  static let spoken =
    "You are the voice of a pair of glasses. Answer in one or two short spoken sentences, in plain words, without lists, markup, "
    + "emoji or links. Say so when you do not know."
  private static let looking = " A picture in a question shows what the wearer sees now."

  let system: String

  init(_ settings: OpenAISettings) {
    system = (settings.prompt ?? Self.spoken) + (settings.images && settings.prompt == nil ? Self.looking : "")
  }

  /// The messages of a question; `facts` are what the wearer told before that may bear on it.
  func messages(_ question: Question, facts: [String] = [], picture: Picture? = nil) -> [JSON] {
    var messages = [Self.message("system", system)]
    for past in question.dialogue where !past.answer.isEmpty {
      messages.append(Self.message("user", past.question))
      messages.append(Self.message("assistant", past.answer))
    }
    var known = facts.isEmpty ? "" : "I told you before: \(facts.joined(separator: "; ")).\n"
    if case .failed(let reason) = question.view { known += "You cannot look now: \(reason).\n" }
    guard let picture else { return messages + [Self.message("user", known + question.text)] }
    return messages + [
      .object([
        "role": .text("user"),
        "content": .list([
          .object(["type": .text("text"), "text": .text(known + question.text)]),
          .object(["type": .text("image_url"), "image_url": .object(["url": .text(Self.dataURL(picture))])]),
        ]),
      ])
    ]
  }

  static func message(_ role: String, _ text: String) -> JSON {
    .object(["role": .text(role), "content": .text(text)])
  }

  static func dataURL(_ picture: Picture) -> String {
    let type =
      switch picture.format {
      case .jpeg: "image/jpeg"
      case .png: "image/png"
      }
    return "data:\(type);base64,\(Data(picture.bytes).base64EncodedString())"
  }
}
