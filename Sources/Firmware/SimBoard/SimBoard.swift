import CLinux
import Drivers
import HAL
import Units

/// The simulated glasses: scripted devices in real or in virtual time.
///
/// In real time it is one thread that waits in one `epoll_wait`; the simulated devices and the runtime share one timer. In virtual time the
/// clock jumps from one due instant to the next, and the same seed and stimuli give the same run.
public final class SimBoard: Board {
  public let camera: SimCamera?
  public let microphone: SimMicrophone?
  public let speaker: SimSpeaker?
  public let display: SimDisplay?
  public let pins: SimPins
  public let link: SimLink
  public let battery: SimBattery?
  public let thermal: SimThermal?
  public let motion: SimMotion?
  public let storage: SimStorage
  public let control: ControlSocket?

  let hub: Hub
  private let console: Console?
  /// The deadline had come when `next` returned something else: it is returned next.
  var owesDeadline = false
  private var hasShutDown = false
  /// Ways down from which virtual time returns late, by the board's file.
  private let idle: [IdleLevel]
  public internal(set) var lastIdle: IdleSpell?

  /// `log` is told plain words for a person: a broken WAV, a bad stimulus. `trace`, when given, takes the trace instead of a file.
  public init(
    _ description: BoardDescription, options: Options, clock: Clock, trace: ((Span<UInt8>) -> Void)? = nil,
    log: @escaping (String) -> Void
  ) throws(DeviceError) {
    let time: TimeSource
    var peer: (any SimPeer)?
    switch clock {
    case .real: time = .real(try Reactor(signals: options.handlesSignals ? .signals : nil))
    case .virtual(let start, let other):
      time = .virtual(VirtualReactor(start: start))
      peer = other
    }
    idle = description.power.idle
    let sink = try SimBoard.sink(trace, options.tracePath)
    let hub = Hub(time: time, seed: options.seed, trace: sink, log: log)
    self.hub = hub
    let prefix = try SimBoard.prefix(options.outFolder)
    let latencies = options.latencies
    func supply(_ part: Part) -> Supply { Supply(hub: hub, part: part, figures: description.power) }
    func has(_ part: Part) -> Bool { !options.absent.contains(part) }

    let echo = options.echo.map { EchoPath(level: $0.level, delay: $0.delay) }
    camera =
      has(.camera)
      ? SimCamera(
        hub: hub, source: options.camera, policy: description.camera, latency: latencies.exposure,
        jitter: latencies.exposureJitter, supply: supply(.camera)) : nil
    microphone =
      has(.microphone)
      ? try SimMicrophone(
        hub: hub, source: options.microphone, noiseFloor: options.noiseFloor, startLatency: latencies.microphoneStart,
        supply: supply(.microphone)) : nil
    speaker =
      has(.speaker)
      ? try SimSpeaker(
        hub: hub, sink: options.speaker, path: prefix, onePerTurn: options.oneAnswerPerTurn,
        startLatency: latencies.speakerStart, supply: supply(.speaker), echo: echo) : nil
    if let echo, let speaker { microphone?.hear(speaker, by: echo) }
    display = has(.display) ? SimDisplay(hub: hub, geometry: description.display, prefix: prefix, supply: supply(.display)) : nil
    battery = has(.battery) ? SimBattery(hub: hub, charge: options.charge) : nil
    thermal = has(.thermal) ? SimThermal(hub: hub, temperature: options.temperature) : nil
    motion = has(.motion) ? SimMotion(hub: hub) : nil
    pins = SimPins(hub: hub, supply: supply(.indicator))
    link = SimLink(hub: hub, peer: peer, weather: Weather(delay: latencies.link, jitter: latencies.linkJitter))
    storage = try SimStorage(folder: options.stateFolder)

    if let drivers = hub.drivers {
      control = try ControlSocket.open(host: drivers, at: options.control, source: .control)
    } else {
      control = nil
    }
    if let reactor = hub.drivers?.reactor, let descriptor = options.stimuli {
      console = try Console(descriptor: descriptor, reactor: reactor)
    } else {
      console = nil
    }
    if options.isWornAtStart { pins.bring(.wear, to: true) }
    if console?.isPlainFile == true { hub.agenda.insert(.console, at: hub.now()) }
  }

  public func now() -> Instant { hub.now() }

  public func hasSettled(_ part: Part) -> Bool { supply(of: part)?.hasSettled ?? true }

  private func supply(of part: Part) -> Supply? {
    switch part {
    case .camera: camera?.supply
    case .microphone: microphone?.supply
    case .speaker: speaker?.supply
    case .display: display?.supply
    case .indicator: pins.supply
    case .processor, .link, .pins, .battery, .thermal, .storage, .motion: nil
    }
  }

  public var wakeups: UInt64 { hub.time.wakeups }
  public var processorTime: Duration? { hub.time.reactor.map { _ in .nanoseconds(sotto_processor_time()) } }
  /// Times that the glasses came to rest, as they told.
  public private(set) var rests = 0
  public func giveBackMemory() {
    rests += 1
    // In virtual time it is not the glasses' process.
    if hub.drivers != nil { sotto_give_back_memory() }
  }
  public var isTracing: Bool { hub.trace.isTracing }
  public func trace(_ line: Span<UInt8>) { hub.trace.write(line) }

  /// Plain words for a person, to the board's log and the trace.
  public func log(_ text: String) { hub.log(text) }

  // MARK: What happens from outside

  /// Lets something happen now.
  public func apply(_ stimulus: Stimulus) { act(on: stimulus) }

  /// Lets something happen at an instant; in the past is now.
  public func schedule(_ stimulus: Stimulus, at instant: Instant) {
    hub.agenda.insert(.stimulus(stimulus), at: instant)
  }

  /// Calls `action` at an instant, in order with everything else that is due: for what a rig does or checks on the way.
  public func perform(at instant: Instant, _ action: @escaping (Instant) -> Void) {
    hub.agenda.insert(.action(action), at: instant)
  }

  /// Ends the run at an instant with `BoardEvent.shutdown`.
  public func end(at instant: Instant) {
    hub.agenda.insert(.end, at: instant)
  }

  /// Lets `next` return although nothing has happened, for a rig that ends the program at this instant.
  public func interrupt() { hub.post(.deadline) }

  /// The peer has something to say because of what happened outside of its own calls.
  public func peerChanged() {
    link.modelled { $0.peerChanged() }
  }

  /// There is no supply to switch off: what was heard and traced is kept.
  public func powerOff(_ ending: Ending) { finish() }

  // MARK: The one place where the program waits

  public func next(before deadline: Instant?, idling kind: IdleKind) -> BoardEvent {
    lastIdle = nil
    let began = hub.now()
    let event = wait(before: deadline, idling: level(kind))
    if hub.now() > began { hub.time.countWakeup() }
    if case .shutdown = event { finish() }
    return event
  }

  /// The way down that is asked for, or a shallower one; nil to wait only, as the simulated board does in real time.
  private func level(_ kind: IdleKind) -> IdleLevel? {
    guard hub.drivers == nil else { return nil }
    return idle.last { $0.kind.rawValue <= kind.rawValue }
  }

  private func wait(before deadline: Instant?, idling level: IdleLevel?) -> BoardEvent {
    var hasLooked = false
    while true {
      if owesDeadline, let deadline, deadline <= hub.now() {
        owesDeadline = false
        return .deadline
      }
      if let event = hub.takeEvent() {
        if let deadline { owesDeadline = deadline <= hub.now() }
        return event
      }
      owesDeadline = false
      link.settle()
      if !hub.hasEvents, let due = hub.agenda.takeDue(at: hub.now()) { meet(due) }
      if let source = hub.drivers?.timers.takeDue(at: hub.now()) { timerDue(of: source) }
      if hub.hasEvents { continue }
      if let due = hub.nextDue, due <= hub.now() { continue }

      let isDue = deadline.map { $0 <= hub.now() } ?? false
      if isDue, hasLooked || hub.drivers == nil { return .deadline }
      if let level, !isDue { return goDown(level, before: deadline) }
      guard sleep(until: isDue ? nil : earliest(deadline, hub.nextDue), onlyLook: isDue) else { return .shutdown }
      hasLooked = isDue
    }
  }

  /// False when nothing can ever happen again.
  private func sleep(until instant: Instant?, onlyLook: Bool) -> Bool {
    switch hub.time {
    case .virtual(let reactor):
      guard let instant else { return false }
      reactor.wait(until: instant)
    case .real(let reactor):
      if !onlyLook { flushTrace() }
      guard onlyLook ? reactor.look() : reactor.wait(until: instant) else {
        hub.log("the system does not let the program wait any more")
        return false
      }
      while let (source, readiness) = reactor.takeReady() { handle(source, readiness, reactor) }
    }
    return true
  }

  private func earliest(_ a: Instant?, _ b: Instant?) -> Instant? {
    guard let a else { return b }
    guard let b else { return a }
    return min(a, b)
  }

  private func handle(_ source: EventSource, _ readiness: Readiness, _ reactor: Reactor) {
    switch source {
    case .signals: if reactor.takeSignal() { hub.post(.shutdown) }
    case .console: readConsole()
    case .lookup: link.lookupReady()
    case .link: link.descriptorReady(readiness)
    case .microphone: microphone?.descriptorReady(readiness)
    case .speaker: speaker?.descriptorReady(readiness)
    case .camera: camera?.descriptorReady(readiness)
    default: if let control, control.owns(source) { control.descriptorReady(source, readiness) }
    }
  }

  /// The timer of a driver of a real device.
  private func timerDue(of source: EventSource) {
    switch source {
    case .microphone: microphone?.timerDue()
    case .speaker: speaker?.timerDue()
    case .camera: camera?.timerDue()
    default: return
    }
  }

  func meet(_ due: Due) {
    switch due {
    case .microphonePeriod: microphone?.periodDue()
    case .speakerRoom: speaker?.roomDue()
    case .speakerSilent: speaker?.silenceDue()
    case .stillExposed: camera?.exposed()
    case .settled(let part): supply(of: part)?.due()
    case .linkUp: link.modelled { $0.upDue() }
    case .linkDelivery: link.modelled { $0.deliveryDue() }
    case .linkArrival: link.modelled { $0.arrivalDue() }
    case .linkTimeout: link.modelled { $0.timeoutDue() }
    case .peer: link.modelled { $0.peerDue() }
    case .buttonUp: pins.buttonUpDue()
    case .silence: pins.silenceDue()
    case .stimulus(let stimulus): act(on: stimulus)
    case .action(let action): action(hub.now())
    case .console:
      readConsole()
      if console?.isOpen == true { hub.agenda.insert(.console, at: hub.now()) }
    case .end: hub.post(.shutdown)
    }
  }

  private func readConsole() {
    console?.read { line in
      switch line {
      case .success(let stimulus): act(on: stimulus)
      case .failure(let error): hub.log("stimulus: " + error.explanation)
      }
    }
  }

  private func finish() {
    guard !hasShutDown else { return }
    hasShutDown = true
    speaker?.finish()
    flushTrace()
  }

  private func flushTrace() {
    guard hub.trace.isTracing else { return }
    hub.trace.flush()
    let failure = hub.trace.failure
    if failure < 0 { hub.log("the trace is given up", DeviceError(system: .processor, "write trace", failure)) }
  }

  private func act(on stimulus: Stimulus) {
    switch stimulus {
    case .press(let time): pins.press(for: time)
    case .button(let isDown): pins.bring(.button, to: isDown)
    case .tap: motion?.tap()
    case .tilt: motion?.tilt()
    case .wear(let isWorn): pins.bring(.wear, to: isWorn)
    case .say(let path): say(path)
    case .look(let path): look(at: path)
    case .battery(let charge): battery?.set(charge: charge)
    case .charging(let isCharging): battery?.set(isCharging: isCharging)
    case .network(let isUp): link.setNetwork(up: isUp)
    case .outage: link.modelled { $0.beginOutage() }
    case .weather(let weather): link.modelled { $0.set(weather) }
    case .temperature(let temperature): thermal?.set(temperature)
    case .time(let time): hub.post(.timeTold(time))
    case .indicatorStuck(let isStuck): pins.isIndicatorStuck = isStuck
    case .type(let text): hub.post(.typed(text))
    case .quit: hub.post(.shutdown)
    }
  }

  private func say(_ path: String) {
    // Reading a long file takes a while.
    let now = hub.now()
    do throws(DeviceError) {
      let bytes = try PlainFile.read(path, limit: SimBoard.longestSound, for: .microphone)
      guard let sound = readSound(bytes, path) else { return }
      guard let microphone else { throw DeviceError(.microphone, "say", .absent) }
      let samples = try Resampling.captured(sound)
      try microphone.hear(samples, at: now)
      pins.hear(until: now + .nanoseconds(Int64(samples.count) * AcousticScene.sampleTime))
    } catch {
      hub.log("say " + path, error)
    }
  }

  private func readSound(_ bytes: [UInt8], _ path: String) -> WAVSound? {
    do throws(WAVError) {
      return try WAVReader.read(bytes)
    } catch {
      hub.log("say " + path + ": " + error.explanation)
      return nil
    }
  }

  private func look(at path: String) {
    do throws(DeviceError) {
      guard let camera else { throw DeviceError(.camera, "look", .absent) }
      try camera.look(at: path)
    } catch {
      hub.log("look " + path, error)
    }
  }

  /// Bytes of a sound file: over a minute of anything that a person says, in the widest format.
  private static let longestSound = 64 * 1024 * 1024

  private static func sink(_ lines: ((Span<UInt8>) -> Void)?, _ path: String?) throws(DeviceError) -> TraceSink {
    if let lines { return TraceSink(.lines(lines)) }
    guard let path else { return TraceSink(.none) }
    return TraceSink(.file(try PlainFile(replacing: path, for: .processor)))
  }

  private static func prefix(_ folder: String?) throws(DeviceError) -> String? {
    guard let folder else { return nil }
    _ = folder.withCString { sotto_make_directory($0, 0o755) }
    return folder + "/"
  }
}
