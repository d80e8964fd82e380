import Drivers
import HAL
import Units

/// The speaker of the simulated board: into a WAV file at the pace of a real one, or to a real one through ALSA.
public final class SimSpeaker: Speaker {
  private enum Voice {
    case file(FileVoice)
    case alsa(ALSAPlayback)
  }

  let supply: Supply
  private let voice: Voice

  init(hub: Hub, sink: SoundDevice, path: String?, onePerTurn: Bool, startLatency: Duration, supply: Supply, echo: EchoPath?)
    throws(DeviceError)
  {
    self.supply = supply
    let startLatency = supply.takesTime ? supply.riseTime : startLatency
    switch sink {
    case .simulated:
      voice = .file(FileVoice(hub: hub, path: path, onePerTurn: onePerTurn, startLatency: startLatency, echo: echo))
    case .alsa(let name):
      guard let drivers = hub.drivers else { throw DeviceError(.speaker, "open", .unsupported) }
      voice = .alsa(ALSAPlayback(host: drivers, source: .speaker, name: name))
    }
  }

  public func start() throws(DeviceError) {
    switch voice {
    case .file(let file):
      try file.start()
      supply.bring(up: true)
    case .alsa(let device): try device.start()
    }
  }

  public func write(_ samples: Span<Int16>) throws(DeviceError) -> Int {
    switch voice {
    case .file(let file): try file.write(samples)
    case .alsa(let device): try device.write(samples)
    }
  }

  public var pending: Int {
    switch voice {
    case .file(let file): file.pending
    case .alsa(let device): device.pending
    }
  }

  public func drain() {
    switch voice {
    case .file(let file): file.drain()
    case .alsa(let device): device.drain()
    }
  }

  public func drop() {
    switch voice {
    case .file(let file): file.drop()
    case .alsa(let device): device.drop()
    }
  }

  public func stop() {
    switch voice {
    case .file(let file):
      file.stop()
      supply.bring(up: false)
    case .alsa(let device): device.stop()
    }
  }

  /// When the first audible sample since the last `start` was heard; nil before it, and with a real device.
  public var firstHeard: Instant? {
    switch voice {
    case .file(let file): file.firstHeard
    case .alsa: nil
    }
  }

  /// Samples that were heard since the board began, and times that they ran out before `drain`.
  public var heard: Int {
    switch voice {
    case .file(let file): file.heard
    case .alsa: 0
    }
  }

  public var underruns: Int {
    switch voice {
    case .file(let file): file.underruns
    case .alsa(let device): device.underruns
    }
  }

  func bringUpToDate() {
    if case .file(let file) = voice { file.bringUpToDate() }
  }

  func roomDue() {
    if case .file(let file) = voice { file.roomDue() }
  }

  func silenceDue() {
    if case .file(let file) = voice { file.silenceDue() }
  }

  func timerDue() {
    if case .alsa(let device) = voice { device.timerDue() }
  }

  func descriptorReady(_ readiness: Readiness) {
    if case .alsa(let device) = voice { device.descriptorReady(readiness) }
  }

  /// Brings files up to date at the end of the process.
  func finish() {
    if case .file(let file) = voice { file.finish() }
  }
}
