import CALSA
import CLinux
import HAL
import Units

/// A real microphone through ALSA. The device is opened by `start` and closed by `stop`, so it draws no power in between.
public final class ALSACapture {
  private let host: DriverHost
  private let name: String
  private var device: OpaquePointer?
  private var watches: ALSAWatches
  /// Samples lost in overruns that no read has reported yet.
  private var lost = 0
  /// When the last read ended, to count what an overrun lost.
  private var lastRead = Instant.zero

  /// The device gathers in steps of 10 ms, the shortest period that can be asked for; longer periods only delay the wakeup.
  private static let step = UInt32(AudioFormat.captureRate / 100)
  /// Two seconds, so that a busy moment loses nothing.
  private static let buffer = UInt32(2 * AudioFormat.captureRate)
  private static let sampleTime = 1_000_000_000 / Int64(AudioFormat.captureRate)

  /// `source` is where its descriptors report; `name` is ALSA's (`default`, `hw:0`).
  public init(host: DriverHost, source: EventSource, name: String) {
    self.host = host
    self.name = name
    watches = ALSAWatches(source: source)
  }

  deinit { stop() }

  public func start(period: Duration) throws(DeviceError) {
    guard device == nil else { throw DeviceError(.microphone, "start", .busy) }
    let result = name.withCString {
      sotto_pcm_open($0, true, UInt32(AudioFormat.captureRate), ALSACapture.step, ALSACapture.buffer, &device)
    }
    try check(result, "open")
    lost = 0
    lastRead = host.now()
    setPeriod(period)
    try check(watches.begin(device!, on: host.reactor), "watch")
    try check(sotto_pcm_start(device), "start")
  }

  public func setPeriod(_ period: Duration) {
    guard let device else { return }
    let samples = UInt32(period.nanoseconds / ALSACapture.sampleTime)
    let result = sotto_pcm_set_available(device, samples)
    if result < 0 { host.log("the microphone keeps its period", DeviceError(system: .microphone, "set period", result)) }
  }

  public func stop() {
    guard let device else { return }
    watches.end(on: host.reactor)
    sotto_pcm_close(device)
    self.device = nil
    host.withdraw { if case .microphoneReady = $0 { true } else { false } }
  }

  public func read(into samples: inout MutableSpan<Int16>) throws(DeviceError) -> CaptureBlock {
    guard let device else { throw DeviceError(.microphone, "read", .unsupported) }
    let waiting = max(sotto_pcm_available(device), 0)
    let count = samples.withUnsafeMutableBufferPointer { sotto_pcm_read(device, $0.baseAddress, $0.count) }
    let now = host.now()
    if count == SOTTO_PCM_BROKEN || count == SOTTO_PCM_SUSPENDED {
      lost += Int((now - lastRead).nanoseconds / ALSACapture.sampleTime)
      lastRead = now
      try check(sotto_pcm_recover(device, Int32(count)), "recover")
      try check(sotto_pcm_start(device), "restart")
      return CaptureBlock(count: 0, firstSample: now, lost: 0)
    }
    if count == SOTTO_PCM_AGAIN { return CaptureBlock(count: 0, firstSample: now, lost: 0) }
    try check(Int32(count), "read")
    defer { lost = 0 }
    lastRead = now
    let first = now - .nanoseconds(max(waiting, count) * ALSACapture.sampleTime)
    return CaptureBlock(count: Int(count), firstSample: first, lost: lost)
  }

  public func descriptorReady(_ readiness: Readiness) {
    guard let device else { return }
    switch watches.meaning(of: readiness, for: device) {
    case .ready: host.post(.microphoneReady)
    case .nothing: return
    case .broken:
      // An overrun is also told this way and is mended by the next read; a device that went away is not.
      if sotto_pcm_available(device) == SOTTO_PCM_BROKEN {
        host.post(.microphoneReady)
      } else {
        watches.end(on: host.reactor)
        host.post(.deviceFailed(DeviceError(.microphone, "read", .removed)))
      }
    }
  }

  private func check(_ result: Int32, _ operation: StaticString) throws(DeviceError) {
    guard result < 0 else { return }
    stop()
    throw DeviceError(system: .microphone, operation, result)
  }
}
