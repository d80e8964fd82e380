import Units

/// What a board reports. Events carry no payload beyond plain values: the data is fetched from the device.
public enum BoardEvent: Sendable {
  /// The deadline given to `next(before:idling:)` has come.
  case deadline
  case edge(InputLine, active: Bool, at: Instant)
  /// Somebody tapped on the frame (`Motion`).
  case tapped(at: Instant)
  /// The head was bent to a side and stays there (`Motion`).
  case tilted(at: Instant)
  case microphoneReady
  case speakerReady
  case speakerDrained
  case stillTaken
  case stillFailed(DeviceError)
  case linkOpened
  case linkReadable
  case linkWritable
  case linkClosed(FailureCause)
  case batteryChanged(BatteryReading)
  case thermalChanged(DeciCelsius)
  case deviceFailed(DeviceError)
  case control(ControlEvent)
  /// A part is now at the level that it was asked for last: only where `hasSettled` said that it was not there at once.
  case settled(Part)
  /// Text typed by a person at a development board's console instead of speech.
  case typed(String)
  /// A clock that knows the time of day was read or set: the board's own, if it has one. The firmware asks for none.
  case timeTold(LocalTime)
  /// The process was asked to end.
  case shutdown
}

/// A board: its devices, its clock, and the one place where the program waits.
///
/// Everything is called from one thread. Boards are final classes; the runtime is generic over them, so there is no dynamic
/// dispatch in the firmware.
public protocol Board: AnyObject {
  associatedtype CameraDevice: Camera
  associatedtype MicrophoneDevice: Microphone
  associatedtype SpeakerDevice: Speaker
  associatedtype DisplayDevice: Display
  associatedtype PinsDevice: Pins
  associatedtype LinkDevice: LinkTransport
  associatedtype BatteryDevice: Battery
  associatedtype ThermalDevice: Thermal
  associatedtype StorageDevice: Storage
  associatedtype ControlDevice: ControlPort = NoControlPort
  associatedtype MotionDevice: Motion = NoMotion

  /// Parts that the description names and the board does not have are nil: a capability is present or absent, never pretended.
  var camera: CameraDevice? { get }
  var microphone: MicrophoneDevice? { get }
  var speaker: SpeakerDevice? { get }
  var display: DisplayDevice? { get }
  var pins: PinsDevice { get }
  var link: LinkDevice { get }
  var battery: BatteryDevice? { get }
  var thermal: ThermalDevice? { get }
  var storage: StorageDevice { get }
  /// nil where nobody may ask: a board need not say so itself.
  var control: ControlDevice? { get }

  /// nil where there is no accelerometer: a board need not say so itself.
  var motion: MotionDevice? { get }

  func now() -> Instant

  /// Whether a part is at the level that the last call to its device asked for: whether it is up (its samples, pictures or pixels are to be
  /// had) or down. The runtime asks after each call that switches a part.
  ///
  /// When it is not, exactly one event tells what became of it: `settled`, or `deviceFailed` with the part's name. A part may be asked for another level while
  /// it is on its way, up or down: the earlier answer is then called off, and one about the new level is owed where it is not there at once.
  ///
  /// A board whose devices have switched when the call returns needs nothing of its own: all have settled, always. The link is left out: it tells in
  /// its own events when it is open, and is closed at once.
  func hasSettled(_ part: Part) -> Bool

  /// Waits for the next event. With `deadline` nil no timer is armed and nothing but a device wakes the processor; otherwise `.deadline` is returned at
  /// that instant unless an event comes first. A deadline in the past returns at once, after at most one event that already waits: a stream of events
  /// cannot hold it back.
  ///
  /// While it waits the system may go down as deep as `kind`, never deeper; a board that does not know that way takes a shallower one. Whoever
  /// asks for `standby` or `suspend` has reckoned with the way out: the board wakes at `deadline` and returns once the program runs again, later by
  /// the exit latency. No event is lost: one that comes before the way in, during it, or while the system is down is returned by this
  /// very call, with the time at which it happened. What wakes the system and is no event sends it down again.
  func next(before deadline: Instant?, idling kind: IdleKind) -> BoardEvent

  /// How the system was down during the last `next`; nil when it was not.
  var lastIdle: IdleSpell? { get }

  /// Times that `next` woke up from sleep since the start: what a sleeping device must not do.
  var wakeups: UInt64 { get }

  /// Processor time that the program has used since its start; nil where that means nothing, as in virtual time. A board need not say so itself.
  var processorTime: Duration? { get }

  /// The glasses are at rest after they were not. A board with little memory gives back what only starting or a turn needs and can be had again. It
  /// loses nothing by it, and takes well under a millisecond. A board need not do anything.
  func giveBackMemory()

  /// Appends one line (without newline) to the trace, if a trace is being kept.
  func trace(_ line: Span<UInt8>)
  /// Whether anyone keeps the trace: formatting can be skipped when not.
  var isTracing: Bool { get }

  /// The last call: everything is at rest and stored, and the program ends. A board that can switch its own supply off does it now.
  func powerOff(_ ending: Ending)
}

extension Board {
  /// Whoever started the program learns from its exit code (docs/unobtrusive.md).
  public func powerOff(_ ending: Ending) {}
}

/// Why the firmware has ended. Raw values are fixed: they are the exit codes of the program.
public enum Ending: UInt8, Sendable, Hashable {
  /// It was asked to.
  case asked = 0
  /// The battery is empty but for what an orderly end needs.
  case batteryEmpty = 20
  case tooHot = 21
}

extension Board {
  public func hasSettled(_ part: Part) -> Bool { true }

  public var processorTime: Duration? { nil }

  public func giveBackMemory() {}

  /// Waits without going down.
  public func next(before deadline: Instant?) -> BoardEvent { next(before: deadline, idling: .wait) }
}

extension Board where ControlDevice == NoControlPort {
  public var control: NoControlPort? { nil }
}

extension Board where MotionDevice == NoMotion {
  public var motion: NoMotion? { nil }
}
