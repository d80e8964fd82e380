import CDRM
import CLinux
import HAL
import Units

/// A panel on a display card of the kernel (DRM/KMS).
///
/// The card is opened and taken over from the console by the first `turnOn` and kept, dark, by `turnOff`: giving it back would let
/// the console light it. `giveBack` ends that. The firmware draws into ordinary memory; `present` copies what changed into one of
/// two dumb buffers, turned and in the panel's format, and hands it to the kernel. A picture that comes while another is on its way
/// waits for that one's end and is then shown as it is by then: nothing queues up and nothing blocks.
///
/// A card or panel that went away is `removed`; the next `turnOn` looks for it anew. A commit that does not end is reported as
/// `timedOut`; see `Scanout`.
public final class DRMDisplay: Display {
  /// How a board says it.
  public struct Settings: Sendable, Hashable {
    public var name: DisplayName
    /// Clockwise, before the panel shows it.
    public var turn: Turn
    public var tone: PanelTone
    /// False drives the card by the older calls even where it has the atomic ones.
    public var isAtomic: Bool

    public init(name: DisplayName, turn: Turn = .none, tone: PanelTone = .colour, isAtomic: Bool = true) {
      self.name = name
      self.turn = turn
      self.tone = tone
      self.isAtomic = isAtomic
    }
  }

  public let geometry: DisplayGeometry
  private let host: DriverHost
  private let source: EventSource
  private let settings: Settings
  private var screen: DRMScreen?
  private var scanout = Scanout()
  private var timer = Appointment<EventSource>()
  /// The picture; empty while there is nothing drawn.
  private var picture: [UInt32] = []
  /// `settled` or `deviceFailed` is to be posted for the last `turnOn` or `turnOff`.
  private var owesAnswer = false

  /// Pictures that the panel has shown.
  public private(set) var shown = 0
  /// Commits that did not end in time.
  public private(set) var late = 0

  /// `source` is where the card's descriptor and the timer report. Nothing is opened yet.
  public init(host: DriverHost, source: EventSource, geometry: DisplayGeometry, settings: Settings) {
    self.host = host
    self.source = source
    self.geometry = geometry
    self.settings = settings
  }

  deinit { giveBack() }

  /// The way of the picture while the card is open.
  public var plan: DisplayPlan? { screen?.plan }
  /// What the card has, while it is open.
  public var card: DisplayCard? { screen?.card.card }

  // MARK: Display

  public func turnOn() throws(DeviceError) {
    owesAnswer = false
    if scanout.isWanted, scanout.hasSettled { return }
    do throws(DeviceError) {
      if screen == nil { try open() }
      try screen!.checkConnected()
      try perform(scanout.handle(.turnOn, at: host.now()))
    } catch {
      lose()
      throw error
    }
    owesAnswer = !scanout.hasSettled
  }

  public func turnOff() {
    picture = []
    owesAnswer = false
    do throws(DeviceError) {
      try perform(scanout.handle(.turnOff, at: host.now()))
      owesAnswer = !scanout.hasSettled
    } catch {
      host.log("the display was not switched off", error)
      lose()
    }
  }

  /// Whether it is on or off as it was asked to be; what `Board.hasSettled` answers for the display.
  public var hasSettled: Bool { scanout.hasSettled }

  public func withPixels<Result>(_ body: (inout MutableSpan<UInt32>) -> Result) -> Result {
    makePicture()
    // Taken out and put back, so that the array is changed in place.
    var pixels: [UInt32] = []
    swap(&pixels, &picture)
    defer { swap(&pixels, &picture) }
    var span = pixels.mutableSpan
    return body(&span)
  }

  public func present(damage: Rectangle) throws(DeviceError) {
    guard scanout.isWanted, let screen else { throw DeviceError(.display, "present", .unsupported) }
    guard damage.x >= 0, damage.y >= 0, damage.width >= 0, damage.height >= 0,
      damage.x + damage.width <= geometry.width, damage.y + damage.height <= geometry.height
    else { throw DeviceError(.display, "present", .unsupported) }
    makePicture()
    screen.changed(damage)
    do throws(DeviceError) {
      try screen.checkConnected()
      try perform(scanout.handle(.present, at: host.now()))
    } catch {
      if error.cause != .timedOut { lose() }
      throw error
    }
  }

  /// Shows a picture that lies in a buffer of another device, until the next `present`. `unsupported` when the panel's plane does not take
  /// its format or its size (most scale nothing), `busy` while another picture is on its way.
  public func present(_ picture: ForeignPicture) throws(DeviceError) {
    guard scanout.isWanted, let screen else { throw DeviceError(.display, "present", .unsupported) }
    guard scanout.state == .lit else { throw DeviceError(.display, "present", .busy) }
    try screen.stage(picture)
    do throws(DeviceError) {
      try perform(scanout.handle(.present, at: host.now()))
    } catch {
      if error.cause == .removed { lose() } else { _ = scanout.handle(.rejected, at: host.now()) }
      setTimer()
      throw error
    }
  }

  /// Puts back what was on the screen before and lets others have it. May wait for the hardware: for the end of the program.
  public func giveBack() {
    guard let screen else { return }
    let result = screen.giveBack()
    if result < 0 { host.log("the console did not get its screen back", DeviceError(system: .display, "give back", result)) }
    lose()
  }

  // MARK: Events

  /// The descriptor of its source is ready.
  public func descriptorReady(_ readiness: Readiness) {
    guard let screen else { return }
    var result = screen.takeEvent()
    while result > 0 {
      if case .flipping = scanout.state { shown += 1 }
      if case .lighting = scanout.state { shown += 1 }
      screen.ended()
      follow(.done)
      guard self.screen === screen else { return }
      result = screen.takeEvent()
    }
    if result < 0 || readiness.isBroken { fail(DeviceError(.display, "read events", .removed, errno: -min(result, 0))) }
  }

  /// The timer of its source has come.
  public func timerDue() {
    timer.met()
    follow(.late)
  }

  private func follow(_ event: Scanout.Event) {
    do throws(DeviceError) {
      try perform(scanout.handle(event, at: host.now()))
      answer()
    } catch {
      fail(error)
    }
  }

  private func answer() {
    guard owesAnswer, scanout.hasSettled else { return }
    owesAnswer = false
    host.post(.settled(.display))
  }

  private func fail(_ error: DeviceError) {
    owesAnswer = false
    lose()
    host.post(.deviceFailed(error))
  }

  // MARK: Doing

  /// Does what the state machine says, and what follows from it where the kernel is done at once.
  private func perform(_ first: Scanout.Action) throws(DeviceError) {
    var action = first
    while action != .nothing {
      guard let screen else { break }
      var result: Int32 = 1
      switch action {
      case .nothing: break
      case .light:
        makePicture()
        result = screen.light(picture.span)
      case .flip:
        makePicture()
        result = screen.flip(picture.span)
      case .darken: result = screen.darken()
      case .release: screen.releaseBuffers()
      case .complain:
        late += 1
        owesAnswer = false
        host.post(.deviceFailed(DeviceError(.display, "show", .timedOut)))
      case .abandon:
        abandon()
        result = 1
      }
      action = .nothing
      if result == 0 {
        // The older calls are done when they return.
        shown += 1
        screen.ended()
        action = scanout.handle(.done, at: host.now())
      } else if result < 0 {
        let error = DeviceError(system: .display, "show", result)
        guard error.cause == .busy else { throw error }
        _ = scanout.handle(.refused, at: host.now())
        setTimer()
        throw DeviceError(.display, "show", .timedOut, errno: -result)
      }
    }
    setTimer()
  }

  private func setTimer() {
    if let deadline = scanout.deadline {
      timer.set(source, at: deadline, on: &host.timers)
    } else {
      timer.cancel(on: &host.timers)
    }
  }

  private func makePicture() {
    if picture.isEmpty { picture = [UInt32](repeating: 0, count: geometry.width * geometry.height) }
  }

  private func open() throws(DeviceError) {
    let screen = try DRMScreen(geometry: geometry, settings: settings)
    let result = host.reactor.watch(screen.descriptor, SOTTO_READABLE, for: source)
    if result < 0 { throw DeviceError(system: .display, "watch", result) }
    self.screen = screen
  }

  private func abandon() {
    guard let screen else { return }
    host.reactor.unwatch(screen.descriptor)
    screen.abandon()
    self.screen = nil
  }

  private func lose() {
    _ = scanout.handle(.lost, at: host.now())
    timer.cancel(on: &host.timers)
    guard let screen else { return }
    host.reactor.unwatch(screen.descriptor)
    screen.releaseBuffers()
    self.screen = nil
  }
}
