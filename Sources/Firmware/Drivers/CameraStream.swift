import CLinux
import CV4L2
import HAL
import Units

/// The stream of one camera: its device, found by name, configured, started and watched for frames. What is done about faults is `V4L2Camera`'s.
final class CameraStream {
  private let host: DriverHost
  private let source: EventSource
  private let name: String
  private let settings: CameraSettings
  private(set) var device: V4L2Device?
  private(set) var isWatching = false
  /// From one frame to the next, for the next start.
  var interval: Duration
  private(set) var opens: UInt64 = 0
  /// Times that a device was opened once more because it had refused with an error of input or output.
  private(set) var retries: UInt64 = 0
  private(set) var starts: UInt64 = 0

  init(host: DriverHost, source: EventSource, name: String, settings: CameraSettings) {
    self.host = host
    self.source = source
    self.name = name
    self.settings = settings
    interval = settings.interval
  }

  /// Starts it, opened first if need be. Nothing but watching for one that runs.
  func start() throws(DeviceError) {
    if device == nil { try open() }
    guard let device else { return }
    if !device.isStreaming { try device.setInterval(interval) }
    try device.start()
    starts += 1
    try watch()
  }

  /// Watches for the next frame, anew each time that none is left: v4l2loopback enters a waiter in its list only when it is asked while it has no
  /// frame, and epoll asks with its waiter once, when it is told to watch.
  func watch() throws(DeviceError) {
    guard let device else { return }
    if isWatching { host.reactor.unwatch(device.descriptor) }
    let watched = host.reactor.watch(device.descriptor, SOTTO_READABLE, for: source)
    isWatching = watched >= 0
    if watched < 0 { throw DeviceError(system: .camera, "watch", watched) }
  }

  /// Ends it; the device stays configured.
  func halt() {
    guard let device else { return }
    if isWatching { host.reactor.unwatch(device.descriptor) }
    isWatching = false
    device.stop()
  }

  /// The device is closed; the next start begins with its name.
  func close() {
    halt()
    device?.close()
    device = nil
  }

  private func open() throws(DeviceError) {
    let path = try CameraNodes.path(of: name)
    do throws(DeviceError) {
      device = try V4L2Device(path: path, settings: settings)
    } catch {
      guard error.cause == .io else { throw error }
      retries += 1
      device = try V4L2Device(path: path, settings: settings)
    }
    opens += 1
    if opens == 1, let device { tellUnmet(device) }
  }

  private func tellUnmet(_ device: V4L2Device) {
    for control in device.unmet {
      host.log("the camera does not let its " + control.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } + " be set")
    }
  }
}
