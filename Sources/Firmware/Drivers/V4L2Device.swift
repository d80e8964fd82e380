import CV4L2
import HAL
import Units

/// One frame that the camera made: its buffer belongs to the program until `giveBack` or the end of the stream.
struct CameraFrame {
  var index: UInt32
  var sequence: UInt32
  /// Nanoseconds of CLOCK_MONOTONIC, 0 when the driver does not tell.
  var stamp: Int64
  var isDamaged: Bool
  fileprivate var parts: [2 of Part]
  fileprivate var planes: Int

  fileprivate struct Part {
    var offset: Int
    var count: Int
  }
}

/// An open V4L2 camera: configured on opening, streaming on demand. Every error is a `DeviceError` that names the operation.
final class V4L2Device {
  private struct Mapping {
    var bytes: UnsafePointer<UInt8>
    var size: Int
  }

  private var camera = sotto_v4l2(fd: -1, multi_planar: false)
  private(set) var format = sotto_v4l2_format()
  private(set) var layout = PixelLayout.unknown
  /// Nil where the driver lets none be set.
  private(set) var interval: Duration?
  private var wantedInterval: Duration?
  private var mappings: [Mapping] = []
  private(set) var buffers = 0
  private(set) var isStreaming = false

  /// One is filled, one waits to be filled, one is held by whoever sends the picture, one absorbs a late wakeup.
  private static let buffersWanted: UInt32 = 4

  var descriptor: Int32 { camera.fd }
  var code: PixelCode { PixelCode(rawValue: format.code) }
  var isMultiPlanar: Bool { camera.multi_planar }
  /// Bytes from one row of the first memory plane to the next.
  var stride: Int { Int(format.plane.0.stride) }
  var size: FrameSize { FrameSize(width: Int(format.width), height: Int(format.height)) }

  init(path: String, settings: CameraSettings) throws(DeviceError) {
    try V4L2Device.check(path.withCString { sotto_v4l2_open($0, &camera) }, "open")
    do throws(DeviceError) {
      try configure(settings)
      try makeBuffers()
    } catch {
      close()
      throw error
    }
  }

  /// Opens it to ask what it offers: nothing is configured and nothing can be streamed.
  init(lookingAt path: String) throws(DeviceError) {
    try V4L2Device.check(path.withCString { sotto_v4l2_open($0, &camera) }, "open")
  }

  deinit { close() }

  func close() {
    if buffers > 0 { stop() }
    for mapping in mappings { sotto_v4l2_unmap(mapping.bytes, mapping.size) }
    mappings = []
    buffers = 0
    sotto_v4l2_close(&camera)
  }

  // MARK: Formats

  /// All pixel formats that it offers.
  func offers() -> [FrameChoice.Offer] {
    var result: [FrameChoice.Offer] = []
    var code: UInt32 = 0
    var flags: UInt32 = 0
    while sotto_v4l2_format_at(&camera, UInt32(result.count), &code, &flags) == 0 {
      let code = PixelCode(rawValue: code)
      let layout = PixelLayout(code) { sotto_v4l2_converts($0.rawValue) }
      result.append(
        FrameChoice.Offer(code: code, layout: layout, isEmulated: flags & UInt32(SOTTO_V4L2_EMULATED) != 0))
    }
    return result
  }

  func sizes(of code: PixelCode) -> [FrameChoice.Sizes] {
    var result: [FrameChoice.Sizes] = []
    var sizes = sotto_v4l2_sizes()
    while sotto_v4l2_sizes_at(&camera, code.rawValue, UInt32(result.count), &sizes) == 0 {
      guard sizes.least_width <= sizes.most_width, sizes.least_height <= sizes.most_height else { break }
      result.append(
        FrameChoice.Sizes(
          width: Int(sizes.least_width)...Int(sizes.most_width), widthStep: Int(sizes.width_step),
          height: Int(sizes.least_height)...Int(sizes.most_height), heightStep: Int(sizes.height_step)))
    }
    return result
  }

  func intervals(of code: PixelCode, size: FrameSize) -> [ClosedRange<Int64>] {
    var result: [ClosedRange<Int64>] = []
    var intervals = sotto_v4l2_intervals()
    while sotto_v4l2_intervals_at(
      &camera, code.rawValue, UInt32(size.width), UInt32(size.height), UInt32(result.count), &intervals) == 0
    {
      result.append(min(intervals.least, intervals.most)...max(intervals.least, intervals.most))
    }
    return result
  }

  private func configure(_ settings: CameraSettings) throws(DeviceError) {
    let offer = try FrameChoice.format(of: offers(), asked: settings.format, lent: settings.isLent)
    let wanted = FrameChoice.size(of: sizes(of: offer.code), wanted: settings.size)
    format.code = offer.code.rawValue
    format.width = UInt32(wanted.width)
    format.height = UInt32(wanted.height)
    try V4L2Device.check(sotto_v4l2_set_format(&camera, &format), "set format")
    guard format.code == offer.code.rawValue, format.width > 0, format.height > 0 else {
      throw DeviceError(.camera, "set format", .unsupported)
    }
    layout = offer.layout
    try setInterval(settings.interval)
    setControls(settings)
  }

  /// Sets the interval that is nearest from below; a camera that has one interval only keeps it.
  func setInterval(_ wanted: Duration) throws(DeviceError) {
    guard wanted != wantedInterval else { return }
    let chosen = FrameChoice.interval(of: intervals(of: code, size: size), wanted: wanted) ?? wanted
    let set = sotto_v4l2_set_interval(&camera, chosen.nanoseconds)
    if set == Int64(SOTTO_V4L2_REMOVED) { throw DeviceError(system: .camera, "set interval", Int32(set)) }
    interval = set > 0 ? .nanoseconds(set) : nil
    wantedInterval = wanted
  }

  // MARK: Buffers and frames

  private func makeBuffers() throws(DeviceError) {
    let made = sotto_v4l2_request(&camera, V4L2Device.buffersWanted)
    // Refused after the format was agreed on: a fault, not a lack.
    if made < 0, FailureCause(system: -made) == .unsupported { throw DeviceError(.camera, "make buffers", .io, errno: -made) }
    try V4L2Device.check(made, "make buffers")
    guard made > 0 else { throw DeviceError(.camera, "make buffers", .full) }
    for index in 0..<UInt32(made) {
      for plane in 0..<format.planes {
        var bytes: UnsafePointer<UInt8>?
        var size = 0
        try V4L2Device.check(sotto_v4l2_map(&camera, index, plane, &bytes, &size), "map buffer")
        guard let bytes else { throw DeviceError(.camera, "map buffer", .io) }
        mappings.append(Mapping(bytes: bytes, size: size))
      }
    }
    buffers = Int(made)
  }

  /// Queues every buffer and starts.
  func start() throws(DeviceError) {
    guard !isStreaming else { return }
    for index in 0..<UInt32(buffers) { try queue(index, "queue buffer") }
    try V4L2Device.check(sotto_v4l2_stream_on(&camera), "stream on")
    isStreaming = true
  }

  /// Ends the stream. The bytes of a frame that was taken stay where they are until the next `start`.
  func stop() {
    guard camera.fd >= 0 else { return }
    // Also after a stream-on that failed: it gives back the buffers that were queued for it.
    _ = sotto_v4l2_stream_off(&camera)
    isStreaming = false
  }

  func giveBack(_ index: UInt32) throws(DeviceError) { try queue(index, "give back buffer") }

  private func queue(_ index: UInt32, _ operation: StaticString) throws(DeviceError) {
    try V4L2Device.check(sotto_v4l2_queue(&camera, index, format.planes), operation)
  }

  /// The oldest frame, nil when there is none.
  func take() throws(DeviceError) -> CameraFrame? {
    var frame = sotto_v4l2_frame()
    let result = sotto_v4l2_dequeue(&camera, &frame)
    if result == SOTTO_V4L2_AGAIN { return nil }
    try V4L2Device.check(result, "take frame")
    guard frame.index < UInt32(buffers) else { throw DeviceError(.camera, "take frame", .malformed) }
    let parts: [2 of CameraFrame.Part] = [
      CameraFrame.Part(offset: Int(frame.plane.0.offset), count: Int(frame.plane.0.used)),
      CameraFrame.Part(offset: Int(frame.plane.1.offset), count: Int(frame.plane.1.used)),
    ]
    return CameraFrame(
      index: frame.index, sequence: frame.sequence, stamp: frame.stamp, isDamaged: frame.damaged, parts: parts,
      planes: Int(frame.planes))
  }

  /// The bytes of one memory plane of a frame, in the kernel's buffer; empty when the frame claims more than its buffer has.
  func bytes(of frame: CameraFrame, plane: Int) -> UnsafeBufferPointer<UInt8> {
    guard plane < min(Int(format.planes), frame.planes, 2) else { return UnsafeBufferPointer(start: nil, count: 0) }
    let mapping = mappings[Int(frame.index) * Int(format.planes) + plane]
    let part = frame.parts[plane]
    guard part.offset >= 0, part.count > 0, part.offset + part.count <= mapping.size else {
      return UnsafeBufferPointer(start: nil, count: 0)
    }
    return UnsafeBufferPointer(start: mapping.bytes + part.offset, count: part.count)
  }

  /// The buffer of a frame as a DMA buffer for another driver: a descriptor that the caller closes.
  func export(_ frame: CameraFrame, plane: Int) throws(DeviceError) -> Int32 {
    let descriptor = sotto_v4l2_export(&camera, frame.index, UInt32(plane))
    try V4L2Device.check(descriptor, "export buffer")
    return descriptor
  }

  func converter() throws(DeviceError) -> OpaquePointer {
    var converter: OpaquePointer?
    try V4L2Device.check(sotto_v4l2_converter_create(&camera, &converter), "make converter")
    return converter!
  }

  // MARK: Controls

  /// The range of a control, nil when the camera has no such control.
  func range(of control: sotto_v4l2_control_name) -> ClosedRange<Int32>? {
    var range = sotto_v4l2_range()
    guard sotto_v4l2_control_range(&camera, control.rawValue, &range) == 0, range.least <= range.most else { return nil }
    return range.least...range.most
  }

  func value(of control: sotto_v4l2_control_name) -> Int32? {
    var value: Int32 = 0
    return sotto_v4l2_control_get(&camera, control.rawValue, &value) == 0 ? value : nil
  }

  /// Sets a control to what its range has nearest. False when the camera has no such control or refuses.
  @discardableResult
  func set(_ control: sotto_v4l2_control_name, _ value: Int32) -> Bool {
    guard let range = range(of: control) else { return false }
    var value = min(max(value, range.lowerBound), range.upperBound)
    return sotto_v4l2_control_set(&camera, control.rawValue, &value) == 0
  }

  /// What the settings ask for and the camera does not let be set: the picture is taken all the same.
  private(set) var unmet: [StaticString] = []

  private func setControls(_ settings: CameraSettings) {
    switch settings.exposure {
    case .automatic:
      // UVC knows its automatic mode as aperture priority (3), sensors as 0.
      if value(of: SOTTO_V4L2_EXPOSURE_MODE) == 1, !set(SOTTO_V4L2_EXPOSURE_MODE, 3) { set(SOTTO_V4L2_EXPOSURE_MODE, 0) }
    case .manual(let time):
      set(SOTTO_V4L2_EXPOSURE_MODE, 1)
      if !set(SOTTO_V4L2_EXPOSURE_TIME, Int32(clamping: time.microseconds / 100)) { unmet.append("exposure") }
    }
    if let gain = settings.gain, !set(gain: gain) { unmet.append("gain") }
    if let isMirrored = settings.isMirrored, !set(SOTTO_V4L2_MIRROR, isMirrored ? 1 : 0) { unmet.append("mirror") }
    if let isFlipped = settings.isFlipped, !set(SOTTO_V4L2_FLIP, isFlipped ? 1 : 0) { unmet.append("flip") }
  }

  private func set(gain: Percent) -> Bool {
    set(SOTTO_V4L2_AUTO_GAIN, 0)
    let control = range(of: SOTTO_V4L2_ANALOGUE_GAIN) == nil ? SOTTO_V4L2_GAIN : SOTTO_V4L2_ANALOGUE_GAIN
    guard let range = range(of: control) else { return false }
    let span = Int64(range.upperBound) - Int64(range.lowerBound)
    return set(control, Int32(clamping: Int64(range.lowerBound) + span * Int64(gain.value) / 100))
  }

  private static func check(_ result: Int32, _ operation: StaticString) throws(DeviceError) {
    if result < 0 { throw DeviceError(system: .camera, operation, result) }
  }
}
