import CLinux
import HAL
import Units

/// The pins of a real board: button, wear sensor and the line that tells of sound as inputs with edges, the indicator as an output, the line that senses its light where there
/// is one, and the output that is active during the privacy hold.
///
/// A line is there or missing. It is missing when it could not be requested, and when its chip went away:
/// ```
///            1 requested                      2 a call or the descriptor fails; news of a chip that went
///  missing ───────────────▶ there ─────────────────────────────────────────────────────────────▶ missing
///     ▲ │ 3 news of a chip, or the next try
///     └─┘
/// ```
/// A loss is told as `deviceFailed` with its reason; an input that is lost while active is reported inactive first, so that nobody goes on holding the
/// button or wearing the glasses. A line that comes back is reported as the edge that it made meanwhile, and an output takes the
/// level that was wished last. With the kernel's news of devices at hand nothing is tried between them, so that a missing line wakes nobody.
public final class GPIOPins: Pins {
  public typealias Request = (LineDescription, LineUse) -> Result<any GPIOLine, LineError>

  private struct Slot {
    let name: StaticString
    let part: Part
    /// The input that it is, for those that report.
    let input: InputLine?
    let description: LineDescription?
    var use: LineUse
    var line: (any GPIOLine)?
    var failure: Int32 = 0
    var wasThere = false
    /// The level that was reported last, or wished for.
    var isActive = false
    /// It is to be requested: nobody is woken by edges that are not wanted.
    var isWanted = true

    /// It should be there, and is not.
    var isMissing: Bool { description != nil && isWanted && line == nil }
  }

  private let host: DriverHost
  private let source: EventSource
  private let request: Request
  private let hearsNews: Bool
  private var slots: [Slot]
  private var edges: [LineEdge] = []
  private var retry = Appointment<EventSource>()
  private var tries = 0
  /// Until when the sense line may take to follow the light; nil when it has, or had the time.
  private var lightDue: Instant?
  private var lightLook = Appointment<EventSource>()

  private static let sound = 2
  private static let indicator = 3
  private static let sense = 4
  private static let privacy = 5
  /// The kernel filters the fast part of a bounce, so that it does not wake the program; the rest of the time that a level must hold
  /// is measured by the firmware.
  private static let kernelShareOfDebounce = 4
  /// A new chip's node may belong to us only once udev has been there: 50 ms doubled six times is over three seconds.
  private static let firstRetry = Duration.milliseconds(50)
  private static let mostRetries = 6
  /// Between tries where the system does not tell of devices.
  private static let blindRetry = Duration.seconds(60)
  private static let mostEdges = 64
  /// A diode behind a driver with a bus or a soft start follows within a few milliseconds; what takes longer is dark.
  private static let lightTime = Duration.milliseconds(50)
  private static let lightInterval = Duration.milliseconds(5)

  /// `source` is where its lines and its timer report. With `hearsNews` the board hands over the kernel's news; without, missing lines are
  /// tried again once a minute.
  public init(
    host: DriverHost, source: EventSource, lines: LineDescriptions, debounce: Duration, hearsNews: Bool,
    request: @escaping Request = KernelLine.request
  ) {
    self.host = host
    self.source = source
    self.request = request
    self.hearsNews = hearsNews
    let filter = Duration.nanoseconds(debounce.nanoseconds / Int64(GPIOPins.kernelShareOfDebounce))
    slots = [
      Slot(name: "button", part: .pins, input: .button, description: lines.button, use: .edges(debounce: filter)),
      Slot(name: "wear", part: .pins, input: .wear, description: lines.wear, use: .edges(debounce: .zero)),
      Slot(name: "sound", part: .pins, input: .sound, description: lines.sound, use: .edges(debounce: .zero)),
      Slot(name: "indicator", part: .indicator, input: nil, description: lines.indicator, use: .output(active: false)),
      Slot(name: "indicator-sense", part: .indicator, input: nil, description: lines.indicatorSense, use: .sense),
      Slot(name: "privacy", part: .pins, input: nil, description: lines.privacy, use: .output(active: false)),
    ]
    slots[GPIOPins.sound].isWanted = false
    edges.reserveCapacity(GPIOPins.mostEdges)
    for index in slots.indices { begin(index) }
    if !isComplete { scheduleRetry() }
  }

  private func begin(_ index: Int) {
    guard slots[index].isMissing else { return }
    open(index)
    if let line = slots[index].line {
      // What it is at the start is asked for, not reported.
      slots[index].isActive = slots[index].input != nil && line.level() == 1
    } else {
      host.log("the line \"" + text(slots[index].name) + "\" is missing", error(index, "request"))
    }
  }

  deinit {
    for index in slots.indices { release(index) }
    retry.cancel(on: &host.timers)
    lightLook.cancel(on: &host.timers)
  }

  // MARK: Pins

  public func has(_ line: InputLine) -> Bool { slots[Int(line.rawValue)].description != nil }

  /// A board without an indicator still has the line, which then refuses: no capture without the light.
  public func has(_ line: OutputLine) -> Bool { line == .indicator || slots[GPIOPins.slot(of: line)].description != nil }

  private static func slot(of line: OutputLine) -> Int {
    switch line {
    case .indicator: indicator
    case .privacy: privacy
    }
  }

  public func attend(_ line: InputLine, _ wanted: Bool) {
    let index = Int(line.rawValue)
    guard line == .sound, slots[index].isWanted != wanted else { return }
    slots[index].isWanted = wanted
    guard wanted else { return release(index) }
    begin(index)
    if !isComplete { scheduleRetry() }
  }

  public func level(of line: InputLine) throws(DeviceError) -> Bool { try level(Int(line.rawValue)) }

  public func set(_ line: OutputLine, active: Bool) throws(DeviceError) {
    let index = GPIOPins.slot(of: line)
    slots[index].isActive = active
    slots[index].use = .output(active: active)
    guard let line = slots[index].line else { throw error(index, "set") }
    let result = line.set(active: active)
    if result < 0 { throw failed(index, "set", result) }
    if index == GPIOPins.indicator { awaitLight() }
  }

  // MARK: The light

  /// Whether the sense line tells that the light has followed what was set, or has had the time to; `BoardEvent.settled` tells when.
  public var hasLightSettled: Bool { lightDue == nil }

  private func awaitLight() {
    lightDue = nil
    lightLook.cancel(on: &host.timers)
    guard let sense = slots[GPIOPins.sense].line, !followed(sense) else { return }
    lightDue = host.now() + GPIOPins.lightTime
    lightLook.set(source, at: host.now() + GPIOPins.lightInterval, on: &host.timers)
  }

  /// Also when it cannot tell: the read-back that follows says why.
  private func followed(_ sense: any GPIOLine) -> Bool {
    let level = sense.level()
    return level < 0 || (level == 1) == slots[GPIOPins.indicator].isActive
  }

  private func lookAtLight() {
    lightLook.met()
    guard let due = lightDue else { return }
    let now = host.now()
    if now < due, let sense = slots[GPIOPins.sense].line, !followed(sense) {
      return lightLook.set(source, at: now + GPIOPins.lightInterval, on: &host.timers)
    }
    lightDue = nil
    host.post(.settled(.indicator))
  }

  public func readBack(_ line: OutputLine) throws(DeviceError) -> Bool {
    let isSensed = line == .indicator && slots[GPIOPins.sense].description != nil
    return try level(isSensed ? GPIOPins.sense : GPIOPins.slot(of: line))
  }

  private func level(_ index: Int) throws(DeviceError) -> Bool {
    guard let line = slots[index].line else { throw error(index, "read") }
    let result = line.level()
    if result < 0 { throw failed(index, "read", result) }
    return result == 1
  }

  // MARK: What happens

  public func descriptorReady(_ readiness: Readiness) {
    for index in slots.indices where slots[index].input != nil { take(index) }
    guard readiness.isBroken else { return }
    for index in slots.indices { check(index) }
  }

  /// The kernel told of its devices.
  public func handle(_ news: DeviceNews) {
    guard news.concerns(.gpio) || news.concerns(.input) else { return }
    for index in slots.indices { check(index) }
    reopen()
    tries = 0
    if !isComplete { scheduleRetry() }
  }

  public func timerDue() {
    // Both wait under one source: the earlier has come.
    if let look = lightLook.due, retry.due.map({ look <= $0 }) ?? true { return lookAtLight() }
    retry.met()
    tries += 1
    reopen()
    if !isComplete { scheduleRetry() }
  }

  private func take(_ index: Int) {
    guard let line = slots[index].line else { return }
    edges.removeAll(keepingCapacity: true)
    let result = line.takeEdges(into: &edges)
    for edge in edges { report(index, edge.active, at: edge.at) }
    if result < 0 { return lose(index, result) }
    // The kernel drops edges that find its buffer full: the level tells what the last of them said.
    guard !edges.isEmpty else { return }
    let level = line.level()
    if level < 0 { return lose(index, level) }
    report(index, level == 1, at: host.now())
  }

  private func report(_ index: Int, _ active: Bool, at: Instant) {
    guard let input = slots[index].input, slots[index].isActive != active else { return }
    slots[index].isActive = active
    host.post(.edge(input, active: active, at: at))
  }

  /// Finds out whether a line that seems to be there still is.
  private func check(_ index: Int) {
    guard let line = slots[index].line else { return }
    let result = line.level()
    if result < 0 { lose(index, result) }
  }

  // MARK: Losing and finding lines

  private func open(_ index: Int) {
    guard let description = slots[index].description else { return }
    switch request(description, slots[index].use) {
    case .failure(let error): slots[index].failure = -error.errno
    case .success(let line):
      if line.descriptor >= 0 {
        let watched = host.reactor.watch(line.descriptor, SOTTO_READABLE, for: source)
        if watched < 0 {
          line.close()
          slots[index].failure = watched
          return
        }
      }
      slots[index].failure = 0
      slots[index].wasThere = true
      slots[index].line = line
    }
  }

  private func reopen() {
    for index in slots.indices where slots[index].isMissing {
      open(index)
      guard let line = slots[index].line else { continue }
      host.log("the line \"" + text(slots[index].name) + "\" is there")
      let level = line.level()
      if level < 0 { lose(index, level) } else { report(index, level == 1, at: host.now()) }
    }
  }

  private func release(_ index: Int) {
    guard let line = slots[index].line else { return }
    if line.descriptor >= 0 { host.reactor.unwatch(line.descriptor) }
    line.close()
    slots[index].line = nil
  }

  private func lose(_ index: Int, _ result: Int32) {
    release(index)
    slots[index].failure = result
    let error = error(index, "read")
    host.log("the line \"" + text(slots[index].name) + "\" was lost", error)
    report(index, false, at: host.now())
    host.post(.deviceFailed(error))
    tries = 0
    scheduleRetry()
  }

  /// The error of a call that failed; a line that is gone is lost.
  private func failed(_ index: Int, _ operation: StaticString, _ result: Int32) -> DeviceError {
    if result == LineError.gone { lose(index, result) }
    return DeviceError(system: slots[index].part, operation, result)
  }

  /// Why a line is missing.
  private func error(_ index: Int, _ operation: StaticString) -> DeviceError {
    guard slots[index].failure < 0 else { return DeviceError(slots[index].part, operation, .absent) }
    var error = DeviceError(system: slots[index].part, operation, slots[index].failure)
    if error.cause == .absent, slots[index].wasThere { error.cause = .removed }
    return error
  }

  private var isComplete: Bool { slots.allSatisfy { !$0.isMissing } }

  private func scheduleRetry() {
    if tries < GPIOPins.mostRetries {
      let wait = Duration.nanoseconds(GPIOPins.firstRetry.nanoseconds << Int64(tries))
      retry.set(source, at: host.now() + wait, on: &host.timers)
    } else if !hearsNews {
      retry.set(source, at: host.now() + GPIOPins.blindRetry, on: &host.timers)
    }
  }

  private func text(_ name: StaticString) -> String { name.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}
