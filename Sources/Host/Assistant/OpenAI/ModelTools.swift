import Foundation
import Memory

/// The local skills as tools of a model that can call them. A call is said to the skill as a wearer would say it, so that there is one
/// implementation of each.
struct ModelTools: Sendable {
  /// What a call led to.
  enum Outcome: Sendable, Equatable {
    /// Pieces for the glasses, and words for the model.
    case done([AnswerPiece], words: String)
    case look
  }

  let memory: Memory

  /// The tools as the interface describes them. A question that has its picture, or cannot have one, is offered no look.
  func descriptions(canLook: Bool) -> JSON {
    var tools = [
      Self.tool(
        "set_timer", "Sets a timer or a reminder on the glasses.",
        [
          "seconds": .object(["type": .text("integer"), "minimum": .integer(1)]),
          "about": .object(["type": .text("string"), "description": .text("What to be reminded of; empty for a timer.")]),
        ], required: ["seconds"]),
      Self.tool(
        "remember", "Keeps a fact that the wearer states, in the wearer's words.", ["fact": .object(["type": .text("string")])],
        required: ["fact"]),
      Self.tool(
        "recall", "Looks up what the wearer asked to have remembered.", ["topic": .object(["type": .text("string")])],
        required: ["topic"]),
    ]
    if canLook { tools.append(Self.tool("look", "Takes a picture of what the wearer sees.", [:], required: [])) }
    return .list(tools)
  }

  private static func tool(_ name: String, _ description: String, _ properties: [String: JSON], required: [String]) -> JSON {
    .object([
      "type": .text("function"),
      "function": .object([
        "name": .text(name), "description": .text(description),
        "parameters": .object([
          "type": .text("object"), "properties": .object(properties), "required": .list(required.map { .text($0) }),
        ]),
      ]),
    ])
  }

  /// Carries a call out. A call that makes no sense is answered in words, which lets the model try again.
  func run(_ call: ChatStream.Call, for question: Question) async throws -> Outcome {
    let arguments = JSON(call.arguments.utf8)
    switch call.name {
    case "look": return .look
    case "set_timer":
      guard let seconds = arguments?["seconds"]?.integer, (1...604_800).contains(seconds) else {
        return .done([], words: "seconds must be a number from 1 to 604800")
      }
      let about = arguments?["about"]?.text ?? ""
      let words = about.isEmpty ? "set a timer for \(seconds) seconds" : "remind me in \(seconds) seconds to \(about)"
      return try await say(words, to: TimerSkill(), question)
    case "remember":
      guard let fact = arguments?["fact"]?.text, !fact.isEmpty else { return .done([], words: "fact is missing") }
      return try await say("remember that \(fact)", to: RememberSkill(memory: memory), question)
    case "recall":
      guard let topic = arguments?["topic"]?.text, !topic.isEmpty else { return .done([], words: "topic is missing") }
      return try await say("what did I say about \(topic)", to: ToldSkill(memory: memory), question)
    default: return .done([], words: "there is no tool \(call.name.prefix(40))")
    }
  }

  private func say(_ words: String, to skill: some Skill, _ question: Question) async throws -> Outcome {
    try await question.certainty.wait()
    guard let pieces = try await skill.answer(Utterance(words), question) else {
      return .done([], words: "that was not understood")
    }
    var sentences: [String] = []
    var rest: [AnswerPiece] = []
    for piece in pieces {
      if case .sentence(let sentence) = piece { sentences.append(sentence) } else { rest.append(piece) }
    }
    return .done(rest, words: sentences.joined(separator: " "))
  }
}
