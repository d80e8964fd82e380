import CLinux
import Drivers
import HAL
import Units

/// A real board: the drivers of Linux, wired as the board's file says (`BoardDescription.devices` and `lines`).
///
/// A part that the file names is present, also while its device is unplugged: each use then fails with the reason, and the
/// first use after it came back works. A part that the file does not name is nil. One thread waits in one `epoll_wait`; the drivers and the
/// runtime share one timer. The kernel's news of devices wakes it when something comes, goes or changes, and nothing is polled.
public final class LinuxBoard: Board {
  public let camera: V4L2Camera?
  public let microphone: ALSACapture?
  public let speaker: ALSAPlayback?
  public let display: DRMDisplay?
  public let pins: GPIOPins
  public let link: TCPLink
  public let battery: PowerSupply?
  public let thermal: ThermalZones?
  public let motion: MotionSensor?
  public let storage: FileStorage
  public let control: ControlSocket?

  private let host: DriverHost
  private let sink: TraceSink
  private let news: DeviceNewsMonitor?
  private var sleep: SleepCycle
  /// The deadline had come when `next` returned something else: it is returned next.
  private var owesDeadline = false
  private var traceFailed = false

  /// `log` is told plain words for a person: what is missing, lost or back.
  public init(_ description: BoardDescription, options: Options, log: @escaping (String) -> Void) throws(DeviceError) {
    sink = TraceSink(
      try options.tracePath.map { path throws(DeviceError) in .file(try PlainFile(replacing: path, for: .processor)) } ?? .none)
    let reactor = try Reactor(signals: options.handlesSignals ? .signals : nil)
    let host = DriverHost(reactor: reactor, events: EventQueue(), log: BoardLog(trace: sink, sink: log))
    self.host = host
    news = LinuxBoard.listen(on: host)
    let devices = description.devices
    camera = devices.camera.map {
      V4L2Camera(host: host, source: .camera, name: $0, settings: CameraSettings(description.camera))
    }
    display = try devices.display.map { name throws(DeviceError) in try LinuxBoard.display(name, description, host) }
    microphone = devices.microphone.map {
      let settings = MicrophoneSettings(description.microphone, description.listening)
      return ALSACapture(host: host, source: .microphone, name: $0, settings: settings)
    }
    speaker = devices.speaker.map {
      ALSAPlayback(host: host, source: .speaker, name: $0, settings: SpeakerSettings(description.speaker))
    }
    battery = devices.battery.map { PowerSupply(host: host, folder: $0) }
    thermal = devices.thermal.map { ThermalZones(host: host, folder: $0) }
    motion = try devices.motion.map { name throws(DeviceError) in
      try MotionSensor(host: host, source: .motion, name: name, wiring: description.motion)
    }
    pins = GPIOPins(
      host: host, source: .pins, lines: description.lines, debounce: description.button.debounce, hearsNews: news != nil)
    link = TCPLink(host: host, socket: .link, lookup: .lookup)
    storage = try FileStorage(folder: options.stateFolder)
    control = try ControlSocket.open(host: host, at: options.control, source: .control)
    sleep = SleepCycle(SystemSleep(folder: options.powerFolder, wakeSources: devices.wakeSources, note: { host.log($0, $1) }))
  }

  public func now() -> Instant { host.now() }

  public func hasSettled(_ part: Part) -> Bool {
    switch part {
    case .camera: camera?.hasSettled ?? true
    case .microphone: microphone?.hasSettled ?? true
    case .speaker: speaker?.hasSettled ?? true
    case .display: display?.hasSettled ?? true
    case .indicator: pins.hasLightSettled
    // The link has events of its own; of the others nothing is switched.
    case .processor, .link, .pins, .battery, .thermal, .storage, .motion: true
    }
  }

  public var wakeups: UInt64 { host.reactor.wakeups + sleep.resumes }
  public var processorTime: Duration? { .nanoseconds(sotto_processor_time()) }
  public func giveBackMemory() { sotto_give_back_memory() }
  public var isTracing: Bool { sink.isTracing }
  public func trace(_ line: Span<UInt8>) { sink.write(line) }

  private static func display(
    _ name: String, _ description: BoardDescription, _ host: DriverHost
  ) throws(DeviceError) -> DRMDisplay {
    guard let card = DisplayName(name) else { throw DeviceError(.display, "name", .malformed) }
    guard let turn = Turn(rawValue: description.panel.rotation) else { throw DeviceError(.display, "turn", .unsupported) }
    let settings = DRMDisplay.Settings(name: card, turn: turn, tone: description.panel.tone)
    return DRMDisplay(host: host, source: .display, geometry: description.display, settings: settings)
  }

  /// Without the kernel's news the board runs, but learns of what comes and goes only by using it.
  private static func listen(on host: DriverHost) -> DeviceNewsMonitor? {
    do throws(DeviceError) {
      return try DeviceNewsMonitor(host: host, source: .news)
    } catch {
      host.log("the kernel does not tell of devices", error)
      return nil
    }
  }

  // MARK: The one place where the program waits

  public private(set) var lastIdle: IdleSpell?

  /// The supply is switched off by whoever started the program; the trace is kept.
  public func powerOff(_ ending: Ending) { flushTrace() }

  public func next(before deadline: Instant?, idling kind: IdleKind) -> BoardEvent {
    sleep.begin()
    let event = wait(before: deadline, idling: kind)
    lastIdle = sleep.spell
    if case .shutdown = event { flushTrace() }
    return event
  }

  private func wait(before deadline: Instant?, idling kind: IdleKind) -> BoardEvent {
    var hasLooked = false
    while true {
      if owesDeadline, let deadline, deadline <= host.now() {
        owesDeadline = false
        return .deadline
      }
      if let event = host.events.take() {
        if let deadline { owesDeadline = deadline <= host.now() }
        return event
      }
      owesDeadline = false
      if link.hasMore {
        link.askedForMore()
        host.post(.linkReadable)
      }
      if host.events.isEmpty, let source = host.timers.takeDue(at: host.now()) { timerDue(source) }
      if !host.events.isEmpty { continue }
      if let due = host.timers.nextDue, due <= host.now() { continue }

      let isDue = deadline.map { $0 <= host.now() } ?? false
      if isDue, hasLooked { return .deadline }
      let until = isDue ? nil : earliest(deadline, host.timers.nextDue)
      guard isDue ? look() : rest(until: until, idling: kind) else {
        host.log("the system does not let the program wait any more")
        return .shutdown
      }
      hasLooked = isDue
    }
  }

  private func look() -> Bool {
    guard host.reactor.look() else { return false }
    dispatch()
    return true
  }

  /// Waits for a descriptor or the instant, as deep as the system goes and `kind` allows.
  private func rest(until instant: Instant?, idling kind: IdleKind) -> Bool {
    flushTrace()
    switch sleep.plan(kind, until: instant, host) {
    case .wait:
      guard host.reactor.wait(until: instant) else { return false }
      dispatch()
      return true
    case .down(let kind, let count):
      // What happened since the count was read is found here; what happens from now on turns the system back.
      guard look() else { return false }
      if host.events.isEmpty { sleep.goDown(kind, after: count, host) }
      return look()
    }
  }

  private func dispatch() {
    while let (source, readiness) = host.reactor.takeReady() { ready(source, readiness) }
  }

  private func ready(_ source: EventSource, _ readiness: Readiness) {
    switch source {
    case .signals: if host.reactor.takeSignal() { host.post(.shutdown) }
    case .news: news?.descriptorReady { heard($0) }
    case .pins: pins.descriptorReady(readiness)
    case .lookup: link.lookupReady()
    case .link: link.descriptorReady(readiness)
    case .microphone: microphone?.descriptorReady(readiness)
    case .speaker: speaker?.descriptorReady(readiness)
    case .display: display?.descriptorReady(readiness)
    case .motion: motion?.descriptorReady(readiness)
    case .camera: camera?.descriptorReady(readiness)
    default: if let control, control.owns(source) { control.descriptorReady(source, readiness) }
    }
  }

  private func timerDue(_ source: EventSource) {
    switch source {
    case .pins: pins.timerDue()
    case .microphone: microphone?.timerDue()
    case .speaker: speaker?.timerDue()
    case .camera: camera?.timerDue()
    case .display: display?.timerDue()
    case .motion: motion?.timerDue()
    default: return
    }
  }

  private func heard(_ news: DeviceNews) {
    pins.handle(news)
    battery?.handle(news)
    thermal?.handle(news)
    motion?.handle(news)
  }

  private func earliest(_ a: Instant?, _ b: Instant?) -> Instant? {
    guard let a else { return b }
    guard let b else { return a }
    return min(a, b)
  }

  private func flushTrace() {
    guard sink.isTracing else { return }
    sink.flush()
    if sink.failure < 0, !traceFailed {
      traceFailed = true
      host.log("the trace is given up", DeviceError(system: .processor, "write trace", sink.failure))
    }
  }
}
