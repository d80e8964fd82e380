import Assistant
import NIOCore

/// The server's turns: each is a task of its own that reports on the session's event loop and waits there while speech backs up.
struct TaskTurns: TurnSource {
  /// Nil in a server that only pairs, where no session begins.
  let assistant: Assistant?
  /// Who answers in the place of the assistant's own turn, which it is given; nil for nobody.
  var substitute: (@Sendable (TurnContext, Turn) -> any TurnHandling)?
  let ledger = TurnLedger()

  func running(_ device: String) -> Int { ledger.running(device) }

  func runner(_ context: TurnContext, for session: SessionDriver) -> any TurnRunner {
    guard let assistant else { preconditionFailure("a session began in a server that only pairs") }
    let bound = NIOLoopBound(session, eventLoop: session.loop)
    let (loop, turn) = (session.loop, context.turn)
    let own = assistant.turn(context)
    return TaskTurnRunner(substitute?(context, own) ?? own, of: context.deviceIdentifier, ledger: ledger) { report in
      // Nothing here fails: the server's loop outlives its turns.
      try? await loop.flatSubmit {
        bound.value.take(report, of: turn)
        return bound.value.room()
      }.get()
    } warn: { text in
      loop.execute { bound.value.warn(text) }
    }
  }
}
