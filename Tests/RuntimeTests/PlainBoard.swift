import HAL
import Units

@testable import Wire

/// A board without any behaviour of its own: the test says what happens, each device writes down what is asked of it and fails where the test
/// wants it to. Nothing in it allocates on the way of the sound.
final class PlainBoard: Board {
  let journal = Journal()
  var clock = Instant.zero
  /// What happens next.
  var event: BoardEvent?
  let camera: PlainCamera?
  let microphone: PlainMicrophone?
  let speaker: PlainSpeaker?
  let display: PlainDisplay?
  let pins: PlainPins
  let link: PlainLink
  let battery: PlainBattery? = nil
  let thermal: PlainThermal? = nil
  let storage = PlainStorage()
  let control: PlainControlPort? = PlainControlPort()

  init(host: Identity, glasses: Fingerprint, without absent: [Part] = []) {
    func has(_ part: Part) -> Bool { !absent.contains(part) }
    camera = has(.camera) ? PlainCamera(journal) : nil
    microphone = has(.microphone) ? PlainMicrophone(journal) : nil
    speaker = has(.speaker) ? PlainSpeaker(journal) : nil
    display = has(.display) ? PlainDisplay(journal) : nil
    pins = PlainPins(journal)
    link = PlainLink(host: host, glasses: glasses)
  }

  /// Parts that are on their way until the test says that they have settled.
  var slow: Set<Part> = []
  func hasSettled(_ part: Part) -> Bool { !slow.contains(part) }

  func now() -> Instant { clock }
  var wakeups: UInt64 { 0 }
  var isTracing: Bool { false }
  func trace(_ line: Span<UInt8>) {}

  /// What the last `next` was allowed.
  var idling: IdleKind?
  var lastIdle: IdleSpell?

  func next(before deadline: Instant?, idling kind: IdleKind) -> BoardEvent {
    idling = kind
    if let event {
      self.event = nil
      return event
    }
    if let deadline { clock = max(clock, deadline) }
    return .deadline
  }
}

/// What was asked of the devices, in order, and what shall fail.
final class Journal {
  var entries: [String] = []
  var failing: Set<String> = []

  func note(_ part: Part, _ operation: StaticString) throws(DeviceError) {
    let entry = "\(part.name) \(operation)"
    entries.append(entry)
    if failing.contains(entry) { throw DeviceError(part, operation, .io) }
  }

  func note(_ part: Part, quietly operation: StaticString) { entries.append("\(part.name) \(operation)") }
}

final class PlainMicrophone: Microphone {
  private let journal: Journal
  /// What the next reads give: samples of noise, first heard at `first`.
  var waiting = 0
  var first = Instant.zero
  private var noise: UInt32 = 1

  init(_ journal: Journal) { self.journal = journal }

  func start(period: Duration) throws(DeviceError) { try journal.note(.microphone, "start") }
  func setPeriod(_ period: Duration) { journal.note(.microphone, quietly: "period") }
  func stop() {
    journal.note(.microphone, quietly: "stop")
    waiting = 0
  }

  func read(into samples: inout MutableSpan<Int16>) throws(DeviceError) -> CaptureBlock {
    if !journal.failing.isEmpty { try journal.note(.microphone, "read") }
    let count = min(waiting, samples.count)
    for index in 0..<count {
      noise = noise &* 1_664_525 &+ 1_013_904_223
      samples[index] = Int16(truncatingIfNeeded: Int32(bitPattern: noise) >> 18)
    }
    let block = CaptureBlock(count: count, firstSample: first, lost: 0)
    waiting -= count
    first += .microseconds(Int64(count) * 125 / 2)
    return block
  }
}

final class PlainSpeaker: Speaker {
  private let journal: Journal
  private(set) var isOn = false
  var pending = 0

  init(_ journal: Journal) { self.journal = journal }

  func start() throws(DeviceError) {
    try journal.note(.speaker, "start")
    isOn = true
  }
  func write(_ samples: Span<Int16>) throws(DeviceError) -> Int {
    if !journal.failing.isEmpty { try journal.note(.speaker, "write") }
    return samples.count
  }
  func drain() { journal.note(.speaker, quietly: "drain") }
  func drop() {}
  func stop() {
    journal.note(.speaker, quietly: "stop")
    isOn = false
  }
}

final class PlainDisplay: Display {
  let geometry = DisplayGeometry(width: 128, height: 64, density: 160)
  private let journal: Journal
  private(set) var isOn = false
  private var pixels = [UInt32](repeating: 0, count: 128 * 64)

  init(_ journal: Journal) { self.journal = journal }

  func turnOn() throws(DeviceError) {
    try journal.note(.display, "on")
    isOn = true
  }
  func turnOff() {
    journal.note(.display, quietly: "off")
    isOn = false
  }
  func withPixels<Result>(_ body: (inout MutableSpan<UInt32>) -> Result) -> Result {
    pixels.withUnsafeMutableBufferPointer { buffer in
      var span = buffer.mutableSpan
      return body(&span)
    }
  }
  func present(damage: Rectangle) throws(DeviceError) { try journal.note(.display, "present") }
}

final class PlainCamera: Camera {
  private let journal: Journal
  var still: PictureInfo?

  init(_ journal: Journal) { self.journal = journal }

  func turnOn() throws(DeviceError) { try journal.note(.camera, "on") }
  func turnOff() {
    journal.note(.camera, quietly: "off")
    still = nil
  }
  func takeStill() throws(DeviceError) { try journal.note(.camera, "take") }
  func cancel() {
    journal.note(.camera, quietly: "cancel")
    still = nil
  }
  func withStill<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    let bytes: [UInt8] = [1, 2, 3]
    return body(bytes.span)
  }
  func release() { still = nil }
}

final class PlainPins: Pins {
  private let journal: Journal
  private(set) var isLit = false
  /// The light does not shine, whatever the line says.
  var isBroken = false

  init(_ journal: Journal) { self.journal = journal }

  func has(_ line: InputLine) -> Bool { line == .button }
  func level(of line: InputLine) throws(DeviceError) -> Bool { false }
  func set(_ line: OutputLine, active: Bool) throws(DeviceError) {
    journal.note(.indicator, quietly: active ? "on" : "off")
    isLit = active
  }
  func readBack(_ line: OutputLine) throws(DeviceError) -> Bool { isLit && !isBroken }
}

/// The transport and the host at its other end, which answers the moment it is told something.
final class PlainLink: LinkTransport {
  private let host: Identity
  private let glasses: Fingerprint
  private var channel: SecureChannel?
  private(set) var received: [DeviceMessage] = []
  /// How connections ended that the host did not end.
  private(set) var refusals: [SessionFailure] = []
  private(set) var openings = 0
  /// Takes bytes without looking at them: what the host does with sound is not what is measured.
  var swallows = false
  /// `open` throws.
  var isCut = false

  init(host: Identity, glasses: Fingerprint) {
    self.host = host
    self.glasses = glasses
  }

  func open(_ address: String) throws(DeviceError) {
    if isCut { throw DeviceError(.link, "connect", .removed) }
    openings += 1
    channel = try? SecureChannel(role: .server, identity: host, expecting: .paired(glasses))
  }
  func close() { channel = nil }

  func send(_ bytes: Span<UInt8>) throws(DeviceError) -> Int {
    if swallows { return bytes.count }
    channel?.received(bytes)
    while let channel {
      switch channel.step() {
      case .idle: return bytes.count
      case .opened, .broken: continue
      case .closed(let failure): refusals.append(failure)
      case .frame: if let message = try? channel.withFrame(DeviceMessage.decode) { received.append(message) }
      }
    }
    return bytes.count
  }

  func receive(into bytes: inout MutableSpan<UInt8>) throws(DeviceError) -> Int {
    var taken: [UInt8] = []
    channel?.drainOutput { span in
      for index in 0..<min(span.count, 16 * 1024) { taken.append(span[index]) }
      return min(span.count, 16 * 1024)
    }
    for index in taken.indices { bytes[index] = taken[index] }
    return taken.count
  }

  func say(_ message: HostMessage) {
    var frame: [UInt8] = []
    try? Frame.append(message, to: &frame)
    _ = channel?.send(frame.span)
  }
}

/// The control port and whoever talks to it.
final class PlainControlPort: ControlPort {
  /// What each client sent and nobody has taken yet, and what it got.
  var sent = [[UInt8]](repeating: [], count: ControlPlaces.count)
  private(set) var got = [[UInt8]](repeating: [], count: ControlPlaces.count)
  /// Places that were closed, in order.
  private(set) var closed: [Int] = []
  /// These do not read.
  var deaf: Set<Int> = []

  func receive(from client: Int, into bytes: inout MutableSpan<UInt8>) -> Int {
    let count = min(bytes.count, sent[client].count)
    for index in 0..<count { bytes[index] = sent[client][index] }
    sent[client].removeFirst(count)
    return count
  }

  func send(to client: Int, _ bytes: Span<UInt8>) -> Int {
    if deaf.contains(client) { return 0 }
    bytes.withUnsafeBufferPointer { got[client] += $0 }
    return bytes.count
  }

  func close(_ client: Int) { closed.append(client) }

  func takeLines(of client: Int) -> [String] {
    defer { got[client] = [] }
    return String(decoding: got[client], as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

final class PlainBattery: Battery {
  func read() throws(DeviceError) -> BatteryReading { throw DeviceError(.battery, "read", .absent) }
}

final class PlainThermal: Thermal {
  func read() throws(DeviceError) -> DeciCelsius { throw DeviceError(.thermal, "read", .absent) }
}

final class PlainStorage: Storage {
  private var records: [String: [UInt8]] = [:]

  func load(_ name: StaticString) throws(DeviceError) -> [UInt8]? { records["\(name)"] }
  func save(_ name: StaticString, _ bytes: Span<UInt8>) throws(DeviceError) {
    records["\(name)"] = bytes.withUnsafeBufferPointer { Array($0) }
  }
  func remove(_ name: StaticString) throws(DeviceError) { records["\(name)"] = nil }
}
