import BoardFile
import Foundation
import Units

/// The two programs of a real-time rig: how they are started, paired and stopped.
extension ProcessRig {
  var flatPath: String { options.out + "/board.flat" }

  func writeBoard() throws {
    let board = try BoardFile.load(options.boards + "/" + scenario.board)
    guard FileManager.default.createFile(atPath: flatPath, contents: Data(board.flat.utf8)) else {
      throw RigError("cannot write \(flatPath): choose another folder with --out")
    }
  }

  func startGlasses() throws {
    var arguments = [
      "--board", flatPath, "--host", address, "--state", stateFolder + "/glasses", "--out", options.out, "--trace", "/dev/stdout",
      "--stimuli", "-", "--seed", String(options.seed ?? scenario.seed),
    ]
    if let microphone = options.microphone { arguments += ["--mic", microphone] }
    if let speaker = options.speaker { arguments += ["--speaker", speaker] }
    if let camera = options.camera { arguments += ["--camera", camera] }
    glasses = try ChildProcess(.glasses, program: options.programs.glasses, arguments: arguments, mailbox: mailbox)
  }

  func startHost() throws {
    isHostReady = false
    host = try ChildProcess(
      .host, program: options.programs.host,
      arguments: ["serve", "--listen", address, "--state", stateFolder + "/host", "--trace", hostTracePath, "--json"],
      mailbox: mailbox)
    try wait(for: "sotto-host to be ready") { self.isHostReady }
  }

  func stopPrograms() {
    for child in [glasses, host].compactMap({ $0 }) {
      expectedEnds.insert(child.role.rawValue)
      if child.role == .glasses { child.send("quit") }
    }
    // The last lines of the trace come while it ends.
    let deadline = RigClock.now() + .seconds(2)
    while let glasses, glasses.isRunning, RigClock.now() < deadline {
      if case .glasses(let line)? = mailbox.next(before: RigClock.now() + .milliseconds(50)) { take(line) }
    }
    while case .glasses(let line)? = mailbox.next(before: RigClock.now() + .milliseconds(50)) { take(line) }
    glasses?.stop()
    host?.stop()
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

  // MARK: Pairing

  var isPaired: Bool {
    let devices = (try? FileManager.default.contentsOfDirectory(atPath: stateFolder + "/host/devices")) ?? []
    return devices.contains { $0.hasSuffix(".json") } && FileManager.default.fileExists(atPath: stateFolder + "/glasses/pairing")
  }

  /// What a person does: open the host for pairing, hold the button, compare the digits, confirm.
  func pair() throws {
    news(.words("pairing glasses and host", from: "sotto"))
    let desk = try ChildProcess(
      .pairing, program: options.programs.host,
      arguments: ["pair", "--listen", address, "--state", stateFolder + "/host", "--json"], mailbox: mailbox)
    defer { desk.stop() }
    var progress = PairingCeremony()
    var presses: [Duration] = []
    var fingerUp = RigClock.now()
    let deadline = RigClock.now() + Self.startDeadline
    while !progress.isDone {
      guard RigClock.now() < deadline else { throw RigError("pairing did not come to its end (\(progress.phrase))") }
      if let event = mailbox.next(before: RigClock.now() + .milliseconds(100)) { try handle(event, in: &progress) }
      if let isSame = progress.takeAnswer() { desk.send(isSame ? "y" : "n") }
      if let failure = progress.failure { throw RigError("pairing failed: \(failure)") }
      presses += progress.takePresses()
      // A finger comes up before it goes down again.
      if RigClock.now() >= fingerUp, !presses.isEmpty {
        let press = presses.removeFirst()
        glasses?.send("press \(press.milliseconds)")
        fingerUp = RigClock.now() + press + .milliseconds(300)
      }
    }
    news(.words("paired: both showed \(progress.digits ?? "the same digits")", from: "sotto"))
  }

  private func handle(_ event: RigEvent, in progress: inout PairingCeremony) throws {
    switch event {
    case .host(let line): if let line = HostLine(line) { progress.host(line) }
    case .glasses(let line):
      take(line)
      if let event = try? TraceEvent.parse(line: line) { progress.glasses(event) }
    case .ended(.pairing, let status) where status != 0: throw RigError("pairing: " + explain(.pairing, status))
    case .ended(.glasses, let status): throw RigError("pairing: " + explain(.glasses, status))
    case .signal: throw RigError("interrupted")
    case .words, .key, .ended: try handle(event)
    }
  }
}
