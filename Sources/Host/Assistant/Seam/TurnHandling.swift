/// Whatever answers one turn: the assistant's own pipeline, or somebody who takes its place (a smart home).
///
/// The rules of docs/assistant.md hold: `ended` is emitted once and last; inputs that do not fit are dropped; cancelling the calling task
/// ends the work.
public protocol TurnHandling: Sendable {
  func handle(_ input: TurnInput, emit: @escaping @Sendable (TurnOutput) async -> Void) async
}

extension Turn: TurnHandling {}
