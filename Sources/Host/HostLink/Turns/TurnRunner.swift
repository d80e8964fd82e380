import Assistant
import Units

/// Runs one turn of the assistant for a session. All calls come from the session's own thread.
protocol TurnRunner: AnyObject {
  func hear(lost: Int, opus: [UInt8])
  func feed(_ input: TurnInput)
  /// The answer's sound has so many bits a second.
  func speak(bitrate: Int32)
  /// Stops the turn, or tells it how much was heard when it is over. Nothing is reported afterwards. At most once.
  func cancel(heard: Duration)
}

/// Where the turns of sessions come from: tasks in the server, inline in lockstep.
protocol TurnSource: Sendable {
  func runner(_ context: TurnContext, for session: SessionDriver) -> any TurnRunner
  /// Tasks of this device's turns that have not ended yet.
  func running(_ device: String) -> Int
}
