import CLinux
import HAL
import Units

/// A real camera through V4L2.
///
/// ```
///          turnOn              exposure at rest                takeStill             settled frame            release
///  closed ───────▶ warming ─────────────────────▶ configured ─────────────▶ settling ─────────────▶ holding ─────────▶ configured
///    ▲              │ │ takeStill                    │  ▲                     ▲ │                      │
///    │              │ └──────────────────────────────┼──┼─────────────────────┘ │                      │
///    └── turnOff ───┴────────────────────────────────┘  └──── failed, cancel ───┴───── cancel ─────────┘
/// ```
///
/// `turnOn` opens the device, sets format and controls, maps the buffers and starts the stream; with the first frame the camera is up (`hasSettled`,
/// `BoardEvent.settled`). Until a still is asked for, or exposure is at rest, the frames that come bring exposure on and go back unread. From then on
/// the stream, and with it the sensor, runs only from `takeStill` until the picture is there. A still without `turnOn` opens
/// for itself and closes after it. Frames are skipped until exposure has settled (`ExposureSettling`).
///
/// A picture of a Motion JPEG camera is lent out where the kernel put it (`CameraPicture`). Every fault is met as `StillAttempt` says and
/// ends in a picture or in one typed error; the next still starts from nothing if need be, so a camera that was unplugged works again
/// once it is back under its name.
public final class V4L2Camera {
  private enum State {
    case idle
    case warming(ExposureSettling, since: Instant)
    case settling(ExposureSettling, since: Instant)
    case streaming(every: Duration, next: Instant)
    case holding(CameraFrame, PictureInfo, CameraPicture.Bytes, resume: Duration?)
  }

  /// What the driver has done since it was made.
  public struct Counters: Sendable, Hashable {
    public var sequence = FrameSequence()
    /// Frames that the kernel marked as damaged, or that are no whole JPEG.
    public var damaged: UInt64 = 0
    /// Frames skipped while exposure settled.
    public var skipped: UInt64 = 0
    public var pictures: UInt64 = 0
    /// Pictures whose bytes were copied once: Motion JPEG without its tables.
    public var copies: UInt64 = 0
    /// Pictures compressed from raw frames. One that is lent is neither copied nor compressed.
    public var encodings: UInt64 = 0
    public var opens: UInt64 = 0
    public var streamStarts: UInt64 = 0
    /// Faults that were overcome without a word to the caller.
    public var restarts: UInt64 = 0
    public var reopens: UInt64 = 0

    public init() {}
  }

  private let host: DriverHost
  private let source: EventSource
  private let settings: CameraSettings
  private let deviceStream: CameraStream
  private let picture: CameraPicture
  private var state = State.idle
  private var attempt = StillAttempt()
  private var isOn = false
  /// `settled` or `deviceFailed` is to be posted for the last `turnOn`.
  private var owesAnswer = false
  private var deadline = Instant.zero
  private var timer = Appointment<EventSource>()
  private var tally = Counters()

  /// Without a frame for this long, or four intervals of a slower camera, the stream counts as stuck.
  private static let frameTime: Duration = .milliseconds(1000)

  /// `source` is where its descriptor and its timer report. `name` is a path or a name that stays with the hardware (`CameraNodes`).
  public init(host: DriverHost, source: EventSource, name: String, settings: CameraSettings) {
    self.host = host
    self.source = source
    self.settings = settings
    deviceStream = CameraStream(host: host, source: source, name: name, settings: settings)
    picture = CameraPicture(settings)
  }

  deinit { turnOff() }

  public var counters: Counters {
    var counters = tally
    counters.copies = picture.copies
    counters.encodings = picture.encodings
    counters.opens = deviceStream.opens
    counters.reopens += deviceStream.retries
    counters.streamStarts = deviceStream.starts
    return counters
  }

  private var device: V4L2Device? { deviceStream.device }

  /// Format, size and interval that were agreed on with the device; nil while it is closed.
  public var mode: (code: PixelCode, size: FrameSize, interval: Duration?, isMultiPlanar: Bool)? {
    device.map { ($0.code, $0.size, $0.interval, $0.isMultiPlanar) }
  }

  /// How the held frame lies in its buffer, for whoever takes the buffer itself; nil while none is held.
  public var lent: (code: PixelCode, size: FrameSize, stride: Int)? {
    guard case .holding = state, let device else { return nil }
    return (device.code, device.size, device.stride)
  }

  // MARK: Requests

  public func turnOn() throws(DeviceError) {
    guard case .idle = state, !isOn || device == nil else {
      // It works already.
      isOn = true
      return
    }
    let now = host.now()
    deviceStream.interval = settings.interval
    try begin(deadline: now + settings.deadline)
    isOn = true
    owesAnswer = true
    state = .warming(ExposureSettling(limits: settings.settling), since: now)
    expectFrame(now)
  }

  /// Whether the camera is up or down as it was asked to be: up with its first frame. What `Board.hasSettled` answers for the camera.
  public var hasSettled: Bool { !owesAnswer }

  public func turnOff() {
    isOn = false
    owesAnswer = false
    cancel()
    close()
    host.withdraw { if case .settled(.camera) = $0 { true } else { false } }
  }

  public func takeStill() throws(DeviceError) {
    let now = host.now()
    switch state {
    case .settling, .streaming, .holding: throw DeviceError(.camera, "take still", .busy)
    case .warming(let settling, _):
      // The stream runs, and what exposure has come to counts.
      deadline = now + settings.deadline
      attempt = StillAttempt()
      state = .settling(settling, since: now)
    case .idle:
      deviceStream.interval = settings.interval
      try begin(deadline: now + settings.deadline)
      state = .settling(ExposureSettling(limits: settings.settling), since: now)
    }
    expectFrame(now)
  }

  /// Pictures one after the other, at most one in each `interval`: `stillTaken` tells of each, and the next comes after `release`. Frames
  /// in between go back unread. The sensor makes frames as seldom as it can without being late, or each `frameInterval`. Ends with `cancel`.
  public func stream(every interval: Duration, frameInterval: Duration? = nil) throws(DeviceError) {
    switch state {
    case .settling, .streaming, .holding: throw DeviceError(.camera, "stream", .busy)
    // Anew, because the interval may be another.
    case .warming:
      halt()
      state = .idle
    case .idle: break
    }
    let now = host.now()
    deviceStream.interval = frameInterval ?? interval
    try begin(deadline: now + settings.deadline)
    state = .streaming(every: interval, next: now)
    expectFrame(now)
  }

  public func cancel() {
    if owesAnswer, isOn {
      // The camera comes up all the same, as it was asked to.
      if case .settling(let settling, let since) = state { state = .warming(settling, since: since) }
    } else {
      state = .idle
      rest()
    }
    host.withdraw {
      switch $0 {
      case .stillTaken, .stillFailed: true
      default: false
      }
    }
  }

  public var still: PictureInfo? {
    if case .holding(_, let info, _, _) = state { info } else { nil }
  }

  /// The picture's bytes; for Motion JPEG in the kernel's own buffer.
  public func withStill<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    guard case .holding(let frame, _, let bytes, _) = state, let device else {
      let nothing: [UInt8] = []
      return body(nothing.span)
    }
    return picture.with(bytes, of: frame, in: device, body)
  }

  public func release() {
    guard case .holding(let frame, _, _, let interval) = state else { return }
    state = .idle
    guard let interval, let device else { return rest() }
    do throws(DeviceError) {
      try device.giveBack(frame.index)
      let now = host.now()
      state = .streaming(every: interval, next: now + interval)
      deadline = now + settings.deadline
      expectFrame(now)
    } catch {
      fail(error)
    }
  }

  /// The held frame's buffer as DMA buffer of one memory plane, for a display that can take it: a descriptor that the caller closes.
  public func export(plane: Int = 0) throws(DeviceError) -> Int32 {
    guard case .holding(let frame, _, _, _) = state, let device else {
      throw DeviceError(.camera, "export buffer", .unsupported)
    }
    return try device.export(frame, plane: plane)
  }

  // MARK: What the board hands over

  public func descriptorReady(_ readiness: Readiness) {
    guard let device, deviceStream.isWatching else { return }
    do throws(DeviceError) {
      while wantsFrames, let frame = try device.take() {
        if try accept(frame, from: device) { return }
      }
      // Broken without a frame to take: the queue is in error, or the device is gone.
      if readiness.isBroken, wantsFrames { throw DeviceError(.camera, "take frame", .io) }
      if wantsFrames { try deviceStream.watch() }
    } catch {
      mend(error)
    }
  }

  public func timerDue() {
    timer.met()
    guard wantsFrames else { return }
    let error = DeviceError(.camera, "wait for a frame", .timedOut)
    if host.now() >= deadline { fail(error) } else { mend(error) }
  }

  private var wantsFrames: Bool {
    switch state {
    case .warming, .settling, .streaming: true
    case .idle, .holding: false
    }
  }

  // MARK: Frames

  /// True when the picture was found and no further frame is wanted now.
  private func accept(_ frame: CameraFrame, from device: V4L2Device) throws(DeviceError) -> Bool {
    let now = host.now()
    tally.sequence.take(frame.sequence)
    if frame.isDamaged { return try refuse(frame, from: device) }
    cameUp()
    switch state {
    case .idle, .holding: return true
    case .streaming(let every, let next):
      // A stream has no end that would be overdue: each frame is a beginning.
      attempt = StillAttempt()
      deadline = now + settings.deadline
      expectFrame(now)
      guard now >= next else {
        try device.giveBack(frame.index)
        return false
      }
      return try hold(frame, from: device, taken: taken(frame, else: now), resume: every)
    case .warming(var settling, let since):
      expectFrame(now)
      let isSettled = settling.take(measure(frame, from: device))
      state = .warming(settling, since: since)
      try skip(frame, from: device)
      guard isSettled else { return false }
      state = .idle
      halt()
      return true
    case .settling(var settling, let since):
      expectFrame(now)
      let isSettled = settling.take(measure(frame, from: device))
      state = .settling(settling, since: since)
      if isSettled { return try hold(frame, from: device, taken: taken(frame, else: now), resume: nil) }
      try skip(frame, from: device)
      return false
    }
  }

  /// What tells whether exposure still moves.
  private func measure(_ frame: CameraFrame, from device: V4L2Device) -> Int {
    device.layout == .jpeg ? device.bytes(of: frame, plane: 0).count : StillEncoder.brightness(of: frame, from: device)
  }

  private func skip(_ frame: CameraFrame, from device: V4L2Device) throws(DeviceError) {
    attempt.frameCame()
    tally.skipped += 1
    try device.giveBack(frame.index)
  }

  private func cameUp() {
    guard owesAnswer else { return }
    owesAnswer = false
    host.post(.settled(.camera))
  }

  /// A damaged frame goes back at once.
  private func refuse(_ frame: CameraFrame, from device: V4L2Device) throws(DeviceError) -> Bool {
    tally.damaged += 1
    try device.giveBack(frame.index)
    guard attempt.frameWasDamaged() else { return false }
    throw DeviceError(.camera, "take frame", .malformed)
  }

  private func hold(
    _ frame: CameraFrame, from device: V4L2Device, taken: Instant, resume: Duration?
  ) throws(DeviceError) -> Bool {
    guard let made = try picture.make(of: frame, from: device) else { return try refuse(frame, from: device) }
    let info = PictureInfo(
      format: .jpeg, width: made.size.width, height: made.size.height, rotation: settings.rotation, taken: taken)
    state = .holding(frame, info, made.bytes, resume: resume)
    tally.pictures += 1
    // The sensor rests from here on; the held buffer keeps its bytes until the next stream begins.
    if resume == nil { halt() } else { timer.cancel(on: &host.timers) }
    host.post(.stillTaken)
    return true
  }

  /// When a frame was exposed, on the clock of the board.
  private func taken(_ frame: CameraFrame, else now: Instant) -> Instant {
    guard frame.stamp > 0 else { return now }
    return min(Instant(nanoseconds: frame.stamp + sotto_boot_offset()), now)
  }

  // MARK: Opening, streaming, mending

  private func close() {
    halt()
    deviceStream.close()
    picture.deviceClosed()
  }

  private func startStream() throws(DeviceError) {
    try deviceStream.start()
    tally.sequence.restart()
  }

  /// Ends the stream; the device stays configured.
  private func halt() {
    timer.cancel(on: &host.timers)
    deviceStream.halt()
  }

  /// Nothing is wanted of the camera now: it stays configured while it is on, else it is closed.
  private func rest() {
    halt()
    if !isOn { close() }
  }

  /// Starts the stream, whatever of the device has to be made anew for it.
  private func begin(deadline: Instant) throws(DeviceError) {
    self.deadline = deadline
    attempt = StillAttempt()
    do throws(DeviceError) {
      try startStream()
    } catch {
      if let failure = remedied(error) {
        rest()
        throw failure
      }
    }
  }

  /// Nil when the stream runs again, else the error that ends the still.
  private func remedied(_ error: DeviceError) -> DeviceError? {
    var error = error
    while true {
      guard host.now() < deadline else { return error }
      switch attempt.failed(error.cause, isOpen: device != nil) {
      case .fail: return error
      case .restartStream:
        tally.restarts += 1
        halt()
      case .reopen:
        tally.reopens += 1
        close()
      }
      do throws(DeviceError) {
        try startStream()
        return nil
      } catch let next {
        error = next
      }
    }
  }

  /// Meets a fault while frames are wanted.
  private func mend(_ error: DeviceError) {
    if let failure = remedied(error) { return fail(failure) }
    // Exposure begins anew with the stream.
    let settling = ExposureSettling(limits: settings.settling)
    switch state {
    case .warming(_, let since): state = .warming(settling, since: since)
    case .settling(_, let since): state = .settling(settling, since: since)
    case .idle, .streaming, .holding: break
    }
    expectFrame(host.now())
  }

  private func fail(_ error: DeviceError) {
    let failed = state
    let didComeUp = !owesAnswer
    owesAnswer = false
    state = .idle
    // What failed is not kept: the next still begins with the name.
    halt()
    close()
    switch failed {
    // A camera that was up and is not needed is not missed before the next still.
    case .idle, .warming: break
    case .settling, .streaming, .holding: host.post(.stillFailed(error))
    }
    if !didComeUp { host.post(.deviceFailed(error)) }
  }

  private func expectFrame(_ now: Instant) {
    let interval = device?.interval ?? .zero
    let patience = max(V4L2Camera.frameTime, interval * 4)
    timer.set(source, at: min(now + patience, deadline), on: &host.timers)
  }
}
