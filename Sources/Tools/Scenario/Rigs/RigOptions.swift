import BoardFile

/// What can be chosen for a play, beside what the scenario says.
public struct RigOptions: Sendable {
  /// Replaces the scenario's own.
  public var seed: UInt64?
  /// Replaces the scenario's board in virtual time.
  public var board: BoardFile?
  /// Whether the battery falls by the energy that the ledger of the glasses counts, in virtual time; the play begins with a full one.
  public var gaugeFollowsLedger = false
  /// The folder that holds `vendor/board/board.toml`.
  public var boards: String
  /// Where the trace, the answer's sound and the display's pictures go.
  public var out: String
  /// Where a real-time rig keeps keys and memory; nil takes a folder in `out` that is emptied first.
  public var state: String?
  public var programs: Programs
  /// Beside glasses of a real-time rig that do not run on this machine.
  public var agent: AgentOptions?
  /// Passed to `sottod` of a real-time rig: `alsa:default`, `/dev/video0`.
  public var microphone: String?
  public var speaker: String?
  public var camera: String?
  /// Who answers in a real-time rig in the place of the embedded assistant, as `sotto-host serve --assistant` takes it.
  public var assistant: String?
  /// Whether a rig in virtual time writes sound and pictures too.
  public var keepsMedia = false
  /// Stay after the scenario and take keys.
  public var keeps = false

  public init(boards: String = "boards", out: String, programs: Programs = Programs()) {
    self.boards = boards
    self.out = out
    self.programs = programs
  }
}

/// What a rig tells while it plays.
public enum RigNews: Sendable {
  case event(TraceEvent)
  /// A stimulus that is being applied.
  case stimulus(ScenarioStimulus)
  /// Words of a program or of the rig.
  case words(String, from: String)
  /// A picture of the display was written.
  case display(path: String)
}
