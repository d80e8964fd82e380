import Foundation
import Memory

/// The language model that needs none: rules that recognise what is asked and say honestly when they do not.
/// The first skill that knows what to do answers, so those with narrow phrases stand before those with wide ones.
final class LocalSkills: LanguageModel {
  private let skills: [any Skill]
  private let declinesUnknown: Bool

  /// With `declinesUnknown` a question that no skill knows, or about which nothing was remembered, is left to whoever is asked next.
  init(
    memory: Memory, reader: any ImageReader, history: History, timeZone: TimeZone = .current, declinesUnknown: Bool = false
  ) {
    self.declinesUnknown = declinesUnknown
    let known: [any Skill] = [
      StopSkill(),
      RepeatSkill(history: history),
      TimerSkill(),
      ForgetSkill(memory: memory, history: history),
      ToldSkill(memory: memory),
      RememberSkill(memory: memory),
      ReadSkill(reader: reader),
      BatterySkill(),
      TimeSkill(timeZone: timeZone),
      DateSkill(timeZone: timeZone),
    ]
    let help = HelpSkill(examples: known.compactMap(\.example))
    skills =
      declinesUnknown
      ? known + [help, PersonalSkill(memory: memory, saysWhenUnknown: false)]
      : known + [help, PersonalSkill(memory: memory), UnknownSkill()]
  }

  func warmUp() async throws {}

  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    AsyncThrowingStream { continuation in
      let work = Task {
        do {
          for piece in try await self.pieces(question) { continuation.yield(piece) }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in work.cancel() }
    }
  }

  private func pieces(_ question: Question) async throws -> [AnswerPiece] {
    let utterance = Utterance(question.text)
    for skill in skills {
      try Task.checkCancellation()
      if let pieces = try await skill.answer(utterance, question) { return pieces }
    }
    if declinesUnknown { throw Declined() }
    return []
  }
}
