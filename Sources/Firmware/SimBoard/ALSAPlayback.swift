import CALSA
import CLinux
import HAL
import Units

/// A real speaker through ALSA. The device is opened by `start` and closed by `stop`.
final class ALSAPlayback {
  private let hub: Hub
  private let name: String
  private var device: OpaquePointer?
  private var watches = ALSAWatches(source: .speaker)
  private var silence = Appointment()
  private(set) var underruns = 0

  init(hub: Hub, name: String) {
    self.hub = hub
    self.name = name
  }

  deinit { stop() }

  func start() throws(DeviceError) {
    guard device == nil else { throw DeviceError(.speaker, "start", .busy) }
    guard hub.reactor != nil else { throw DeviceError(.speaker, "start", .unsupported) }
    let result = name.withCString {
      sotto_pcm_open($0, false, UInt32(AudioFormat.playbackRate), UInt32(FileVoice.period), UInt32(FileVoice.capacity), &device)
    }
    try check(result, "open")
    hub.post(.speakerReady)
  }

  func write(_ samples: Span<Int16>) throws(DeviceError) -> Int {
    guard let device, let reactor = hub.reactor else { throw DeviceError(.speaker, "write", .unsupported) }
    silence.cancel(on: hub)
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
    if Int(count) < samples.count { try check(watches.begin(device, on: reactor), "watch") }
    return Int(count)
  }

  var pending: Int {
    guard let device else { return 0 }
    return Int(max(sotto_pcm_delay(device), 0))
  }

  func drain() {
    guard device != nil else { return }
    silence.set(.speakerSilent, at: hub.now() + timeLeft(), on: hub)
  }

  func drop() {
    guard let device else { return }
    silence.cancel(on: hub)
    hub.withdraw { if case .speakerDrained = $0 { true } else { false } }
    let result = sotto_pcm_drop(device)
    if result < 0 { hub.log("the speaker was not silenced", DeviceError(system: .speaker, "drop", result)) }
  }

  func stop() {
    guard let device else { return }
    drop()
    if let reactor = hub.reactor { watches.end(on: reactor) }
    sotto_pcm_close(device)
    self.device = nil
    hub.withdraw { if case .speakerReady = $0 { true } else { false } }
  }

  func silenceDue() {
    silence.met()
    guard let device else { return }
    // The device's clock is not ours: look again until nothing is left.
    if pending > 0 {
      silence.set(.speakerSilent, at: hub.now() + timeLeft(), on: hub)
    } else {
      // It ran empty as it was asked to: that is no underrun when sound follows.
      _ = sotto_pcm_drop(device)
      hub.post(.speakerDrained)
    }
  }

  func descriptorReady(_ readiness: Readiness) {
    guard let device, let reactor = hub.reactor else { return }
    switch watches.meaning(of: readiness, for: device) {
    case .nothing: return
    case .ready:
      watches.end(on: reactor)
      hub.post(.speakerReady)
    case .broken:
      watches.end(on: reactor)
      if sotto_pcm_available(device) == SOTTO_PCM_BROKEN {
        hub.post(.speakerReady)
      } else {
        hub.post(.deviceFailed(DeviceError(.speaker, "write", .removed)))
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
