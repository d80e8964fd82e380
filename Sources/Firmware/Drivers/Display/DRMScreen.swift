import CDRM
import HAL

/// A card taken over with a way for the picture chosen: its two buffers and the commits. No policy of time; see `Scanout`.
final class DRMScreen {
  let card: DRMCard
  private(set) var plan: DisplayPlan
  private let geometry: DisplayGeometry
  private let tone: PanelTone
  private var painter: PanelPainter
  private let connector: UInt32
  private var buffers: InlineArray<2, sotto_drm_buffer> = .init(repeating: sotto_drm_buffer())
  /// What each buffer lacks of the picture.
  private var stale: InlineArray<2, DamageRegion> = .init(repeating: DamageRegion())
  /// What changed since the picture that the kernel was given last.
  private var unsent = DamageRegion()
  private var front = 0
  private var next: Next?
  /// A buffer of another device that is to be shown.
  private var staged: sotto_drm_buffer?
  /// One that is on the screen: kept until another picture has taken its place.
  private var foreign: sotto_drm_buffer?

  /// What the commit on its way shows.
  private enum Next {
    case own(Int)
    case foreign(sotto_drm_buffer)
  }

  init(geometry: DisplayGeometry, settings: DRMDisplay.Settings) throws(DeviceError) {
    card = try DRMCard(settings.name, atomic: settings.isAtomic)
    let wish = DisplayWish(
      width: geometry.width, height: geometry.height, turn: settings.turn, connector: settings.name.connector)
    do throws(DisplayObjection) {
      plan = try DisplayPlan.choose(wish, on: card.card)
    } catch {
      throw error.error
    }
    self.geometry = geometry
    tone = settings.tone
    painter = Self.painter(plan, geometry, settings.tone)
    connector = card.card.connectors[plan.connector].identifier
    var result = sotto_drm_take_over(card.pointer)
    if result < 0 { throw DeviceError(system: .display, "take over", result) }
    result = sotto_drm_route(
      card.pointer, Int32(plan.connector), Int32(plan.mode), Int32(plan.controller), Int32(plan.plane))
    if result < 0 { throw DeviceError(system: .display, "choose mode", result) }
  }

  private static func painter(_ plan: DisplayPlan, _ geometry: DisplayGeometry, _ tone: PanelTone) -> PanelPainter {
    PanelPainter(
      width: geometry.width, height: geometry.height, turn: plan.softwareTurn, format: plan.format, tone: tone,
      bufferWidth: plan.bufferWidth, bufferHeight: plan.bufferHeight)
  }

  var descriptor: Int32 { sotto_drm_fd(card.pointer) }

  func checkConnected() throws(DeviceError) {
    let result = sotto_drm_is_connected(card.pointer, connector)
    if result < 0 { throw DeviceError(system: .display, "find panel", result) }
    if result == 0 { throw DeviceError(.display, "find panel", .removed) }
  }

  /// A part of the picture has changed.
  func changed(_ part: Rectangle) {
    stale[0].add(part)
    stale[1].add(part)
    unsent.add(part)
  }

  /// Sets the mode and shows all of the picture. 1 when an event will tell of its end, 0 when it has ended, or a negated error number.
  func light(_ picture: Span<UInt32>) -> Int32 {
    var result = fill(picture)
    if result >= 0 { result = show(light: true) }
    guard result < 0, result != SOTTO_DRM_BUSY, plan.hardwareTurn != .none else { return result }
    // Some planes turn special layouts of memory only and say so no sooner than now.
    plan = plan.turningInSoftware()
    painter = Self.painter(plan, geometry, tone)
    releaseBuffers()
    result = fill(picture)
    return result < 0 ? result : show(light: true)
  }

  /// Shows the picture; results as of `light`.
  func flip(_ picture: Span<UInt32>) -> Int32 {
    if let buffer = staged {
      staged = nil
      next = .foreign(buffer)
    } else {
      let target = 1 - front
      repaint(target, picture)
      next = .own(target)
    }
    return show(light: false)
  }

  /// Makes a buffer of another device the next picture. It is not copied.
  func stage(_ picture: ForeignPicture) throws(DeviceError) {
    guard card.card.imports, card.card.planes[plan.plane].formats.contains(picture.format), picture.planes.count <= 4 else {
      throw DeviceError(.display, "import picture", .unsupported)
    }
    var request = sotto_drm_import()
    request.dmabuf = picture.descriptor
    request.width = UInt32(picture.width)
    request.height = UInt32(picture.height)
    request.format = picture.format
    request.planes = UInt32(picture.planes.count)
    withUnsafeMutableBytes(of: &request.strides) { bytes in
      for index in picture.planes.indices {
        bytes.storeBytes(of: UInt32(picture.planes[index].stride), toByteOffset: 4 * index, as: UInt32.self)
      }
    }
    withUnsafeMutableBytes(of: &request.offsets) { bytes in
      for index in picture.planes.indices {
        bytes.storeBytes(of: UInt32(picture.planes[index].offset), toByteOffset: 4 * index, as: UInt32.self)
      }
    }
    var buffer = sotto_drm_buffer()
    let result = sotto_drm_buffer_import(card.pointer, &request, &buffer)
    if result < 0 { throw DeviceError(system: .display, "import picture", result) }
    staged = buffer
    // All of our own picture will be new again after it.
    unsent.add(Rectangle(x: 0, y: 0, width: geometry.width, height: geometry.height))
  }

  /// Switches the panel off; results as of `light`.
  func darken() -> Int32 {
    next = nil
    return sotto_drm_darken(card.pointer)
  }

  func takeEvent() -> Int32 { sotto_drm_take_event(card.pointer) }

  /// The commit on its way has ended.
  func ended() {
    guard let next else { return }
    self.next = nil
    destroyForeign()
    switch next {
    case .own(let index): front = index
    case .foreign(let buffer): foreign = buffer
    }
  }

  func releaseBuffers() {
    if case .foreign(var buffer)? = next { sotto_drm_buffer_destroy(card.pointer, &buffer) }
    if var buffer = staged { sotto_drm_buffer_destroy(card.pointer, &buffer) }
    destroyForeign()
    for index in 0..<2 { sotto_drm_buffer_destroy(card.pointer, &buffers[index]) }
    staged = nil
    next = nil
    front = 0
  }

  private func destroyForeign() {
    guard var old = foreign else { return }
    sotto_drm_buffer_destroy(card.pointer, &old)
    foreign = nil
  }

  /// Puts back what was there before. 0 or a negated error number.
  func giveBack() -> Int32 {
    sotto_drm_give_back(card.pointer)
  }

  /// Leaves the card to a thread that may wait for it.
  func abandon() {
    for index in 0..<2 { sotto_drm_buffer_forget(&buffers[index]) }
    card.abandon()
  }

  /// Makes the buffers where there are none, and paints all of the picture into the first.
  private func fill(_ picture: Span<UInt32>) -> Int32 {
    for index in 0..<2 where buffers[index].handle == 0 {
      let result = sotto_drm_buffer_create(
        card.pointer, UInt32(plan.bufferWidth), UInt32(plan.bufferHeight), plan.format.rawValue, &buffers[index])
      if result < 0 { return result }
    }
    let whole = Rectangle(x: 0, y: 0, width: geometry.width, height: geometry.height)
    stale[0].add(whole)
    stale[1].add(whole)
    next = .own(0)
    repaint(0, picture)
    return 0
  }

  private func repaint(_ target: Int, _ picture: Span<UInt32>) {
    guard let pixels = buffers[target].pixels else { return }
    for index in 0..<stale[target].count {
      painter.paint(stale[target][index], of: picture, into: pixels, stride: Int(buffers[target].stride))
    }
    stale[target].removeAll()
  }

  private func show(light: Bool) -> Int32 {
    switch next {
    case nil: return 0
    case .foreign(var buffer)?:
      let result = sotto_drm_show(card.pointer, &buffer, light, SOTTO_DRM_TURN_0, nil, 0)
      if result < 0 {
        sotto_drm_buffer_destroy(card.pointer, &buffer)
        next = nil
      }
      return result
    case .own(let index)?:
      var clips = InlineArray<4, sotto_drm_clip>(repeating: sotto_drm_clip())
      for number in 0..<unsent.count { clips[number] = Self.clip(painter.target(of: unsent[number])) }
      let count = Int32(unsent.count)
      let result = clips.span.withUnsafeBufferPointer {
        sotto_drm_show(card.pointer, &buffers[index], light, plan.hardwareTurn.kernelBit, $0.baseAddress, count)
      }
      // What was refused is still to be sent.
      if result >= 0 { unsent.removeAll() }
      return result
    }
  }

  private static func clip(_ area: Rectangle) -> sotto_drm_clip {
    sotto_drm_clip(
      x1: Int32(area.x), y1: Int32(area.y), x2: Int32(area.x + area.width), y2: Int32(area.y + area.height))
  }
}

/// A picture in a buffer of another device, such as a camera's: shown without a copy.
public struct ForeignPicture: Sendable, Hashable {
  /// Where one colour plane of it lies in the buffer, in bytes.
  public struct Plane: Sendable, Hashable {
    public var stride: Int
    public var offset: Int

    public init(stride: Int, offset: Int) {
      self.stride = stride
      self.offset = offset
    }
  }

  /// A dmabuf. It stays the caller's, who leaves the buffer's contents alone until another picture is on the screen.
  public var descriptor: Int32
  public var width: Int
  public var height: Int
  /// A fourcc code of the kernel's drm_fourcc.h.
  public var format: UInt32
  public var planes: [Plane]

  public init(descriptor: Int32, width: Int, height: Int, format: UInt32, planes: [Plane]) {
    self.descriptor = descriptor
    self.width = width
    self.height = height
    self.format = format
    self.planes = planes
  }
}
