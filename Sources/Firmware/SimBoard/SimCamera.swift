import Drivers
import HAL
import Units

/// The camera of the simulated board: picture files, or a real camera through V4L2.
public final class SimCamera: Camera {
  private enum Eye {
    case files(PictureFiles)
    case v4l2(V4L2Camera)
    /// In virtual time there is no device.
    case none
  }

  /// Of a camera that reads files; a real one has its own.
  private enum State {
    case idle
    case exposing(since: Instant)
    case holding(PictureInfo, [UInt8])
  }

  let supply: Supply
  private let hub: Hub
  private var eye: Eye
  private let rotation: Int
  private let latency: Duration
  private let jitter: Duration
  private var random: Random
  private var state = State.idle
  private var exposure = Appointment<Due>()

  init(hub: Hub, source: PictureSource, policy: CameraPolicy, latency: Duration, jitter: Duration, supply: Supply) {
    self.supply = supply
    self.hub = hub
    rotation = policy.rotation
    self.latency = latency
    self.jitter = jitter
    random = Random(seed: hub.seed, stream: 2)
    switch source {
    case .files(let path): eye = .files(PictureFiles(path: path))
    case .v4l2(let name):
      eye =
        hub.drivers.map { .v4l2(V4L2Camera(host: $0, source: .camera, name: name, settings: CameraSettings(policy))) } ?? .none
    }
  }

  deinit { cancel() }

  /// What is before the camera from now on.
  func look(at path: String) throws(DeviceError) {
    guard case .files = eye else { throw DeviceError(.camera, "look", .unsupported) }
    eye = .files(PictureFiles(path: path))
  }

  public func turnOn() throws(DeviceError) {
    if case .v4l2(let camera) = eye { try camera.turnOn() } else { supply.bring(up: true) }
  }

  public func turnOff() {
    cancel()
    if case .v4l2(let camera) = eye { camera.turnOff() } else { supply.bring(up: false) }
  }

  /// `busy` until the simulated sensor is up, where that takes time.
  public func takeStill() throws(DeviceError) {
    switch eye {
    case .files:
      guard case .idle = state, supply.isUp || !supply.takesTime else { throw DeviceError(.camera, "take still", .busy) }
      let now = hub.now()
      exposure.set(.stillExposed, at: now + latency + random.duration(upTo: jitter), on: &hub.agenda)
      state = .exposing(since: now)
    case .v4l2(let camera): try camera.takeStill()
    case .none: throw DeviceError(.camera, "take still", .unsupported)
    }
  }

  public func cancel() {
    if case .v4l2(let camera) = eye { camera.cancel() }
    state = .idle
    exposure.cancel(on: &hub.agenda)
    hub.withdraw {
      switch $0 {
      case .stillTaken, .stillFailed: true
      default: false
      }
    }
  }

  public var still: PictureInfo? {
    if case .v4l2(let camera) = eye { return camera.still }
    return if case .holding(let info, _) = state { info } else { nil }
  }

  public func withStill<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    if case .v4l2(let camera) = eye { return camera.withStill(body) }
    if case .holding(_, let bytes) = state { return body(bytes.span) }
    let nothing: [UInt8] = []
    return body(nothing.span)
  }

  public func release() {
    if case .v4l2(let camera) = eye { camera.release() }
    if case .holding = state { state = .idle }
  }

  func exposed() {
    exposure.met()
    guard case .exposing(let since) = state, case .files(var files) = eye else { return }
    let picture = Result<[UInt8], DeviceError> { () throws(DeviceError) in try files.next() }
    eye = .files(files)
    end(picture, since: since)
  }

  func descriptorReady(_ readiness: Readiness) {
    if case .v4l2(let camera) = eye { camera.descriptorReady(readiness) }
  }

  func timerDue() {
    if case .v4l2(let camera) = eye { camera.timerDue() }
  }

  private func end(_ picture: Result<[UInt8], DeviceError>, since: Instant) {
    state = .idle
    do throws(DeviceError) {
      let bytes = try picture.get()
      let header = try PictureHeader(bytes) { hub.log("the picture is broken: " + $0) }
      let info = PictureInfo(
        format: header.format, width: header.width, height: header.height, rotation: rotation, taken: since)
      state = .holding(info, bytes)
      hub.post(.stillTaken)
    } catch {
      hub.post(.stillFailed(error))
    }
  }
}
