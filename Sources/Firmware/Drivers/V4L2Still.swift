import CImage
import CLinux
import CV4L2
import HAL
import Units

/// One still from a real camera: opened for it and closed after it, so that the camera draws no power and its own light is dark in between.
public final class V4L2Still {
  private let reactor: Reactor
  private var camera = sotto_v4l2()
  private var isOpen = false
  private var badFrames = 0
  private var framesToSkip = V4L2Still.settling

  /// Frames until exposure and white balance have settled, as web cameras need them.
  private static let settling = 8
  /// Bad frames until the camera counts as broken.
  private static let patience = 8
  /// Enough for reading print at arm's length; the driver takes the nearest size that it has.
  private static let width: UInt32 = 1280
  private static let height: UInt32 = 720
  private static let quality: Int32 = 90

  public init(device: String, reactor: Reactor, source: EventSource) throws(DeviceError) {
    self.reactor = reactor
    let result = device.withCString { sotto_v4l2_open($0, V4L2Still.width, V4L2Still.height, &camera) }
    if result < 0 { throw DeviceError(system: .camera, "open", result) }
    isOpen = true
    let watched = reactor.watch(camera.fd, SOTTO_READABLE, for: source)
    let started = watched < 0 ? watched : sotto_v4l2_start(&camera)
    if started < 0 {
      end()
      throw DeviceError(system: .camera, "start", started)
    }
  }

  deinit { end() }

  /// The picture as JPEG, an error, or nil while more frames are needed.
  public func descriptorReady(_ readiness: Readiness) -> Result<[UInt8], DeviceError>? {
    var bytes: UnsafePointer<UInt8>?
    var count = 0
    let index = sotto_v4l2_take(&camera, &bytes, &count)
    if index < 0 {
      if index == SOTTO_V4L2_AGAIN && !readiness.isBroken { return nil }
      // A frame with transmission errors is common on USB: the next one may be good.
      badFrames += 1
      if !readiness.isBroken, badFrames < V4L2Still.patience { return nil }
      return .failure(DeviceError(system: .camera, "take frame", index))
    }
    defer { _ = sotto_v4l2_give_back(&camera, index) }
    if framesToSkip > 0 {
      framesToSkip -= 1
      return nil
    }
    let frame = UnsafeBufferPointer(start: bytes, count: count)
    return camera.format == Int32(SOTTO_V4L2_JPEG.rawValue) ? .success([UInt8](frame)) : compressed(frame)
  }

  public func end() {
    guard isOpen else { return }
    isOpen = false
    reactor.unwatch(camera.fd)
    sotto_v4l2_close(&camera)
  }

  private func compressed(_ frame: UnsafeBufferPointer<UInt8>) -> Result<[UInt8], DeviceError> {
    var memory: UnsafeMutablePointer<UInt8>?
    var size = 0
    let result = sotto_jpeg_from_yuyv(
      frame.baseAddress, frame.count, camera.width, camera.height, camera.stride, V4L2Still.quality, &memory, &size)
    guard result == 0, let memory else { return .failure(DeviceError(system: .camera, "compress", result)) }
    defer { sotto_picture_free(memory) }
    return .success([UInt8](UnsafeBufferPointer(start: memory, count: size)))
  }
}
