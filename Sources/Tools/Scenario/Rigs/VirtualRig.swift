import Assistant
import BoardFile
import Foundation
import HAL
import HostLink
import Runtime
import SimBoard
import Units
import WakeStudy
import Wire

/// Plays scenarios in virtual time: the firmware on the simulated board and the host's real code in one process, on one clock that jumps
/// from one event to the next. The same scenario and seed give the same trace, byte for byte.
///
/// Not thread-safe, and not for Swift's own threads: the host waits for the assistant, which runs on those. `playOnThread` helps.
public final class VirtualRig {
  private let scenario: Scenario
  private let options: RigOptions
  private let news: (RigNews) -> Void
  let description: BoardDescription
  /// What the glasses listen for while they are armed.
  let words: [NamedWord]
  private let host: VirtualHost
  /// Paths of the clips and pictures, by their names in the scenario.
  private let media: [String: String]
  private let trace: TraceFile

  private let began = Date()
  private var player: ScenarioPlayer
  private var board: SimBoard?
  private var glasses: Glasses<SimBoard>?
  private var now = Instant.zero
  /// When the player will be called by the board.
  private var appointment: Instant?
  /// Times that the firmware was woken.
  private var wakeups = 0
  /// Stimuli that are due and not applied yet.
  private var waiting: [ScenarioStimulus] = []
  private var isToBeKilled = false
  private var isToBeStarted = false
  private var failure: (any Error)?
  /// Parts that the simulated board leaves out because the described one does not have them.
  private let absent: [Part]
  private var gauge: FuelGauge?
  private var shownCharge = 100
  /// Counts while the gauge follows the ledger.
  let meter: EnergyMeter?

  /// Throws `RigError`, `MediaError`, `BoardFileError`, or what host and assistant throw when they cannot start.
  public convenience init(_ scenario: Scenario, options: RigOptions, news: @escaping (RigNews) -> Void = { _ in }) throws {
    try self.init(scenario, options: options, engines: nil, news: news)
  }

  /// `engines` answer in the place of the scenario's assistant.
  init(_ scenario: Scenario, options: RigOptions, engines: FaultyEngines?, news: @escaping (RigNews) -> Void) throws {
    self.scenario = scenario
    self.options = options
    self.news = news
    try Self.prepare(options)
    let board = try options.board ?? BoardFile.load(options.boards + "/" + scenario.board)
    var description = try FlatBoardFile.parse([UInt8](board.flat.utf8).span)
    // An empty battery is exchanged, so that a day is played to its end: the glasses do not switch themselves off before.
    if options.gaugeFollowsLedger { description.battery.shutdown = Percent(0) }
    self.description = description
    words = try Self.words(description)
    absent = [Part.camera, .microphone, .speaker, .display, .battery, .thermal, .motion].filter {
      !board.capabilities.contains("\($0.name)")
    }
    meter = options.gaugeFollowsLedger ? EnergyMeter() : nil
    let capacity = Nanojoules(description.power.batteryMilliwattHours * 3_600_000_000)
    if options.gaugeFollowsLedger, capacity > .zero { gauge = FuelGauge(capacity: capacity) }
    media = try Media(folder: scenario.folder, scratch: options.out + "/media").paths(for: scenario)
    trace = try TraceFile(options.out + "/glasses.trace.json", bufferSize: 65_536)
    let words = Mutexed<[String]>([])
    host = try VirtualHost(scenario, engines: engines, folder: options.out + "/state/host") { text in
      words.with { $0.append(text) }
    }
    hostWords = words
    player = ScenarioPlayer(scenario, origin: .zero)
  }

  private let hostWords: Mutexed<[String]>

  public var tracePath: String { trace.path }

  /// Plays to the end.
  public func play() throws -> ScenarioReport {
    try host.start()
    try startGlasses(isFirst: true)
    while !player.isFinished {
      if glasses == nil { waitWithoutGlasses() } else { step() }
      if glasses?.ending != nil, !player.isFinished { switchedOff() }
      if isToBeKilled { killGlasses() }
      if isToBeStarted { try startGlasses(isFirst: false) }
      applyWaiting()
      if let failure { throw failure }
    }
    if let board, let glasses {
      now = board.now()
      board.end(at: now)
      glasses.run()
      meter?.ended(glasses, at: now)
    }
    trace.close()
    passWordsOn()
    return ScenarioReport(
      scenario: scenario.name, seed: seed, passed: player.failures.isEmpty, failures: player.failures, traceSHA256: trace.digest,
      virtualSeconds: Double(now.nanoseconds) / 1e9, wallSeconds: Date().timeIntervalSince(began))
  }

  private var seed: UInt64 { options.seed ?? scenario.seed }

  private func step() {
    guard let board, let glasses else { return }
    glasses.step()
    wakeups += 1
    now = board.now()
    meter?.stepped(glasses, at: now)
    followLedger()
    consultPlayer()
  }

  /// Batteries that the play has used, the one in the glasses included.
  var batteries: Int { gauge?.batteries ?? 1 }

  /// The gauge is read while the program is awake anyway: its changes wake nobody.
  private func followLedger() {
    guard gauge != nil, let glasses else { return }
    let charge = gauge!.charge(used: glasses.energy.total(at: now))
    guard charge != shownCharge else { return }
    shownCharge = charge
    board?.apply(.battery(Percent(charge)))
  }

  private func setGauge(_ change: (inout FuelGauge, Nanojoules) -> Void) {
    guard gauge != nil, let glasses else { return }
    change(&gauge!, glasses.energy.total(at: now))
    followLedger()
  }

  // MARK: The player

  /// Lets the player act if its time has come, and sees to it that it is called when its time comes.
  private func consultPlayer() {
    while let due = player.nextDue, due <= now, !isToBeKilled { advancePlayer() }
    // Glasses that sleep do not come back from their waiting by themselves.
    if isToBeKilled {
      board?.interrupt()
      return
    }
    guard let board, let due = player.nextDue, appointment.map({ due < $0 }) ?? true else { return }
    appointment = due
    board.perform(at: due) { [unowned self] instant in
      now = instant
      if appointment == due { appointment = nil }
      consultPlayer()
    }
  }

  private func waitWithoutGlasses() {
    if let due = player.nextDue { now = max(now, due) }
    advancePlayer()
  }

  private func advancePlayer() {
    player.observe(.wakeups(wakeups, at: now))
    waiting += player.advance(to: now)
    applyWaiting()
    if player.isFinished { board?.end(at: now) }
    passWordsOn()
  }

  /// What follows a kill or a start in the same instant waits until it has happened: glasses cannot end inside their own work.
  private func applyWaiting() {
    while !waiting.isEmpty, !isToBeKilled, !isToBeStarted { apply(waiting.removeFirst()) }
  }

  private func passWordsOn() {
    let words = hostWords.with { words in
      defer { words = [] }
      return words
    }
    for text in words { news(.words(text, from: "host")) }
  }

  private func apply(_ stimulus: ScenarioStimulus) {
    news(.stimulus(stimulus))
    switch stimulus {
    case .press(let time):
      meter?.pressed(at: now)
      board?.apply(.press(time))
    case .tap: board?.apply(.tap)
    case .tilt: board?.apply(.tilt)
    case .wear(let on): board?.apply(.wear(on))
    case .say(let clip): board?.apply(.say(media[clip] ?? clip))
    case .look(let picture): board?.apply(.look(media[picture] ?? picture))
    case .type(let text): board?.apply(.type(text))
    case .battery(let percent):
      board?.apply(.battery(Percent(percent)))
      setGauge { $0.set(percent: percent, used: $1) }
    case .charging(let on):
      board?.apply(.charging(on))
      setGauge { $0.set(isCharging: on, used: $1) }
    case .temperature(let tenths): board?.apply(.temperature(DeciCelsius(Int32(tenths))))
    case .time(let minutes): board?.apply(.time(LocalTime(hour: minutes / 60, minute: minutes % 60)))
    case .network(let up): board?.apply(.network(up))
    case .outage: board?.apply(.outage)
    case .weather(let weather):
      board?.apply(
        .weather(
          Weather(
            delay: weather.delay, jitter: weather.jitter, lossPerMille: weather.lossPerMille,
            rate: weather.rate > 0 ? weather.rate : nil)))
    case .indicator(let stuck): board?.apply(.indicatorStuck(stuck))
    case .host(let process): apply(process)
    case .glasses(.kill): isToBeKilled = true
    case .glasses(.start): isToBeStarted = true
    case .glasses(.restart):
      isToBeKilled = true
      isToBeStarted = true
    case .glasses(.pair): break
    }
  }

  private func apply(_ process: ScenarioStimulus.Process) {
    if process == .kill || process == .restart { host.kill(at: now) }
    if process == .start || process == .restart {
      do { try host.start() } catch { failure = error }
    }
    if process == .pair { host.openPairing(at: now) }
    board?.peerChanged()
  }

  // MARK: The glasses

  private func startGlasses(isFirst: Bool) throws {
    isToBeStarted = false
    guard glasses == nil else { return }
    var settings = SimBoard.Options()
    settings.seed = seed
    settings.stateFolder = options.out + "/state/glasses"
    settings.outFolder = options.keepsMedia ? options.out : nil
    settings.absent = absent
    if let echo = scenario.echo { settings.echo = SimBoard.Echo(level: -echo) }
    if gauge != nil { settings.charge = Percent(shownCharge) }
    let board = try SimBoard(
      description, options: settings, clock: .virtual(start: now, peer: host), trace: { [unowned self] line in take(line) },
      log: { [unowned self] text in news(.words(text, from: "board")) })
    if isFirst { try pairInAdvance(board.storage) }
    self.board = board
    appointment = nil
    glasses = try Glasses(board: board, description: description, words: words.map(\.word))
    consultPlayer()
  }

  /// Gives both sides the keys that a pairing would have given them.
  private func pairInAdvance(_ storage: SimStorage) throws {
    guard scenario.host.pairing != .none else { return }
    guard let identity = Identity.create() else {
      throw RigError("no key can be made: the system's cryptography library does not work")
    }
    try storage.save(Identity.recordName, identity.serialised().span)
    let pairing = Pairing(peer: host.identity.fingerprint, name: "sotto-host", address: description.link.address)
    try storage.save(Pairing.recordName, pairing.serialised().span)
    if scenario.host.pairing == .both { try host.remember(identity, name: description.name) }
  }

  /// As SIGKILL does: no good-byes.
  private func killGlasses() {
    isToBeKilled = false
    glasses = nil
    board = nil
    appointment = nil
    host.disconnected(at: now)
  }

  /// They have ended by themselves, in good order.
  private func switchedOff() {
    guard let glasses else { return }
    meter?.ended(glasses, at: now)
    killGlasses()
  }

  private func take(_ line: Span<UInt8>) {
    let bytes = line.withUnsafeBufferPointer { Array($0) }
    trace.write(bytes)
    guard let event = try? TraceEvent.parse(line: String(decoding: bytes, as: UTF8.self)) else { return }
    player.observe(event)
    meter?.saw(event)
    news(.event(event))
  }

  /// The wake words that the board names, from where set-up puts them.
  private static func words(_ description: BoardDescription) throws -> [NamedWord] {
    let names = description.listening.wakeWords.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    guard !names.isEmpty else { return [] }
    do throws(StudyError) {
      return try WordFolder(WordFolder.installed).words(names)
    } catch {
      throw MediaError(message: error.description, isLackOfSetUp: true)
    }
  }

  /// The out folder, empty of what an earlier play left behind.
  private static func prepare(_ options: RigOptions) throws {
    for name in ["state", "media"] { try? FileManager.default.removeItem(atPath: options.out + "/" + name) }
    for name in ["", "/state/host", "/state/glasses"] {
      try makeFolder(options.out + name, isPrivate: !name.isEmpty)
    }
  }
}

extension VirtualRig {
  /// Plays on a thread of its own, for callers that are tasks. What is lacking becomes a report that says so.
  public static func playOnThread(_ scenario: Scenario, options: RigOptions) async throws -> ScenarioReport {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(with: Result { try VirtualRig.report(scenario, options: options) { _ in } })
      }
    }
  }

  /// Plays; a lack of set-up is a report that says `skipped`, everything else that prevents the play is thrown.
  public static func report(_ scenario: Scenario, options: RigOptions, news: @escaping (RigNews) -> Void) throws -> ScenarioReport
  {
    func skipped(_ reason: String) -> ScenarioReport {
      ScenarioReport(scenario: scenario.name, seed: options.seed ?? scenario.seed, passed: false, skipped: reason)
    }
    do {
      return try VirtualRig(scenario, options: options, news: news).play()
    } catch let error as MediaError where error.isLackOfSetUp {
      return skipped(error.message)
    } catch let error as BackEndFailure {
      return skipped("\(error)")
    }
  }
}
