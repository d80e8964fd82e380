import BoardFile
import Foundation
import Units

/// The two programs of a real-time rig: how they are started, paired and stopped.
extension ProcessRig {
  var flatPath: String { (agent?.share ?? options.out) + "/board.flat" }

  func writeBoard() throws {
    let board = try BoardFile.load(options.boards + "/" + scenario.board)
    guard FileManager.default.createFile(atPath: flatPath, contents: Data(board.flat.utf8)) else {
      throw RigError("cannot write \(flatPath): choose another folder with --out")
    }
  }

  /// Returns when the glasses are in their first state: before, they would miss a press.
  func startGlasses() throws {
    areGlassesReady = false
    if let agent {
      glasses = AgentGlasses(agent, host: addressForGlasses, seed: options.seed ?? scenario.seed)
    } else {
      try startGlassesHere()
    }
    try wait(for: "the glasses to be ready") { self.areGlassesReady }
  }

  private func startGlassesHere() throws {
    var arguments = [
      "--board", flatPath, "--host", addressForGlasses, "--state", stateFolder + "/glasses", "--out", options.out, "--trace",
      "/dev/stdout",
      "--stimuli", "-", "--seed", String(options.seed ?? scenario.seed),
    ]
    if let microphone = options.microphone { arguments += ["--mic", microphone] }
    if let speaker = options.speaker { arguments += ["--speaker", speaker] }
    if let echo = scenario.echo, options.microphone == nil, options.speaker == nil { arguments += ["--echo", String(echo)] }
    if let camera = options.camera { arguments += ["--camera", camera] }
    glasses = try ChildProcess(.glasses, program: options.programs.glasses, arguments: arguments, mailbox: mailbox)
  }

  func startHost() throws {
    isHostReady = false
    var arguments = ["serve", "--listen", address, "--state", stateFolder + "/host", "--trace", hostTracePath, "--json"]
    if let script = HostScript(scenario.host) {
      arguments += ["--assistant", "script:" + (try script.write(to: options.out))]
    } else if let assistant = options.assistant {
      arguments += ["--assistant", assistant]
    }
    host = try ChildProcess(.host, program: options.programs.host, arguments: arguments, mailbox: mailbox)
    try wait(for: "sotto-host to be ready") { self.isHostReady }
  }

  func stopPrograms() {
    for child in [host, deskChild].compactMap({ $0 }) { expectedEnds.insert(child.role.rawValue) }
    if let glasses {
      expectedEnds.insert(ProcessRole.glasses.rawValue)
      glasses.askToEnd()
    }
    // The last lines of the trace come while it ends.
    let deadline = RigClock.now() + .seconds(2)
    while let glasses, glasses.isRunning, RigClock.now() < deadline {
      if case .glasses(let line)? = mailbox.next(before: RigClock.now() + .milliseconds(50)) { take(line) }
    }
    while case .glasses(let line)? = mailbox.next(before: RigClock.now() + .milliseconds(50)) { take(line) }
    glasses?.stop()
    host?.stop()
    deskChild?.stop()
    glasses = nil
    host = nil
  }

  func wait(for what: String, _ isDone: () -> Bool) throws {
    let deadline = RigClock.now() + Self.startDeadline
    while !isDone() {
      guard let event = mailbox.next(before: min(deadline, RigClock.now() + .milliseconds(200))) else {
        guard RigClock.now() < deadline else {
          throw RigError("waited \(DurationText.text(of: Self.startDeadline)) for \(what) in vain")
        }
        continue
      }
      if case .ended(let role, let status) = event, expectedEnds.remove(role.rawValue) == nil, role != .pairing {
        throw RigError("waiting for \(what), but " + explain(role, status))
      }
      if case .signal = event { throw RigError("interrupted") }
      try handle(event)
    }
  }
}
