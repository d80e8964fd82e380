import CALSA
import CLinux
import HAL
import Units

/// A real speaker through ALSA. The device is opened by `start` and closed by `stop`.
public final class ALSAPlayback {
  private let host: DriverHost
  private let source: EventSource
  private let name: String
  private var device: OpaquePointer?
  private var watches: ALSAWatches
  private var silence = Appointment<EventSource>()
  /// Times that it ran out of sound before `drain`.
  public private(set) var underruns = 0

  /// 100 ms and 20 ms: a buffer that survives a busy moment, and one Opus frame.
  private static let buffer = UInt32(AudioFormat.playbackRate / 10)
  private static let period = UInt32(AudioFormat.playbackRate / 50)

  /// `source` is where its descriptors and its timer report; `name` is ALSA's (`default`, `hw:0`).
  public init(host: DriverHost, source: EventSource, name: String) {
    self.host = host
    self.source = source
    self.name = name
    watches = ALSAWatches(source: source)
  }

  deinit { stop() }

  public func start() throws(DeviceError) {
    guard device == nil else { throw DeviceError(.speaker, "start", .busy) }
    let result = name.withCString {
      sotto_pcm_open($0, false, UInt32(AudioFormat.playbackRate), ALSAPlayback.period, ALSAPlayback.buffer, &device)
    }
    try check(result, "open")
    host.post(.speakerReady)
  }

  public func write(_ samples: Span<Int16>) throws(DeviceError) -> Int {
    guard let device else { throw DeviceError(.speaker, "write", .unsupported) }
    silence.cancel(on: &host.timers)
    guard samples.count > 0 else { return 0 }
    var count = samples.withUnsafeBufferPointer { sotto_pcm_write(device, $0.baseAddress, $0.count) }
    if count == SOTTO_PCM_BROKEN || count == SOTTO_PCM_SUSPENDED {
      underruns += 1
      try check(sotto_pcm_recover(device, Int32(count)), "recover")
      count = samples.withUnsafeBufferPointer { sotto_pcm_write(device, $0.baseAddress, $0.count) }
    }
    if count == SOTTO_PCM_AGAIN { count = 0 }
    try check(Int32(count), "write")
    // The descriptor is ready whenever there is room: it is watched only while somebody waits for that.
    if Int(count) < samples.count { try check(watches.begin(device, on: host.reactor), "watch") }
    return Int(count)
  }

  public var pending: Int {
    guard let device else { return 0 }
    return Int(max(sotto_pcm_delay(device), 0))
  }

  public func drain() {
    guard device != nil else { return }
    silence.set(source, at: host.now() + timeLeft(), on: &host.timers)
  }

  public func drop() {
    guard let device else { return }
    silence.cancel(on: &host.timers)
    host.withdraw { if case .speakerDrained = $0 { true } else { false } }
    let result = sotto_pcm_drop(device)
    if result < 0 { host.log("the speaker was not silenced", DeviceError(system: .speaker, "drop", result)) }
  }

  public func stop() {
    guard let device else { return }
    drop()
    watches.end(on: host.reactor)
    sotto_pcm_close(device)
    self.device = nil
    host.withdraw { if case .speakerReady = $0 { true } else { false } }
  }

  /// The timer of its source has come.
  public func timerDue() {
    silence.met()
    guard let device else { return }
    // The device's clock is not ours: look again until nothing is left.
    if pending > 0 {
      silence.set(source, at: host.now() + timeLeft(), on: &host.timers)
    } else {
      // It ran empty as it was asked to: that is no underrun when sound follows.
      _ = sotto_pcm_drop(device)
      host.post(.speakerDrained)
    }
  }

  public func descriptorReady(_ readiness: Readiness) {
    guard let device else { return }
    switch watches.meaning(of: readiness, for: device) {
    case .nothing: return
    case .ready:
      watches.end(on: host.reactor)
      host.post(.speakerReady)
    case .broken:
      watches.end(on: host.reactor)
      if sotto_pcm_available(device) == SOTTO_PCM_BROKEN {
        host.post(.speakerReady)
      } else {
        host.post(.deviceFailed(DeviceError(.speaker, "write", .removed)))
      }
    }
  }

  /// At least a millisecond, so that a device that counts slowly is not asked without end.
  private func timeLeft() -> Duration {
    .nanoseconds(max(Int64(pending) * 1_000_000_000 / Int64(AudioFormat.playbackRate), 1_000_000))
  }

  private func check(_ result: Int32, _ operation: StaticString) throws(DeviceError) {
    guard result < 0 else { return }
    stop()
    throw DeviceError(system: .speaker, operation, result)
  }
}
