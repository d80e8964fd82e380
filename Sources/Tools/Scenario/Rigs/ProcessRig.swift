import BoardFile
import Foundation
import Units

/// Plays scenarios on the real programs in real time: `sotto-host` as a process of this machine, and `sottod` beside it, or on other
/// hardware with an agent (docs/hil.md).
///
/// Stimuli go through `sottod`'s standard input or to the agent, the trace comes from its standard output. Single-threaded but for the
/// threads that read.
public final class ProcessRig {
  let scenario: Scenario
  let options: RigOptions
  let news: (RigNews) -> Void
  let mailbox = Mailbox()
  private let media: Media
  let address: String
  /// The same, as the glasses reach it.
  let addressForGlasses: String
  let stateFolder: String

  var glasses: (any GlassesProgram)?
  var host: ChildProcess?
  /// Beside glasses that run elsewhere.
  let agent: Agent?
  /// From their clock to this machine's.
  private var clockOffset = Duration.zero
  private var player: ScenarioPlayer?
  var keys: KeyBoardActions
  var trace: TraceFile
  private var lastDisplay = 0
  private var isWorn = false
  var isHostReady = false
  var areGlassesReady = false
  private var wantsToLeave = false
  /// Wakeups of glasses that the scenario killed.
  private var wakeupsOfTheKilled = 0
  /// What each program said last on its standard error.
  private var lastWords: [String: String] = [:]
  /// Programs that the scenario killed: their end is no failure.
  var expectedEnds: Set<String> = []
  /// A pairing that the scenario has begun: its wearer holds and presses, the rig compares the digits.
  var desk: PairingCeremony?
  var deskChild: ChildProcess?

  /// A line of the trace may take this long through the pipe.
  private static let grace = Duration.milliseconds(250)
  /// Loading the models takes the longest.
  static let startDeadline = Duration.seconds(60)

  public init(_ scenario: Scenario, options: RigOptions, news: @escaping (RigNews) -> Void) throws {
    self.scenario = scenario
    self.options = options
    self.news = news
    stateFolder = options.state ?? options.out + "/state"
    try makeFolder(options.out)
    if options.state == nil { try? FileManager.default.removeItem(atPath: stateFolder) }
    try makeFolder(stateFolder, isPrivate: true)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: options.out)) ?? []
    where name.hasPrefix("display-") || name == "answer.wav" {
      try? FileManager.default.removeItem(atPath: options.out + "/" + name)
    }
    media = Media(folder: scenario.folder, scratch: options.out + "/media")
    // What is missing is said before anything is started.
    _ = try media.paths(for: scenario)
    let port = try freePort()
    address = "127.0.0.1:\(port)"
    addressForGlasses = "\(options.agent?.reach ?? "127.0.0.1"):\(port)"
    agent = options.agent.map { [mailbox] in Agent($0, mailbox: mailbox) }
    trace = try TraceFile(options.out + "/glasses.trace.json")
    trace.write("[".utf8)
    keys = KeyBoardActions(scenario)
  }

  public var tracePath: String { trace.path }
  public var hostTracePath: String { options.out + "/host.trace.json" }

  /// Plays to the end. The programs are gone when it returns or throws.
  public func play() throws -> ScenarioReport {
    let began = Date()
    defer { stopPrograms() }
    try writeBoard()
    if let agent {
      clockOffset = try agent.clockOffset()
      if options.state == nil { agent.send("forget") }
    }
    try startGlasses()
    if scenario.host.pairing != .none {
      if !isPaired { try pair() }
      if scenario.host.pairing == .forgotten { try forgetGlasses() }
      try startHost()
    }
    let origin = RigClock.now()
    player = ScenarioPlayer(scenario, origin: origin, grace: Self.grace)
    try loop { player in player.isFinished }
    let length = Double((RigClock.now() - origin).nanoseconds) / 1e9
    if options.keeps, !wantsToLeave {
      news(
        .words(
          "space: button   w: wear or take off   s: say the next clip   t: type a question   l: look at the next picture   q: quit",
          from: "sotto"))
      try loop { _ in false }
    }
    stopPrograms()
    trace.close()
    if wantsToLeave, !(player?.isFinished ?? false) { player?.stop(at: RigClock.now(), because: "the person left") }
    return ScenarioReport(
      scenario: scenario.name, seed: options.seed ?? scenario.seed, passed: player?.failures.isEmpty ?? false,
      failures: player?.failures ?? [],
      traceSHA256: trace.digest, virtualSeconds: length, wallSeconds: Date().timeIntervalSince(began))
  }

  // MARK: The loop

  private func loop(until isDone: (ScenarioPlayer) -> Bool) throws {
    while let player, !isDone(player), !wantsToLeave {
      let pollDisplay = RigClock.now() + .milliseconds(100)
      if let event = mailbox.next(before: min(player.nextDue ?? pollDisplay, pollDisplay)) { try handle(event) }
      for stimulus in advancePlayer(to: RigClock.now()) { try apply(stimulus) }
      lookForDisplays()
    }
  }

  private func advancePlayer(to now: Instant) -> [ScenarioStimulus] {
    if let due = player?.nextDue, due <= now, let count = wakeups { player?.observe(.wakeups(count, at: now)) }
    return player?.advance(to: now) ?? []
  }

  /// How often the glasses' program was woken so far, as the kernel counts; nil when it does not tell.
  private var wakeups: Int? {
    guard let glasses else { return wakeupsOfTheKilled }
    return glasses.sleeps.map { $0 + wakeupsOfTheKilled }
  }

  func handle(_ event: RigEvent) throws {
    switch event {
    case .glasses(let line): take(line)
    case .host(let line): takeHost(line)
    case .words(let text, let from):
      lastWords[from] = text
      news(.words(text, from: from))
    case .ended(let role, let status): try ended(role, status)
    case .signal: wantsToLeave = true
    case .key(let key):
      switch keys.action(for: key, isWorn: isWorn) {
      case .stimulus(let stimulus)?: try apply(stimulus)
      case .leave?: wantsToLeave = true
      case .prompt(let text)?: news(.words(text, from: "key"))
      case nil: break
      }
    }
  }

  func take(_ line: String) {
    guard var event = try? TraceEvent.parse(line: line) else {
      if line != "[", !line.isEmpty { news(.words(line, from: "glasses")) }
      return
    }
    event.time += clockOffset
    if event.track == TraceEvent.Track.state, event.phase == .begin { areGlassesReady = true }
    trace.write(line.utf8)
    player?.observe(event)
    desk?.glasses(event)
    answerDesk()
    news(.event(event))
  }

  private func takeHost(_ line: String) {
    guard let event = HostLine(line) else { return news(.words(line, from: "host")) }
    switch event.name {
    case "ready": isHostReady = true
    case "digits", "paired": desk?.host(event)
    case "warning": news(.words(event["text"] ?? "", from: "host"))
    case "refused": news(.words("refused \(event["peer"] ?? "someone"): \(event["reason"] ?? "")", from: "host"))
    default: break
    }
    answerDesk()
  }

  private func ended(_ role: ProcessRole, _ status: Int32) throws {
    guard expectedEnds.remove(role.rawValue) == nil else { return }
    if role == .pairing {
      deskChild = nil
      // What opened the desk in the scenario serves from now on.
      return try closeDesk(status)
    }
    player?.stop(at: RigClock.now(), because: explain(role, status))
    if role == .glasses { wantsToLeave = true }
  }

  /// How a program ended, with its last words, which may come a little later than its end.
  func explain(_ role: ProcessRole, _ status: Int32) -> String {
    let deadline = RigClock.now() + .milliseconds(200)
    while let event = mailbox.next(before: deadline) {
      if case .words(let text, let from) = event { lastWords[from] = text }
    }
    let name = role == .glasses ? "sottod" : role == .host ? "sotto-host serve" : "sotto-host pair"
    return "\(name) ended with status \(status)" + (lastWords[role.rawValue].map { ": \($0)" } ?? "")
  }

  private func lookForDisplays() {
    while FileManager.default.fileExists(atPath: "\(options.out)/display-\(lastDisplay + 1).png") {
      lastDisplay += 1
      news(.display(path: "\(options.out)/display-\(lastDisplay).png"))
    }
  }

  // MARK: Stimuli

  private func apply(_ stimulus: ScenarioStimulus) throws {
    news(.stimulus(stimulus))
    switch stimulus {
    case .press(let time): glasses?.stimulate("press \(time.milliseconds)")
    case .tap: glasses?.stimulate("tap")
    case .tilt: glasses?.stimulate("tilt")
    case .wear(let on):
      isWorn = on
      glasses?.stimulate("wear \(on ? "on" : "off")")
    case .say(let clip): try glasses?.say(media.clip(clip))
    case .look(let picture): try glasses?.look(media.picture(picture))
    case .type(let text): glasses?.stimulate("type \(text)")
    case .battery(let percent): glasses?.stimulate("battery \(percent)")
    case .charging(let on): glasses?.stimulate("charging \(on ? "on" : "off")")
    case .temperature(let tenths): glasses?.stimulate("temperature \(tenths)")
    case .time(let minutes): glasses?.stimulate("time \(ScenarioStimulus.clock(minutes))")
    case .network(let up): glasses?.stimulate("network \(up ? "up" : "down")")
    case .outage, .weather: throw RigError("the weather of the network is modelled: play this scenario in virtual time")
    case .indicator(let stuck): glasses?.stimulate("indicator \(stuck ? "stuck" : "ok")")
    case .host(let process): try applyToHost(process)
    case .glasses(let process):
      if process != .start { killGlasses() }
      if process != .kill { try startGlasses() }
    }
  }

  private func applyToHost(_ process: ScenarioStimulus.Process) throws {
    switch process {
    case .kill: killHost()
    case .start: try startHost()
    case .restart:
      killHost()
      try startHost()
    case .pair: try openDesk()
    }
  }

  private func killHost() {
    guard let child = host else { return }
    expectedEnds.insert(ProcessRole.host.rawValue)
    child.kill()
    host = nil
  }

  private func killGlasses() {
    guard let child = glasses else { return }
    wakeupsOfTheKilled = wakeups ?? wakeupsOfTheKilled
    expectedEnds.insert(ProcessRole.glasses.rawValue)
    child.kill()
    glasses = nil
  }

  /// Lets a terminal's keys and the process's signals reach the loop.
  public var signalled: @Sendable (Int32) -> Void {
    let mailbox = mailbox
    return { mailbox.post(.signal($0)) }
  }
  public var pressed: @Sendable (UInt8) -> Void {
    let mailbox = mailbox
    return { mailbox.post(.key($0)) }
  }
}
