import CIIO
import Foundation
import HAL
import Testing
import Units

@testable import Drivers

/// A chip that a test moves. Events wait in a queue, and after the device is gone every call answers -ENODEV.
private final class FakeChip: MotionChip {
  private let ends: (read: Int32, write: Int32)
  private var waiting: [MotionEvent] = []
  var reading = MotionReading(0, 0, 1000)
  var isThere = true
  private(set) var isClosed = false

  init() {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    self.ends = (ends[0], ends[1])
  }

  deinit {
    Foundation.close(ends.read)
    Foundation.close(ends.write)
  }

  var descriptor: Int32 { ends.read }

  func takeEvents(into events: inout [MotionEvent]) -> Int32 {
    guard isThere else { return -19 }
    var byte: UInt8 = 0
    if !waiting.isEmpty { Foundation.read(ends.read, &byte, 1) }
    events += waiting
    waiting = []
    return 0
  }

  func read(into reading: inout MotionReading) -> Int32 {
    guard isThere else { return -19 }
    reading = self.reading
    return 0
  }

  func close() { isClosed = true }

  func push(_ name: String, at milliseconds: Int64?) {
    if waiting.isEmpty { write(ends.write, "x", 1) }
    let at = milliseconds.map { Instant(nanoseconds: $0 * 1_000_000) }
    waiting.append(MotionEvent(MotionEventName(name)!, at: at))
  }
}

@Suite struct MotionSensorTests {
  private let bench: Bench
  private let chip = FakeChip()

  init() throws { bench = try Bench() }

  private func sensor(tilt: Int? = nil, isThere: @escaping () -> Bool = { true }) throws -> MotionSensor {
    var wiring = MotionWiring()
    wiring.tilt = tilt
    return try MotionSensor(host: bench.host, source: Bench.source, name: "lis2dw12", wiring: wiring) { [chip] name, tap in
      #expect(name == "lis2dw12" && tap == "in_accel_gesture_doubletap")
      return isThere() ? .success(chip) : .failure(MotionChipError("find", errno: 2))
    }
  }

  private let doubleTap = "in_accel_gesture_doubletap"

  @Test func tapsAreToldWithTheChipsOwnTime() throws {
    let sensor = try sensor()
    chip.push(doubleTap, at: 7)
    bench.settle(sensor.descriptorReady)
    guard case .tapped(let at)? = bench.events.take() else { return #expect(Bool(false), "no tap") }
    #expect(at == Instant(nanoseconds: 7_000_000))
    #expect(bench.host.timers.isEmpty, "nothing wakes the processor for taps but the chip")
  }

  @Test func whatRingsOnIsOneTap() throws {
    let sensor = try sensor()
    for at: Int64 in [0, 100, 300, 800] { chip.push(doubleTap, at: at) }
    bench.settle(sensor.descriptorReady)
    #expect(sensor.taps == 2, "the third is within a knock of the second, the fourth is not")
  }

  @Test func otherEventsOfTheChipAreNone() throws {
    let sensor = try sensor()
    chip.push("in_accel_gesture_singletap", at: 0)
    chip.push("in_accel_x_mag_rising", at: 1)
    bench.settle(sensor.descriptorReady)
    #expect(bench.reported() == [] && sensor.others == 2)
  }

  @Test func aChipThatGoesIsToldOnceAndFoundAgain() throws {
    let sensor = try sensor(isThere: { chip.isThere })
    chip.isThere = false
    sensor.handle(DeviceNews(action: .removed, subsystem: .gpio))
    #expect(bench.reported() == [])
    sensor.handle(DeviceNews(action: .removed, subsystem: .motion))
    #expect(bench.reported() == ["motion removed"])
    #expect(chip.isClosed && !sensor.isThere)
    sensor.handle(DeviceNews(action: .removed, subsystem: .motion))
    #expect(bench.reported() == [])
    chip.isThere = true
    sensor.handle(DeviceNews(action: .added, subsystem: .motion))
    #expect(sensor.isThere)
    #expect(bench.notes.lines == ["the accelerometer is there"])
  }

  @Test func aChipThatIsMissingIsNamedWithTheReason() throws {
    _ = try sensor(isThere: { false })
    #expect(bench.notes.lines == ["the accelerometer is missing: motion, find: is not there (error 2)"])
  }

  @Test func anEventNameThatIsNoneIsRefused() {
    var wiring = MotionWiring()
    wiring.tapEvent = "tap"
    let error = #expect(throws: DeviceError.self) {
      try MotionSensor(host: bench.host, source: Bench.source, name: "x", wiring: wiring)
    }
    #expect(error?.cause == .malformed)
  }

  @Test func tiltsAreWatchedForOnlyWhileAskedFor() throws {
    let sensor = try sensor(tilt: 30)
    #expect(bench.host.timers.isEmpty)
    try sensor.watchTilt()
    try sensor.watchTilt()
    func reads(_ count: Int) {
      for _ in 0..<count {
        #expect(bench.host.timers.takeDue(at: bench.host.timers.nextDue!) == Bench.source)
        sensor.timerDue()
      }
    }
    reads(4)
    #expect(bench.reported() == [])
    sensor.ignoreTilt()
    #expect(bench.host.timers.isEmpty)
    try sensor.watchTilt()
    reads(1)
    chip.isThere = false
    reads(1)
    #expect(bench.reported() == ["motion removed"])
    #expect(bench.host.timers.isEmpty)
  }

  @Test func aBoardThatWatchesNoTiltsReadsNothing() throws {
    let sensor = try sensor()
    try sensor.watchTilt()
    #expect(bench.host.timers.isEmpty)
  }
}

@Suite struct TiltDetectorTests {
  /// Gravity of a head bent by so many degrees to the side, read each 50 ms.
  private struct Head {
    var detector = TiltDetector(degrees: 25)
    var now = Instant.zero

    mutating func hold(_ degrees: Double, for count: Int, length: Double = 1000) -> Int {
      var tilts = 0
      for _ in 0..<count {
        let angle = degrees * .pi / 180
        let side = Int64((length * sin(angle)).rounded())
        if detector.take(side: side, 0, Int64((length * cos(angle)).rounded()), at: now) { tilts += 1 }
        now = now + .milliseconds(50)
      }
      return tilts
    }
  }

  @Test func aHeadThatStaysBentIsToldOnce() {
    var head = Head()
    #expect(head.hold(0, for: 10) == 0)
    #expect(head.hold(30, for: 6) == 0, "250 ms are not long enough")
    #expect(head.hold(30, for: 1) == 1)
    #expect(head.hold(35, for: 40) == 0)
    #expect(head.hold(0, for: 5) == 0)
    #expect(head.hold(-30, for: 7) == 1, "to the other side")
  }

  @Test func aHeadThatComesBackInTimeWasNotBent() {
    var head = Head()
    _ = head.hold(0, for: 10)
    for _ in 0..<5 {
      #expect(head.hold(40, for: 6) == 0)
      #expect(head.hold(10, for: 1) == 0)
    }
  }

  @Test func glassesThatSitAskewAreUpright() {
    var head = Head()
    #expect(head.hold(20, for: 4) == 0)
    #expect(head.hold(30, for: 20) == 0, "ten degrees against how they sat")
    #expect(head.hold(46, for: 7) == 1)
  }

  @Test func halfTheAngleLiesBetweenOneTiltAndTheNext() {
    var head = Head()
    _ = head.hold(0, for: 4)
    #expect(head.hold(30, for: 7) == 1)
    #expect(head.hold(15, for: 5) == 0)
    #expect(head.hold(30, for: 20) == 0)
    #expect(head.hold(10, for: 1) == 0)
    #expect(head.hold(30, for: 7) == 1)
  }

  @Test func aMovementIsNoReading() {
    var head = Head()
    _ = head.hold(0, for: 4)
    #expect(head.hold(40, for: 40, length: 1400) == 0)
    #expect(head.hold(0, for: 4, length: 0) == 0, "free fall, or a chip that is off")
    #expect(head.hold(40, for: 7) == 1)
  }
}

@Suite struct MotionChipTests {
  @Test(arguments: [
    ("in_accel_gesture_doubletap", 7, 5), ("in_accel_x_gesture_singletap", 7, 4), ("in_accel_x&y&z_mag_rising", 1, 1),
    ("in_accel_mag_adaptive_rising", 4, 1), ("in_voltage0_thresh_rising", 0, 1), ("in_steps_change", 5, 3),
    ("in_accel_roc_either", 2, 0), ("in_accel_thresh_adaptive_falling", 3, 2), ("in_accel_mag_referenced_rising", 6, 1),
  ])
  func anEventIsReadFromItsName(_ sample: (name: String, type: UInt8, direction: UInt8)) {
    #expect(MotionEventName(sample.name) == MotionEventName(type: sample.type, direction: sample.direction))
  }

  @Test(arguments: [
    "", "tap", "doubletap", "_gesture_doubletap", "gesture_doubletap", "in_accel", "in_accel_doubletap", "accel_mag_rising",
  ])
  func aNameThatIsNoneIsRefused(_ name: String) { #expect(MotionEventName(name) == nil) }

  /// As the kernel lists devices, without one of its own.
  @Test func aDeviceIsFoundByNameLabelOrNumber() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sotto-iio-" + UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    func put(_ path: String, _ text: String) throws {
      let file = folder.appending(path: path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    try put("iio:device0/name", "adc\n")
    try put("iio:device3/name", "lis2dw12\n")
    try put("iio:device3/label", "left-temple\n")
    try put("iio:device3/in_accel_x_raw", "-12\n")
    for name in ["lis2dw12", "left-temple", "iio:device3"] {
      #expect(KernelMotionChip.find(name, in: folder.path) == "iio:device3", "\(name)")
    }
    #expect(KernelMotionChip.find("lis3dh", in: folder.path) == nil)
    #expect(KernelMotionChip.find("iio:device4", in: folder.path) == nil)

    func reason(_ name: String, _ tap: String) -> String {
      guard case .failure(let error) = KernelMotionChip.open(name, tap: tap, devices: folder.path, nodes: folder.path) else {
        return "opened"
      }
      return "\(error.operation) \(error.errno)"
    }
    #expect(reason("lis3dh", "in_accel_gesture_doubletap") == "find 2")
    #expect(reason("lis2dw12", "in_accel_gesture_doubletap") == "switch tap event on 2")
    try put("iio:device3/events/in_accel_gesture_doubletap_en", "0")
    #expect(reason("lis2dw12", "in_accel_gesture_doubletap").hasPrefix("open events"))
    let switched = folder.appending(path: "iio:device3/events/in_accel_gesture_doubletap_en")
    #expect(try String(contentsOf: switched, encoding: .utf8) == "1")
  }

  @Test func aNumberIsReadAgainAndAgain() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "sotto-axis-" + UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("-34\n".utf8).write(to: URL(filePath: path))
    let attribute = sotto_iio_attribute(path)
    defer { sotto_iio_close(attribute) }
    var number: Int64 = 0
    for _ in 0..<3 {
      #expect(sotto_iio_number(attribute, &number) == 0)
      #expect(number == -34)
    }
    #expect(sotto_iio_attribute(path + "-none") == -2)
  }
}
