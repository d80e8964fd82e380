import Foundation
import HAL
import Testing
import Units

@testable import Drivers

/// Lines that a test pulls. They behave as the kernel's: edges wait in a queue that holds 16, levels are asked for, and after the chip
/// is gone everything answers -ENODEV without a word before.
private final class FakeChip {
  final class Line: GPIOLine {
    private weak var chip: FakeChip?
    let name: String
    let use: LineUse
    private let ends: (read: Int32, write: Int32)
    private var waiting: [LineEdge] = []
    var current = false
    private(set) var isClosed = false
    var isGone = false

    init(_ chip: FakeChip, _ name: String, _ use: LineUse) {
      self.chip = chip
      self.name = name
      self.use = use
      var ends: [Int32] = [0, 0]
      pipe(&ends)
      self.ends = (ends[0], ends[1])
      if case .output(let active) = use { current = active } else { current = chip.levels[name] ?? false }
    }

    deinit {
      Foundation.close(ends.read)
      if !isGone { Foundation.close(ends.write) }
    }

    var descriptor: Int32 { if case .edges = use { ends.read } else { -1 } }
    func level() -> Int32 { isGone ? -19 : (chip?.levels[name].map { $0 ? 1 : 0 } ?? (current ? 1 : 0)) }

    func set(active: Bool) -> Int32 {
      if isGone { return -19 }
      current = active
      return 0
    }

    func takeEdges(into edges: inout [LineEdge]) -> Int32 {
      if isGone { return -19 }
      guard !waiting.isEmpty else { return 0 }
      var byte: UInt8 = 0
      read(ends.read, &byte, 1)
      edges += waiting
      waiting = []
      return 0
    }

    func close() {
      #expect(!isClosed, "a line is given back once")
      isClosed = true
    }

    func push(_ edge: LineEdge) {
      if waiting.isEmpty { write(ends.write, "x", 1) }
      if waiting.count < 16 { waiting.append(edge) }
    }

    /// The kernel hangs up.
    func hangUp() {
      isGone = true
      Foundation.close(ends.write)
    }
  }

  var isThere = true
  var refusal: Int32 = 2  // ENOENT
  var levels: [String: Bool] = [:]
  var lines: [Line] = []
  var requests = 0

  func request(_ description: LineDescription, _ use: LineUse) -> Result<any GPIOLine, LineError> {
    requests += 1
    guard isThere else { return .failure(LineError(errno: refusal)) }
    let line = Line(self, description.line, use)
    lines.append(line)
    return .success(line)
  }

  subscript(_ name: String) -> Line { lines.last { $0.name == name }! }

  func bring(_ name: String, _ active: Bool, at: Int64) {
    levels[name] = active
    self[name].push(LineEdge(active: active, at: Instant(nanoseconds: at)))
  }

  /// The driver is unbound: the kernel of Debian 12 tells the holder nothing.
  func unplug() {
    isThere = false
    for line in lines { line.isGone = true }
  }
}

@Suite struct GPIOPinsTests {
  private let bench: Bench
  private let chip = FakeChip()

  init() throws { bench = try Bench() }

  private func pins(hearsNews: Bool = true, sense: Bool = true, privacy: Bool = false, sound: Bool = false) -> GPIOPins {
    var lines = LineDescriptions()
    lines.button = LineDescription(chip: "c", line: "button", isActiveLow: true, bias: .pullUp)
    lines.wear = LineDescription(chip: "c", line: "wear")
    lines.indicator = LineDescription(chip: "c", line: "light")
    if sense { lines.indicatorSense = LineDescription(chip: "c", line: "sense") }
    if sound { lines.sound = LineDescription(chip: "c", line: "sound") }
    if privacy { lines.privacy = LineDescription(chip: "c", line: "private") }
    return GPIOPins(
      host: bench.host, source: Bench.source, lines: lines, debounce: .milliseconds(16), hearsNews: hearsNews,
      request: chip.request)
  }

  private let added = DeviceNews(action: .added, subsystem: .gpio)
  private let removed = DeviceNews(action: .removed, subsystem: .gpio)

  @Test func edgesAreReportedWithTheTimeOfTheEdge() {
    let pins = pins()
    chip.bring("button", true, at: 5)
    chip.bring("button", false, at: 9)
    bench.settle(pins.descriptorReady)
    var times: [Int64] = []
    while let event = bench.events.take() {
      if case .edge(.button, _, let at) = event { times.append(at.nanoseconds) }
    }
    #expect(times == [5, 9])
  }

  @Test func theKernelFiltersAShareOfTheDebounce() {
    _ = pins()
    #expect(chip["button"].use == .edges(debounce: .milliseconds(4)))
  }

  @Test func whatALineIsAtTheStartIsAskedForAndNotReported() throws {
    chip.levels["wear"] = true
    let pins = pins()
    bench.settle(pins.descriptorReady)
    #expect(bench.reported() == [])
    #expect(try pins.level(of: .wear))
    #expect(try !pins.level(of: .button))
  }

  @Test func theSoundLineIsRequestedOnlyWhileItIsWanted() throws {
    let pins = pins(sound: true)
    #expect(pins.has(.sound))
    #expect(chip.requests == 4, "button, wear, light, sense")
    #expect(throws: DeviceError.self) { try pins.level(of: .sound) }

    chip.levels["sound"] = true
    pins.attend(.sound, true)
    #expect(try pins.level(of: .sound))
    #expect(chip["sound"].use == .edges(debounce: .zero))
    chip.bring("sound", false, at: 7)
    bench.settle(pins.descriptorReady)
    #expect(bench.reported() == ["sound off"])

    pins.attend(.sound, false)
    #expect(chip["sound"].isClosed)
    #expect(throws: DeviceError.self) { try pins.level(of: .sound) }
    pins.handle(added)
    #expect(chip.requests == 5, "news of a chip is no reason to ask for it")
  }

  @Test func aSoundLineThatIsMissingIsFoundWhenItComes() throws {
    let pins = pins(sound: true)
    chip.isThere = false
    pins.attend(.sound, true)
    #expect(throws: DeviceError.self) { try pins.level(of: .sound) }
    chip.isThere = true
    chip.levels["sound"] = true
    pins.handle(added)
    #expect(bench.reported() == ["sound on"])
    #expect(try pins.level(of: .sound))
  }

  @Test func anOverflowOfTheKernelsBufferIsMadeUpFor() {
    let pins = pins()
    for step in 0..<17 { chip.bring("button", step % 2 == 0, at: Int64(step)) }
    bench.settle(pins.descriptorReady)
    #expect(bench.reported().last == "button on", "the seventeenth edge was dropped, the level tells it")
  }

  @Test func theIndicatorIsReadBackFromItsSenseLine() throws {
    let pins = pins()
    chip.levels["sense"] = false
    try pins.set(.indicator, active: true)
    #expect(chip["light"].current)
    #expect(try !pins.readBack(.indicator))
    chip.levels["sense"] = true
    #expect(try pins.readBack(.indicator))
  }

  @Test func theLightHasSettledWhenItsSenseLineFollows() throws {
    let pins = pins()
    #expect(pins.hasLightSettled)
    chip.levels["sense"] = false
    try pins.set(.indicator, active: true)
    #expect(!pins.hasLightSettled)
    #expect(bench.host.timers.takeDue(at: bench.host.timers.nextDue!) == Bench.source)
    pins.timerDue()
    #expect(!pins.hasLightSettled && bench.reported() == [])
    chip.levels["sense"] = true
    #expect(bench.host.timers.takeDue(at: bench.host.timers.nextDue!) == Bench.source)
    pins.timerDue()
    #expect(pins.hasLightSettled)
    #expect(bench.reported() == ["settled(HAL.Part.indicator)"])
    #expect(bench.host.timers.isEmpty)
    try pins.set(.indicator, active: true)
    #expect(pins.hasLightSettled, "it was there at once")
  }

  @Test func aLightThatStaysDarkIsNotWaitedForLonger() throws {
    let pins = pins()
    chip.levels["sense"] = false
    let begun = bench.host.now()
    try pins.set(.indicator, active: true)
    while !pins.hasLightSettled {
      _ = bench.host.reactor.wait(until: bench.host.timers.nextDue!)
      if bench.host.timers.takeDue(at: bench.host.now()) != nil { pins.timerDue() }
    }
    #expect(bench.host.now() - begun >= .milliseconds(50))
    #expect(bench.reported() == ["settled(HAL.Part.indicator)"])
    #expect(try !pins.readBack(.indicator), "what it reads then decides")
  }

  @Test func aLightThatIsSetAnewIsNotWaitedForAnyMore() throws {
    let pins = pins()
    chip.levels["sense"] = false
    try pins.set(.indicator, active: true)
    try pins.set(.indicator, active: false)
    #expect(pins.hasLightSettled && bench.host.timers.isEmpty)
  }

  @Test func withoutASenseLineTheOutputItselfIsReadBack() throws {
    let pins = pins(sense: false)
    try pins.set(.indicator, active: true)
    #expect(try pins.readBack(.indicator))
  }

  @Test func thePrivacyLineIsAnOutputOfItsOwn() throws {
    let without = pins()
    #expect(!without.has(.privacy))
    #expect(without.has(.indicator))
    let pins = pins(privacy: true)
    #expect(pins.has(.privacy))
    try pins.set(.privacy, active: true)
    #expect(chip["private"].current)
    #expect(!chip["light"].current, "the light has nothing to do with it")
    #expect(try pins.readBack(.privacy))
    // Lost and found, it takes the level that was wished last.
    chip.unplug()
    #expect(throws: DeviceError.self) { try pins.readBack(.privacy) }
    chip.isThere = true
    pins.handle(added)
    #expect(chip["private"].use == .output(active: true))
  }

  @Test func aSenseLineThatIsLostIsNoLight() throws {
    let pins = pins()
    try pins.set(.indicator, active: true)
    chip["sense"].isGone = true
    let error = #expect(throws: DeviceError.self) { try pins.readBack(.indicator) }
    #expect(error?.cause == .removed)
    #expect(bench.reported() == ["indicator removed"])
  }

  @Test func aChipThatIsUnboundInSilenceIsNoticedByTheNews() throws {
    chip.levels["wear"] = true
    let pins = pins()
    chip.unplug()
    bench.settle(pins.descriptorReady)
    #expect(bench.reported() == [], "nothing has told")
    pins.handle(DeviceNews(action: .removed, subsystem: .sound))
    #expect(bench.reported() == [])
    pins.handle(removed)
    #expect(bench.reported() == ["pins removed", "wear off", "pins removed", "indicator removed", "indicator removed"])
    let error = #expect(throws: DeviceError.self) { try pins.level(of: .button) }
    #expect(error?.cause == .removed)
    #expect(throws: DeviceError.self) { try pins.set(.indicator, active: true) }
  }

  @Test func whatIsBackTakesUpWhereItWas() throws {
    chip.levels["wear"] = true
    let pins = pins()
    chip.unplug()
    pins.handle(removed)
    _ = bench.reported()
    #expect(throws: DeviceError.self) { try pins.set(.indicator, active: true) }
    chip.isThere = true
    pins.handle(added)
    #expect(bench.reported() == ["wear on"])
    #expect(chip["light"].use == .output(active: true), "the level that was wished last")
    chip.bring("button", true, at: 3)
    bench.settle(pins.descriptorReady)
    #expect(bench.reported() == ["button on"])
    #expect(chip.lines.filter { $0.isGone }.allSatisfy { $0.isClosed })
  }

  @Test func aDescriptorThatHangsUpIsLetGoAndDoesNotSpin() {
    let pins = pins()
    chip["button"].hangUp()
    bench.settle(pins.descriptorReady)
    #expect(bench.reported() == ["pins removed"])
    #expect(bench.host.reactor.dropped == 0, "its driver let it go")
  }

  @Test func missingLinesAreTriedAFewTimesAndThenOnlyWhenThereIsNews() {
    chip.isThere = false
    chip.refusal = 13  // EACCES: udev has not been there yet
    let pins = pins()
    #expect(bench.notes.lines.contains { $0.contains("\"button\" is missing") && $0.contains("may not be used") })
    var tries = 0
    while let due = bench.host.timers.nextDue {
      #expect(bench.host.timers.takeDue(at: due) == Bench.source)
      pins.timerDue()
      tries += 1
    }
    #expect(tries == 6)
    chip.isThere = true
    pins.handle(added)
    #expect(bench.host.timers.isEmpty)
    #expect(bench.notes.lines.last == "the line \"indicator-sense\" is there")
  }

  @Test func withoutNewsAMissingLineIsTriedOnceAMinute() {
    chip.isThere = false
    let pins = pins(hearsNews: false)
    for _ in 0..<6 {
      _ = bench.host.timers.takeDue(at: bench.host.timers.nextDue!)
      pins.timerDue()
    }
    let due = bench.host.timers.nextDue
    #expect(due.map { $0 - bench.host.now() > .seconds(50) } == true)
  }

  @Test func whatIsNoChipIsListedWithTheReason() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sotto-chips-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(GPIOChips.list(in: folder.path).isEmpty)
    try Data().write(to: folder.appending(path: "gpiochip3"))
    let chips = GPIOChips.list(in: folder.path)
    #expect(chips.map { $0.path } == [folder.path + "/gpiochip3"])
    #expect(chips.first?.failure?.cause == .unsupported && chips.first?.lines.isEmpty == true)
    #expect([1, 2].contains(GPIOChips.generation))
  }

  @Test func aLineOfTheKernelThatIsNotThereIsAnErrorWithAReason() {
    let nowhere = LineDescription(chip: "no-such-chip", line: "none")
    guard case .failure(let error) = KernelLine.request(nowhere, .sense) else { return #expect(Bool(false), "no such chip") }
    #expect(error.errno == 2)
    guard case .failure(let other) = KernelLine.request(LineDescription(chip: "/dev/null", line: "0"), .sense) else {
      return #expect(Bool(false), "no chip at all")
    }
    #expect(FailureCause(system: other.errno) == .unsupported || FailureCause(system: other.errno) == .absent)
  }
}
