import Foundation
import HostLink
import Units

/// How glasses and host of a real-time rig come to know each other, before the scenario begins or in the course of it.
extension ProcessRig {
  var isPaired: Bool {
    let devices = (try? FileManager.default.contentsOfDirectory(atPath: stateFolder + "/host/devices")) ?? []
    // Glasses that run elsewhere keep their state for as long as the host's folder is kept.
    let doGlassesKnow = agent != nil || FileManager.default.fileExists(atPath: stateFolder + "/glasses/pairing")
    return doGlassesKnow && devices.contains { $0.hasSuffix(".json") }
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
        let press = (agent == nil ? nil : Patience.emulated)?.pressed(presses[0]) ?? presses[0]
        presses.removeFirst()
        glasses?.stimulate("press \(press.milliseconds)")
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

  /// The host forgets the glasses, and knows others instead: without any it would not serve.
  func forgetGlasses() throws {
    let store = try HostStore(directory: stateFolder + "/host")
    let strangers = stateFolder + "/stranger"
    try makeFolder(strangers, isPrivate: true)
    let stranger = try HostStore(directory: strangers).identity.fingerprint
    for device in store.devices() { _ = try store.remove(device.fingerprint) }
    try store.add(PairedDevice(name: "other glasses", fingerprint: stranger, paired: scenario.start))
  }

  // MARK: In the course of a scenario

  /// The host waits for glasses. Their wearer is the scenario's; the rig says yes when the digits are the same.
  func openDesk() throws {
    desk = PairingCeremony()
    deskChild = try ChildProcess(
      .pairing, program: options.programs.host,
      arguments: ["pair", "--listen", address, "--state", stateFolder + "/host", "--json"], mailbox: mailbox)
  }

  /// Answers for the host once both have shown their digits.
  func answerDesk() {
    if let isSame = desk?.takeAnswer() { deskChild?.send(isSame ? "y" : "n") }
  }

  /// The desk is closed; with glasses that it has let in, the host serves.
  func closeDesk(_ status: Int32) throws {
    guard desk != nil else { return }
    desk = nil
    guard status == 0 else { return news(.words("sotto-host pair ended with status \(status)", from: "sotto")) }
    try startHost()
  }
}
