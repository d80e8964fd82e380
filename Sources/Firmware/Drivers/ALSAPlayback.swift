import CALSA
import CLinux
import HAL
import Units

/// A real speaker through ALSA. The device is opened by `start` and closed by `stop`.
///
/// Samples go straight into the device's own buffer where it can be mapped, to all channels, converted in rate only when the
/// hardware forces it. `drop` stops the device, so that nothing of what was queued is heard any more. While it plays, nothing is
/// allocated. A device that went away is told by `deviceFailed`; the next `start` finds it again by its name.
public final class ALSAPlayback {
  private let host: DriverHost
  private let source: EventSource
  private let name: String
  private let settings: SpeakerSettings
  private var running: Running?
  private var timer = Appointment<EventSource>()
  /// Times that it ran out of sound before `drain`.
  public private(set) var underruns = 0
  public private(set) var suspends = 0

  private struct Running {
    var device: PCM
    var watches: ALSAWatches
    var resampler: StreamResampler?
    /// Mono samples at the device's rate, made but not written yet: `scratch[next..<made]`.
    var scratch: [Int16]
    var next = 0
    var made = 0
    /// Zeros that still push the end of the sound out of the resampler's filter.
    var tail = 0
    /// It has said that it takes sound.
    var isUp = false
    /// While it drains: when it has failed if there is still sound.
    var drainEnds: Instant?
  }

  /// 100 ms and 20 ms: a buffer that survives a busy moment, and one Opus frame.
  private static let buffer: Duration = .milliseconds(100)
  private static let period: Duration = .milliseconds(20)
  private static let scratchSamples = 1024
  /// What a device may take longer than its own count of samples says before it has failed to drain.
  private static let drainMargin: Duration = .milliseconds(1000)

  /// `source` is where its descriptors and its timer report; `name` is ALSA's (`default`, `hw:CARD=Amplifier`).
  public init(host: DriverHost, source: EventSource, name: String, settings: SpeakerSettings = SpeakerSettings()) {
    self.host = host
    self.source = source
    self.name = name
    self.settings = settings
  }

  deinit { stop() }

  public var mode: ALSACapture.Mode? {
    guard let facts = running?.device.facts, let layout = running?.device.layout else { return nil }
    return ALSACapture.Mode(
      rate: Int(facts.rate), channels: Int(facts.channels), format: layout.format, period: Int(facts.period),
      buffer: Int(facts.buffer), isMapped: facts.mapped, tellsOnlyPeriods: facts.batch)
  }

  // MARK: Requests

  public func start() throws(DeviceError) {
    guard running == nil else { throw DeviceError(.speaker, "start", .busy) }
    let device = try PCM(
      .speaker, name: name, rate: AudioFormat.playbackRate, channels: 1, period: ALSAPlayback.period,
      batchPeriod: ALSAPlayback.period, buffer: ALSAPlayback.buffer)
    try ALSAMixer.prepare(settings.mixer, volume: settings.volume, of: name, for: .speaker)
    let needsConversion = device.rate != AudioFormat.playbackRate
    running = Running(
      device: device, watches: ALSAWatches(device: device.handle, source: source),
      resampler: needsConversion ? try StreamResampler(from: AudioFormat.playbackRate, to: device.rate) : nil,
      scratch: needsConversion ? [Int16](repeating: 0, count: ALSAPlayback.scratchSamples) : [])
    let watched = running!.watches.begin(on: host.reactor)
    // What stands for a device and cannot be waited for takes sound at once.
    if watched < 0, FailureCause(system: -watched) != .forbidden { try check(watched, "watch") }
    guard watched < 0 else { return }
    running!.isUp = true
    host.post(.speakerReady)
  }

  /// Whether it is up or down as it was asked to be: up once it takes sound. What `Board.hasSettled` answers for the speaker.
  public var hasSettled: Bool { running.map { $0.isUp } ?? true }

  public func write(_ samples: Span<Int16>) throws(DeviceError) -> Int {
    guard running != nil else { throw DeviceError(.speaker, "write", .unsupported) }
    callOffDrain()
    guard samples.count > 0 else { return 0 }
    try revive()
    var (taken, failure) = samples.withUnsafeBufferPointer { feed($0.baseAddress!, count: $0.count) }
    if failure == Int64(SOTTO_PCM_BROKEN) || failure == Int64(SOTTO_PCM_SUSPENDED) {
      // It ran dry since it was asked.
      try revive()
      let rest = samples.extracting(droppingFirst: taken)
      let (more, again) = rest.withUnsafeBufferPointer { rest in
        rest.baseAddress.map { feed($0, count: rest.count) } ?? (0, 0)
      }
      taken += more
      // Once more in the same moment: the next write goes on from here.
      failure = again == Int64(SOTTO_PCM_BROKEN) ? 0 : again
    }
    if failure < 0 { try check(Int32(clamping: failure), "write") }
    // The descriptor is ready whenever there is room: it is watched only while somebody waits for that.
    if taken < samples.count { try check(running!.watches.begin(on: host.reactor), "watch") }
    return taken
  }

  public var pending: Int {
    guard let running else { return 0 }
    let frames = max(running.device.look().moment.delay, 0) + Int64(running.made - running.next)
    let queued = Int(frames * Int64(AudioFormat.playbackRate) / Int64(running.device.rate))
    return queued > 0 || running.tail > 0 ? queued + running.tail : 0
  }

  public func drain() {
    guard running != nil else { return }
    running!.tail = running!.resampler?.latency ?? 0
    pushTail()
    let left = timeLeft()
    running!.drainEnds = host.now() + left + ALSAPlayback.drainMargin
    timer.set(source, at: host.now() + left, on: &host.timers)
  }

  public func drop() {
    guard running != nil else { return }
    callOffDrain()
    host.withdraw { if case .speakerDrained = $0 { true } else { false } }
    silence()
  }

  public func stop() {
    guard running != nil else { return }
    drop()
    running!.watches.end(on: host.reactor)
    running = nil
    host.withdraw {
      switch $0 {
      case .speakerReady, .settled(.speaker): true
      default: false
      }
    }
  }

  // MARK: Volume

  /// Hundredths of the range of the mixer's element that the board names.
  public func set(volume: Percent) throws(DeviceError) { try mixer().set(volume: volume) }

  public func set(isMuted: Bool) throws(DeviceError) { try mixer().set(isMuted: isMuted) }

  private func mixer() throws(DeviceError) -> ALSAMixer {
    guard let element = settings.mixer else { throw DeviceError(.speaker, "find mixer element", .absent) }
    return try ALSAMixer(device: name, element: element, part: .speaker)
  }

  // MARK: What the board hands over

  public func descriptorReady(_ readiness: Readiness) {
    guard running != nil else { return }
    switch running!.watches.meaning(of: readiness) {
    case .nothing: return
    case .ready:
      running!.watches.end(on: host.reactor)
      if !running!.isUp {
        running!.isUp = true
        host.post(.settled(.speaker))
      }
      host.post(.speakerReady)
    case .broken:
      running!.watches.end(on: host.reactor)
      let (result, moment) = running!.device.look()
      switch (result, sotto_pcm_state(rawValue: UInt32(moment.state))) {
      // The next write mends these.
      case (0, SOTTO_PCM_BROKE), (0, SOTTO_PCM_ASLEEP), (0, SOTTO_PCM_READY): host.post(.speakerReady)
      default: fail(DeviceError(.speaker, "write", .removed, errno: -result))
      }
    }
  }

  public func timerDue() {
    timer.met()
    guard running != nil else { return }
    guard let drainEnds = running!.drainEnds else { return }
    let (result, moment) = running!.device.look()
    if result < 0 || moment.state == Int32(SOTTO_PCM_GONE.rawValue) {
      return fail(DeviceError(.speaker, "drain", .removed, errno: -result))
    }
    // A busy moment let it run dry before the end of the sound was in it: the rest follows.
    if moment.state == Int32(SOTTO_PCM_BROKE.rawValue), running!.tail > 0 || running!.next < running!.made {
      underruns += 1
      let prepared = sotto_pcm_prepare(running!.device.handle)
      if prepared < 0 { return fail(DeviceError(system: .speaker, "prepare", prepared)) }
    }
    pushTail()
    // The device's clock is not ours: look again until nothing is left.
    if pending > 0 {
      guard host.now() < drainEnds else { return fail(DeviceError(.speaker, "drain", .timedOut)) }
      return timer.set(source, at: host.now() + timeLeft(), on: &host.timers)
    }
    running!.drainEnds = nil
    // It ran empty as it was asked to: that is no underrun when sound follows.
    silence()
    host.post(.speakerDrained)
  }

  // MARK: Writing

  /// Puts samples into the device: how many were taken, and what stopped it when that was a fault.
  private func feed(_ samples: UnsafePointer<Int16>, count: Int) -> (taken: Int, failure: Int64) {
    guard let resampler = running!.resampler else { return place(samples, count: count) }
    var taken = 0
    while true {
      let failure = placeScratch()
      if failure < 0 || running!.next < running!.made { return (taken, failure) }
      guard taken < count else { return (taken, 0) }
      let (used, made) = running!.scratch.withUnsafeMutableBufferPointer {
        resampler.process(samples + taken, count: count - taken, into: $0.baseAddress!, room: $0.count)
      }
      running!.next = 0
      running!.made = made
      taken += used
    }
  }

  /// Writes what the resampler has made, as far as there is room.
  private func placeScratch() -> Int64 {
    while running!.next < running!.made {
      let next = running!.next
      let count = running!.made - next
      let (placed, failure) = running!.scratch.withUnsafeBufferPointer { place($0.baseAddress! + next, count: count) }
      running!.next += placed
      if failure < 0 || placed == 0 { return failure }
    }
    return 0
  }

  private func place(_ samples: UnsafePointer<Int16>, count: Int) -> (taken: Int, failure: Int64) {
    let device = running!.device
    var placed = 0
    while placed < count {
      var bytes: UnsafeMutablePointer<UInt8>?
      let frames = sotto_pcm_map(device.handle, count - placed, &bytes)
      guard frames > 0, let bytes else { return (placed, frames == Int64(SOTTO_PCM_AGAIN) ? 0 : frames) }
      device.layout.write(samples + placed, frames: Int(frames), into: bytes)
      let done = sotto_pcm_commit(device.handle, Int(frames))
      guard done > 0 else { return (placed, done == Int64(SOTTO_PCM_AGAIN) ? 0 : done) }
      placed += Int(done)
    }
    return (placed, 0)
  }

  /// Makes a device that ran out of sound or was suspended ready for more.
  private func revive() throws(DeviceError) {
    let (result, moment) = running!.device.look()
    try check(result, "ask position")
    switch sotto_pcm_state(rawValue: UInt32(moment.state)) {
    case SOTTO_PCM_GONE: try check(Int32(SOTTO_PCM_REMOVED), "write")
    case SOTTO_PCM_BROKE:
      underruns += 1
      try check(sotto_pcm_prepare(running!.device.handle), "prepare")
    case SOTTO_PCM_ASLEEP:
      suspends += 1
      // What was queued before the suspend is not worth hearing after it.
      try check(sotto_pcm_drop(running!.device.handle), "wake up")
    default: break
    }
  }

  /// While it drains with a resampler: zeros behind the sound, as far as there is room.
  private func pushTail() {
    guard running!.tail > 0 else { return }
    // The filter is shorter than this at every pair of rates.
    let zeros: [64 of Int16] = .init(repeating: 0)
    while running!.tail > 0 {
      let (taken, failure) = zeros.span.withUnsafeBufferPointer { feed($0.baseAddress!, count: min($0.count, running!.tail)) }
      running!.tail -= taken
      if failure < 0 || taken == 0 { return }
    }
    _ = placeScratch()
  }

  // MARK: Silence

  private func silence() {
    running!.resampler?.reset()
    running!.next = 0
    running!.made = 0
    running!.tail = 0
    let result = sotto_pcm_drop(running!.device.handle)
    if result < 0 { host.log("the speaker was not silenced", DeviceError(system: .speaker, "drop", result)) }
  }

  private func callOffDrain() {
    guard running!.drainEnds != nil else { return }
    running!.drainEnds = nil
    running!.tail = 0
    timer.cancel(on: &host.timers)
  }

  /// At least a millisecond, so that a device that counts slowly is not asked without end.
  private func timeLeft() -> Duration {
    .nanoseconds(max(Int64(pending) * 1_000_000_000 / Int64(AudioFormat.playbackRate), 1_000_000))
  }

  private func fail(_ error: DeviceError) {
    stop()
    host.post(.deviceFailed(error))
  }

  private func check(_ result: Int32, _ operation: StaticString) throws(DeviceError) {
    guard result < 0 else { return }
    stop()
    throw DeviceError(system: .speaker, operation, result)
  }
}
