import CALSA
import CLinux
import HAL
import Units

/// A real microphone through ALSA. The device is opened by `start` and closed by `stop`, so it draws no power in between.
///
/// Sound is read from the device's own buffer where it can be mapped; channels are mixed or selected and the rate is converted
/// only as far as the device forces it. The device runs on over an overrun: what was overwritten is counted to the sample. After a
/// suspend it runs on or begins anew, and the time without sound is counted. A device that went away is told by
/// `deviceFailed`; the next `start` finds it again by its name. While it runs, nothing is allocated.
public final class ALSACapture {
  /// What the driver has done since it was made.
  public struct Counters: Sendable, Hashable {
    /// Samples given out, and samples lost before they could be.
    public var samples: UInt64 = 0
    public var lost: UInt64 = 0
    public var overruns: UInt64 = 0
    public var suspends: UInt64 = 0
    public var starts: UInt64 = 0

    public init() {}
  }

  /// How the running device was set up, for a person.
  public struct Mode: Sendable, Hashable {
    public var rate: Int
    public var channels: Int
    public var format: SampleFormat
    /// Frames.
    public var period: Int
    public var buffer: Int
    public var isMapped: Bool
    public var tellsOnlyPeriods: Bool
  }

  private let host: DriverHost
  private let source: EventSource
  private let name: String
  private let settings: MicrophoneSettings
  private var running: Running?
  private var timer = Appointment<EventSource>()
  public private(set) var counters = Counters()

  /// What belongs to a running device.
  private struct Running {
    var device: PCM
    var watches: ALSAWatches
    var plan: PeriodPlan
    var wakeup: PeriodPlan.Wakeup
    var selected: [Int]
    var clock: CaptureClock
    var resampler: StreamResampler?
    /// Mono samples at the device's rate on their way to the resampler.
    var scratch: [Int16]
    var isAsleep = false
    /// The first samples have come.
    var hasSound = false
  }

  /// Two seconds, so that a busy moment loses nothing.
  private static let buffer: Duration = .milliseconds(2000)
  /// The shortest period that can be asked for.
  private static let shortest: Duration = .milliseconds(10)
  /// Frames taken from the device at a time when they must be converted.
  private static let piece = 1024
  /// A suspended device is asked again after this long.
  private static let resumeInterval: Duration = .milliseconds(20)

  /// `source` is where its descriptors and its timer report; `name` is ALSA's (`default`, `hw:CARD=Array`).
  public init(host: DriverHost, source: EventSource, name: String, settings: MicrophoneSettings = MicrophoneSettings()) {
    self.host = host
    self.source = source
    self.name = name
    self.settings = settings
  }

  deinit { stop() }

  public var mode: Mode? {
    guard let running else { return nil }
    let facts = running.device.facts
    return Mode(
      rate: Int(facts.rate), channels: Int(facts.channels), format: running.device.layout.format, period: Int(facts.period),
      buffer: Int(facts.buffer), isMapped: facts.mapped, tellsOnlyPeriods: facts.batch)
  }

  /// Whether it is up or down as it was asked to be: up with its first samples. What `Board.hasSettled` answers for the microphone.
  public var hasSettled: Bool { running.map { $0.hasSound } ?? true }

  // MARK: Requests

  public func start(period: Duration) throws(DeviceError) {
    guard running == nil else { throw DeviceError(.microphone, "start", .busy) }
    let device = try PCM(
      .microphone, name: name, rate: AudioFormat.captureRate, channels: settings.channels.least,
      period: max(settings.longestPeriod, ALSACapture.shortest), batchPeriod: ALSACapture.shortest, buffer: ALSACapture.buffer)
    guard let selected = settings.channels.channels(of: Int(device.facts.channels)) else {
      throw DeviceError(.microphone, "select channels", .unsupported)
    }
    try ALSAMixer.prepare(settings.mixer, volume: settings.volume, of: name, for: .microphone)
    let needsConversion = device.rate != AudioFormat.captureRate
    running = Running(
      device: device, watches: ALSAWatches(device: device.handle, source: source),
      plan: PeriodPlan(
        rate: device.rate, hardwarePeriod: Int(device.facts.period), buffer: Int(device.facts.buffer),
        tellsOnlyPeriods: device.facts.batch),
      wakeup: .timer(period), selected: selected, clock: CaptureClock(rate: device.rate, start: host.now()),
      resampler: needsConversion ? try StreamResampler(from: device.rate, to: AudioFormat.captureRate) : nil,
      scratch: needsConversion ? [Int16](repeating: 0, count: ALSACapture.piece) : [])
    try check(running!.watches.begin(on: host.reactor), "watch")
    setPeriod(period)
    try check(sotto_pcm_start(device.handle), "start")
    counters.starts += 1
    running!.clock = CaptureClock(rate: device.rate, start: host.now())
    appoint(waiting: 0)
  }

  public func setPeriod(_ period: Duration) {
    guard running != nil else { return }
    let wakeup = running!.plan.wakeup(for: period)
    running!.wakeup = wakeup
    let frames =
      switch wakeup {
      case .descriptor(let frames): frames
      case .timer: running!.plan.silent
      }
    let result = sotto_pcm_set_available(running!.device.handle, UInt32(clamping: frames))
    if result < 0 { host.log("the microphone keeps its period", DeviceError(system: .microphone, "set period", result)) }
    timer.cancel(on: &host.timers)
    appoint(waiting: max(running!.device.look().moment.available, 0))
  }

  public func stop() {
    guard running != nil else { return }
    running!.watches.end(on: host.reactor)
    timer.cancel(on: &host.timers)
    running = nil
    host.withdraw {
      switch $0 {
      case .microphoneReady, .settled(.microphone): true
      default: false
      }
    }
  }

  public func read(into samples: inout MutableSpan<Int16>) throws(DeviceError) -> CaptureBlock {
    guard running != nil else { throw DeviceError(.microphone, "read", .unsupported) }
    guard try isRunning() else { return CaptureBlock(count: 0, firstSample: host.now(), lost: 0) }
    let room = samples.count
    let (count, failure) = samples.withUnsafeMutableBufferPointer { fill($0.baseAddress, room: room) }
    if count == 0, failure < 0 {
      // What was read before the fault goes out first; the fault shows again with the next read.
      if failure == SOTTO_PCM_BROKEN || failure == SOTTO_PCM_SUSPENDED {
        return CaptureBlock(count: 0, firstSample: host.now(), lost: 0)
      }
      try check(Int32(clamping: failure), "read")
    }
    let block = running!.clock.give(count)
    counters.samples += UInt64(count)
    counters.lost += UInt64(block.lost)
    appoint(waiting: max(running!.device.look().moment.available, 0))
    return block
  }

  // MARK: What the board hands over

  public func descriptorReady(_ readiness: Readiness) {
    guard running != nil else { return }
    switch running!.watches.meaning(of: readiness) {
    case .ready:
      noteSound(running!.device.look().moment)
      host.post(.microphoneReady)
    case .nothing: return
    case .broken:
      let (result, moment) = running!.device.look()
      switch (result, sotto_pcm_state(rawValue: UInt32(moment.state))) {
      // The next read mends these.
      case (0, SOTTO_PCM_BROKE), (0, SOTTO_PCM_ASLEEP):
        running!.watches.end(on: host.reactor)
        host.post(.microphoneReady)
      default:
        stop()
        host.post(.deviceFailed(DeviceError(.microphone, "read", .removed, errno: -result)))
      }
    }
  }

  public func timerDue() {
    timer.met()
    guard running != nil else { return }
    if running!.isAsleep { return host.post(.microphoneReady) }
    let (result, moment) = running!.device.look()
    guard result == 0, moment.state != Int32(SOTTO_PCM_GONE.rawValue) else {
      stop()
      return host.post(.deviceFailed(DeviceError(.microphone, "read", .removed, errno: -result)))
    }
    if !running!.hasSound {
      noteSound(moment)
      // A period is told of when a whole one is there.
      return appoint(waiting: max(moment.available, 0))
    }
    host.post(.microphoneReady)
    appoint(waiting: 0)
  }

  /// Tells of the first samples.
  private func noteSound(_ moment: sotto_pcm_moment) {
    guard !running!.hasSound, moment.available > 0 else { return }
    running!.hasSound = true
    host.post(.settled(.microphone))
  }

  // MARK: Reading

  /// Asks the device where it is and mends what can be mended; false while there is nothing to read for now.
  private func isRunning() throws(DeviceError) -> Bool {
    let (result, moment) = running!.device.look()
    try check(result, "ask position")
    switch sotto_pcm_state(rawValue: UInt32(moment.state)) {
    case SOTTO_PCM_GONE: try check(Int32(SOTTO_PCM_REMOVED), "read")
    case SOTTO_PCM_ASLEEP: return try wakeUp()
    case SOTTO_PCM_BROKE:
      counters.overruns += 1
      try beginAnew()
    case SOTTO_PCM_READY: try beginAnew()
    default: pass(moment)
    }
    return true
  }

  /// Notes where the device is, and goes past what it has overwritten.
  private func pass(_ moment: sotto_pcm_moment) {
    var delay = moment.delay
    // The device writes on while the oldest is read: that much of the buffer is not safe.
    let safe = Int64(running!.plan.buffer - running!.plan.rate / 100)
    if moment.available > Int64(running!.plan.buffer) {
      let gone = sotto_pcm_forward(running!.device.handle, Int(moment.available - safe))
      if gone > 0 {
        counters.overruns += 1
        running!.clock.lose(Int(gone))
        delay -= gone
      }
    }
    let at = moment.stamp > 0 ? Instant(nanoseconds: moment.stamp + sotto_boot_offset()) : host.now()
    running!.clock.observe(delay: delay, at: at)
  }

  /// After a suspend: on where it was if the device can, else anew.
  private func wakeUp() throws(DeviceError) -> Bool {
    if !running!.isAsleep { counters.suspends += 1 }
    let result = sotto_pcm_resume(running!.device.handle)
    if result == SOTTO_PCM_AGAIN {
      running!.isAsleep = true
      timer.set(source, at: host.now() + ALSACapture.resumeInterval, on: &host.timers)
      return false
    }
    running!.isAsleep = false
    if result < 0 { try beginAnew() } else { running!.clock.restart(at: host.now()) }
    return true
  }

  /// The device stopped: from here on it runs again.
  private func beginAnew() throws(DeviceError) {
    try check(sotto_pcm_prepare(running!.device.handle), "prepare")
    try check(sotto_pcm_start(running!.device.handle), "restart")
    running!.clock.restart(at: host.now())
    try check(running!.watches.begin(on: host.reactor), "watch")
  }

  /// Fills the caller's memory as far as sound and room reach: samples, and what stopped it when that was a fault.
  private func fill(_ output: UnsafeMutablePointer<Int16>?, room: Int) -> (count: Int, failure: Int64) {
    guard let output else { return (0, 0) }
    var count = 0
    while count < room {
      var bytes: UnsafeMutablePointer<UInt8>?
      let frames = sotto_pcm_map(running!.device.handle, wanted(for: room - count), &bytes)
      guard frames > 0, let bytes else { return (count, frames == Int64(SOTTO_PCM_AGAIN) ? 0 : frames) }
      let (taken, made) = convert(bytes, frames: Int(frames), into: output + count, room: room - count)
      let done = sotto_pcm_commit(running!.device.handle, taken)
      guard done >= 0 else { return (count, done) }
      running!.clock.take(taken)
      count += made
      // The filter gives nothing yet, or the room is used up to less than one sample.
      if taken == 0 { break }
    }
    return (count, 0)
  }

  private func wanted(for room: Int) -> Int {
    guard running!.resampler != nil else { return room }
    return min(ALSACapture.piece, room * running!.plan.rate / AudioFormat.captureRate + 1)
  }

  private func convert(
    _ bytes: UnsafePointer<UInt8>, frames: Int, into output: UnsafeMutablePointer<Int16>, room: Int
  ) -> (taken: Int, made: Int) {
    let layout = running!.device.layout
    guard let resampler = running!.resampler else {
      layout.read(bytes, frames: frames, selected: running!.selected, into: output)
      return (frames, frames)
    }
    let selected = running!.selected
    return running!.scratch.withUnsafeMutableBufferPointer { scratch in
      layout.read(bytes, frames: frames, selected: selected, into: scratch.baseAddress!)
      return resampler.process(scratch.baseAddress!, count: frames, into: output, room: room)
    }
  }

  /// With a timer: the instant when a whole period will wait. Before the first sound a look at short intervals, whatever wakes later.
  private func appoint(waiting frames: Int64) {
    guard let running, !running.isAsleep else { return }
    guard running.hasSound else { return timer.set(source, at: host.now() + ALSACapture.shortest, on: &host.timers) }
    guard case .timer(let period) = running.wakeup else { return }
    let waiting: Duration = .nanoseconds(frames * 1_000_000_000 / Int64(running.plan.rate))
    timer.set(source, at: host.now() + max(period - waiting, .milliseconds(1)), on: &host.timers)
  }

  private func check(_ result: Int32, _ operation: StaticString) throws(DeviceError) {
    guard result < 0 else { return }
    stop()
    throw DeviceError(system: .microphone, operation, result)
  }
}
