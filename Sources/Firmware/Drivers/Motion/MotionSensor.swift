import CLinux
import HAL
import Units

/// The accelerometer of a real board: taps by the chip's own event, tilts by readings while somebody asks for them.
///
/// A chip that is missing or goes away is told once and looked for when the kernel has news of such devices. While nobody taps and
/// no tilt is watched for it wakes nobody.
public final class MotionSensor: Motion {
  public typealias Open = (_ name: String, _ tap: String) -> Result<any MotionChip, MotionChipError>

  private let host: DriverHost
  private let source: EventSource
  private let name: String
  private let wiring: MotionWiring
  private let tap: MotionEventName
  private let open: Open
  private var chip: (any MotionChip)?
  private var events: [MotionEvent] = []
  private var lastTap: Instant?
  private var detector: TiltDetector?
  private var timer = Appointment<EventSource>()
  /// Taps that were told, and events of the chip that were none.
  public private(set) var taps: UInt64 = 0
  public private(set) var others: UInt64 = 0

  /// One knock rings on: what follows within this time is the same.
  private static let knock = Duration.milliseconds(250)
  /// Fifteen readings within the time that a head must stay bent would be many: six tell enough.
  private static let interval = Duration.milliseconds(50)
  private static let mostEvents = 16

  /// `source` is where the chip's descriptor and the timer report. `name` is the device's. An event name that is none is refused.
  public init(
    host: DriverHost, source: EventSource, name: String, wiring: MotionWiring,
    open: @escaping Open = { KernelMotionChip.open($0, tap: $1) }
  ) throws(DeviceError) {
    guard let tap = MotionEventName(wiring.tapEvent) else { throw DeviceError(.motion, "name tap event", .malformed) }
    self.host = host
    self.source = source
    self.name = name
    self.wiring = wiring
    self.tap = tap
    self.open = open
    events.reserveCapacity(MotionSensor.mostEvents)
    do throws(DeviceError) {
      try find()
    } catch {
      host.log("the accelerometer is missing", error)
    }
  }

  deinit { letGo() }

  public var isThere: Bool { chip != nil }

  // MARK: Motion

  public func watchTilt() throws(DeviceError) {
    guard let degrees = wiring.tilt, detector == nil else { return }
    if chip == nil { try find() }
    detector = TiltDetector(degrees: degrees)
    timer.set(source, at: host.now() + MotionSensor.interval, on: &host.timers)
  }

  public func ignoreTilt() {
    detector = nil
    timer.cancel(on: &host.timers)
    host.withdraw { if case .tilted = $0 { true } else { false } }
  }

  // MARK: What happens

  public func descriptorReady(_ readiness: Readiness) {
    guard let chip else { return }
    events.removeAll(keepingCapacity: true)
    let result = chip.takeEvents(into: &events)
    for event in events { take(event) }
    if result < 0 { return lose("take events", result) }
    if readiness.isBroken { lose("take events", MotionSensor.gone) }
  }

  private static let gone: Int32 = -19  // -ENODEV

  private func take(_ event: MotionEvent) {
    guard event.name == tap else {
      others += 1
      return
    }
    let at = event.at ?? host.now()
    defer { lastTap = at }
    if let lastTap, at - lastTap < MotionSensor.knock { return }
    taps += 1
    host.post(.tapped(at: at))
  }

  public func timerDue() {
    timer.met()
    guard let chip, detector != nil else { return }
    var reading = MotionReading(0, 0, 0)
    let result = chip.read(into: &reading)
    if result < 0 { return lose("read", result) }
    let now = host.now()
    let isTilted =
      switch wiring.sideAxis {
      case .x: detector!.take(side: reading.x, reading.y, reading.z, at: now)
      case .y: detector!.take(side: reading.y, reading.x, reading.z, at: now)
      case .z: detector!.take(side: reading.z, reading.x, reading.y, at: now)
      }
    if isTilted { host.post(.tilted(at: now)) }
    timer.set(source, at: now + MotionSensor.interval, on: &host.timers)
  }

  /// The kernel told of its devices.
  public func handle(_ news: DeviceNews) {
    guard news.concerns(.motion) else { return }
    if let chip {
      if !chip.isThere { lose("read", MotionSensor.gone) }
      return
    }
    do throws(DeviceError) {
      try find()
      host.log("the accelerometer is there")
    } catch {
      // It was told before, or is another's news.
      if error.cause != .absent { host.log("the accelerometer is missing", error) }
    }
  }

  // MARK: Losing and finding

  private func find() throws(DeviceError) {
    switch open(name, wiring.tapEvent) {
    case .failure(let error): throw DeviceError(system: .motion, error.operation, -error.errno)
    case .success(let found):
      let watched = host.reactor.watch(found.descriptor, SOTTO_READABLE, for: source)
      if watched < 0 {
        found.close()
        throw DeviceError(system: .motion, "watch", watched)
      }
      chip = found
    }
  }

  private func letGo() {
    timer.cancel(on: &host.timers)
    detector = nil
    guard let chip else { return }
    host.reactor.unwatch(chip.descriptor)
    chip.close()
    self.chip = nil
  }

  private func lose(_ operation: StaticString, _ result: Int32) {
    letGo()
    host.post(.deviceFailed(DeviceError(system: .motion, operation, result)))
  }
}
