import CIIO
import CLinux
import HAL
import Units

/// One event of an accelerometer.
public struct MotionEvent: Sendable, Hashable {
  public var name: MotionEventName
  /// nil when the chip's driver does not tell.
  public var at: Instant?

  public init(_ name: MotionEventName, at: Instant?) {
    self.name = name
    self.at = at
  }
}

/// What an accelerometer reads along its three axes, in its own unit.
public struct MotionReading: Sendable, Hashable {
  public var x: Int64
  public var y: Int64
  public var z: Int64

  public init(_ x: Int64, _ y: Int64, _ z: Int64) {
    self.x = x
    self.y = y
    self.z = z
  }
}

/// An accelerometer that is there: the kernel's, or one of a test. Results are values of 0 or more, or negated error numbers.
public protocol MotionChip: AnyObject {
  /// Readable when an event waits.
  var descriptor: Int32 { get }
  /// Whether its device has not gone since.
  var isThere: Bool { get }
  /// Adds the events that wait, oldest first. 0 or the negated error number.
  func takeEvents(into events: inout [MotionEvent]) -> Int32
  func read(into reading: inout MotionReading) -> Int32
  func close()
}

/// Why an accelerometer could not be had.
public struct MotionChipError: Error, Sendable {
  public var operation: StaticString
  /// Positive.
  public var errno: Int32

  public init(_ operation: StaticString, errno: Int32) {
    self.operation = operation
    self.errno = errno
  }
}

/// An accelerometer of the kernel's Industrial I/O (Documentation/ABI/testing/sysfs-bus-iio).
public final class KernelMotionChip: MotionChip {
  private let folder: String
  private var events: Int32
  /// The texts of the three axes, opened when they are first wanted.
  private var axes: InlineArray<3, Int32> = [-1, -1, -1]
  /// The device's time is that of CLOCK_BOOTTIME.
  private let isOurTime: Bool

  /// Numbers that devices are looked for under.
  private static let mostDevices = 32
  private static let missing: Int32 = 2  // ENOENT
  private static let axisNames: InlineArray<3, StaticString> = ["x", "y", "z"]

  private init(folder: String, events: Int32, isOurTime: Bool) {
    self.folder = folder
    self.events = events
    self.isOurTime = isOurTime
  }

  deinit { close() }

  /// The device called `name` (the text of its file `name` or `label`, or `iio:device0`), with its event `tap` switched on.
  /// `devices` and `nodes` are where the kernel lists devices and where their nodes are.
  public static func open(
    _ name: String, tap: String, devices: String = "/sys/bus/iio/devices", nodes: String = "/dev"
  ) -> Result<any MotionChip, MotionChipError> {
    guard let entry = find(name, in: devices) else { return .failure(MotionChipError("find", errno: missing)) }
    let folder = devices + "/" + entry
    let switched = SystemFile.write(folder + "/events/" + tap + "_en", Array("1".utf8))
    if switched < 0 { return .failure(MotionChipError("switch tap event on", errno: -switched)) }
    let isOurTime = SystemFile.write(folder + "/current_timestamp_clock", Array("boottime".utf8)) >= 0
    let events = (nodes + "/" + entry).withCString { sotto_iio_events($0) }
    if events < 0 { return .failure(MotionChipError("open events", errno: -events)) }
    return .success(KernelMotionChip(folder: folder, events: events, isOurTime: isOurTime))
  }

  /// `iio:device0` of a name.
  static func find(_ name: String, in devices: String) -> String? {
    for number in 0..<mostDevices {
      let entry = "iio:device" + number.description
      if name.utf8.elementsEqual(entry.utf8), isDevice(devices + "/" + entry) { return entry }
      for file in ["name", "label"] {
        guard let text = try? SystemFile.read(devices + "/" + entry + "/" + file, .motion, "find") else { continue }
        if text.elementsEqual(name.utf8) { return entry }
      }
    }
    return nil
  }

  private static func isDevice(_ folder: String) -> Bool { folder.withCString { sotto_is_directory($0) } > 0 }

  public var descriptor: Int32 { events }
  public var isThere: Bool { KernelMotionChip.isDevice(folder) }

  public func takeEvents(into list: inout [MotionEvent]) -> Int32 {
    while true {
      var event = sotto_iio_event()
      let result = sotto_iio_take(events, &event)
      if result == -KernelMotionChip.nothingWaits { return 0 }
      if result < 0 { return result }
      let at = isOurTime && event.stamp > 0 ? Instant(nanoseconds: event.stamp) : nil
      list.append(MotionEvent(MotionEventName(type: event.type, direction: event.direction), at: at))
    }
  }

  private static let nothingWaits: Int32 = 11  // EAGAIN

  public func read(into reading: inout MotionReading) -> Int32 {
    var values: InlineArray<3, Int64> = [0, 0, 0]
    for axis in 0..<3 {
      if axes[axis] < 0 { axes[axis] = openAxis(axis) }
      if axes[axis] < 0 { return axes[axis] }
      let result = sotto_iio_number(axes[axis], &values[axis])
      if result < 0 { return result }
    }
    reading = MotionReading(values[0], values[1], values[2])
    return 0
  }

  private func openAxis(_ axis: Int) -> Int32 {
    let name = KernelMotionChip.axisNames[axis].withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
    return (folder + "/in_accel_" + name + "_raw").withCString { sotto_iio_attribute($0) }
  }

  public func close() {
    sotto_iio_close(events)
    events = -1
    for axis in 0..<3 {
      sotto_iio_close(axes[axis])
      axes[axis] = -1
    }
  }
}
