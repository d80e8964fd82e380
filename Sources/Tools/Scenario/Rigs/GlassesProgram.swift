/// The glasses' program of a rig in real time, wherever it runs: a child of this process, or beside an agent.
protocol GlassesProgram: AnyObject {
  var isRunning: Bool { get }

  /// Passes on a stimulus of one line (docs/simulated-board.md) that names no file.
  func stimulate(_ line: String)

  /// Lets a sound be heard, and a picture be seen. The paths are this machine's.
  func say(_ sound: String) throws(RigError)
  func look(_ picture: String) throws(RigError)

  /// How often its threads went to sleep of their own accord so far; nil when nobody can tell.
  var sleeps: Int? { get }

  /// Asks it to end, without waiting.
  func askToEnd()

  /// Ends it after some patience.
  func stop()

  /// Ends it at once, as by SIGKILL.
  func kill()
}

extension ChildProcess: GlassesProgram {
  func stimulate(_ line: String) { send(line) }
  func say(_ sound: String) { send("say " + sound) }
  func look(_ picture: String) { send("look " + picture) }
  var sleeps: Int? { KernelCount.sleeps(of: identifier) }
  func askToEnd() { send("quit") }
  func stop() { stop(patience: 3) }
}
