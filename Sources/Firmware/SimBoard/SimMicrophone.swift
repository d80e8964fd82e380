import Drivers
import HAL
import Units

/// The microphone of the simulated board: it hears the acoustic scene, or a real microphone through ALSA.
public final class SimMicrophone: Microphone {
  private enum Ear {
    case scene(SceneEar)
    case alsa(ALSACapture)
  }

  let supply: Supply
  private let ear: Ear

  init(hub: Hub, source: SoundDevice, noiseFloor: Int, startLatency: Duration, supply: Supply) throws(DeviceError) {
    self.supply = supply
    switch source {
    case .simulated:
      ear = .scene(SceneEar(hub: hub, noiseFloor: noiseFloor, startLatency: supply.takesTime ? supply.riseTime : startLatency))
    case .alsa(let name):
      guard let drivers = hub.drivers else { throw DeviceError(.microphone, "open", .unsupported) }
      ear = .alsa(ALSACapture(host: drivers, source: .microphone, name: name))
    }
  }

  public func start(period: Duration) throws(DeviceError) {
    let clamped = min(max(period, .milliseconds(10)), .milliseconds(500))
    switch ear {
    case .scene(let scene):
      try scene.start(period: clamped)
      supply.bring(up: true)
    case .alsa(let device): try device.start(period: clamped)
    }
  }

  public func setPeriod(_ period: Duration) {
    let clamped = min(max(period, .milliseconds(10)), .milliseconds(500))
    switch ear {
    case .scene(let scene): scene.setPeriod(clamped)
    case .alsa(let device): device.setPeriod(clamped)
    }
  }

  public func stop() {
    switch ear {
    case .scene(let scene):
      scene.stop()
      supply.bring(up: false)
    case .alsa(let device): device.stop()
    }
  }

  public func read(into samples: inout MutableSpan<Int16>) throws(DeviceError) -> CaptureBlock {
    switch ear {
    case .scene(let scene): try scene.read(into: &samples)
    case .alsa(let device): try device.read(into: &samples)
    }
  }

  /// What the speaker plays is heard too, by this way.
  func hear(_ speaker: SimSpeaker, by path: EchoPath) {
    if case .scene(let scene) = ear {
      scene.speaker = speaker
      scene.echo = path
    }
  }

  /// Places a sound in the scene. With a real microphone there is no scene.
  func hear(_ samples: [Int16], at instant: Instant) throws(DeviceError) {
    switch ear {
    case .scene(let scene): scene.hear(samples, at: instant)
    case .alsa: throw DeviceError(.microphone, "say", .unsupported)
    }
  }

  func periodDue() {
    if case .scene(let scene) = ear { scene.periodDue() }
  }

  /// The system goes down, and nobody takes the samples.
  func goDeaf() {
    if case .scene(let scene) = ear { scene.goDeaf() }
  }

  func hearAgain() {
    if case .scene(let scene) = ear { scene.hearAgain() }
  }

  func descriptorReady(_ readiness: Readiness) {
    if case .alsa(let device) = ear { device.descriptorReady(readiness) }
  }

  func timerDue() {
    if case .alsa(let device) = ear { device.timerDue() }
  }
}

/// A microphone in the acoustic scene. What is heard is computed when it is read, so nothing is buffered; what a real one
/// would lose in its buffer is lost here too.
final class SceneEar {
  private let hub: Hub
  private let startLatency: Duration
  private var scene: AcousticScene
  var speaker: SimSpeaker?
  var echo: EchoPath?
  private var capture: Capture?
  private var period = Appointment<Due>()

  private struct Capture {
    /// The first sample that was not read yet.
    var next: Int64
    /// Samples before it that nobody took.
    var missed: Int64 = 0
    /// Where the last report of a period stood.
    var reported: Int64
    var periodSamples: Int64
  }

  /// Two seconds, as a generous ALSA buffer holds.
  private static let capacity = 2 * Int64(AudioFormat.captureRate)

  init(hub: Hub, noiseFloor: Int, startLatency: Duration) {
    self.hub = hub
    self.startLatency = startLatency
    scene = AcousticScene(seed: hub.seed, noiseFloor: noiseFloor)
  }

  func hear(_ samples: [Int16], at instant: Instant) {
    scene.forget(before: AcousticScene.sample(at: instant) - SceneEar.capacity)
    scene.place(samples, at: instant)
  }

  func start(period: Duration) throws(DeviceError) {
    guard capture == nil else { throw DeviceError(.microphone, "start", .busy) }
    let first = AcousticScene.sample(at: hub.now() + startLatency)
    scene.forget(before: first)
    capture = Capture(next: first, reported: first, periodSamples: samples(in: period))
    appoint()
  }

  func setPeriod(_ period: Duration) {
    guard capture != nil else { return }
    capture!.periodSamples = samples(in: period)
    appoint()
  }

  func stop() {
    capture = nil
    period.cancel(on: &hub.agenda)
    hub.withdraw { if case .microphoneReady = $0 { true } else { false } }
  }

  func read(into samples: inout MutableSpan<Int16>) throws(DeviceError) -> CaptureBlock {
    guard var running = capture else { throw DeviceError(.microphone, "read", .unsupported) }
    let heard = heardSamples()
    var lost = Int(running.missed)
    running.missed = 0
    let overrun = heard - running.next - SceneEar.capacity
    if overrun > 0 {
      lost += Int(overrun)
      running.next += overrun
    }
    let count = min(samples.count, Int(max(heard - running.next, 0)))
    scene.listen(from: running.next, count: count, into: &samples)
    if let echo {
      speaker?.bringUpToDate()
      echo.listen(from: running.next, count: count, into: &samples)
    }
    let block = CaptureBlock(count: count, firstSample: AcousticScene.instant(of: running.next), lost: lost)
    running.next += Int64(count)
    capture = running
    return block
  }

  func periodDue() {
    period.met()
    guard capture != nil else { return }
    // When the program was late, the periods it missed are reported as one.
    let missed = (heardSamples() - capture!.reported) / capture!.periodSamples
    capture!.reported += max(missed, 1) * capture!.periodSamples
    hub.post(.microphoneReady)
    appoint()
  }

  func goDeaf() { period.cancel(on: &hub.agenda) }

  func hearAgain() {
    guard var running = capture else { return }
    let first = AcousticScene.sample(at: hub.now())
    running.missed += first - running.next
    running.next = first
    running.reported = first
    capture = running
    appoint()
  }

  private func appoint() {
    guard let capture else { return }
    // The last sample of a period takes its own time to arrive.
    period.set(.microphonePeriod, at: AcousticScene.instant(of: capture.reported + capture.periodSamples), on: &hub.agenda)
  }

  /// The number of the first sample that has not wholly arrived.
  private func heardSamples() -> Int64 {
    hub.now().nanoseconds / AcousticScene.sampleTime
  }

  private func samples(in period: Duration) -> Int64 {
    max(period.nanoseconds / AcousticScene.sampleTime, 1)
  }
}
