import Drivers
import HAL
import Units

/// Motion sensors of the kernel's Industrial I/O, with the events that a board file can name as a tap.
enum MotionCheck {
  private static let folder = "/sys/bus/iio/devices"

  /// `wanted` is the board's accelerometer as its file names it, nil when nothing is asked for; `wiring` is how the board uses it.
  static func examine(_ machine: Machine, wanted: String?, wiring: MotionWiring) -> SubjectReport {
    var report = SubjectReport(.motion)
    var found: MotionDevice?
    for device in MotionDevices.list(in: machine.root + folder) {
      report.add(datum(device), [line(device)])
      guard let wanted else { continue }
      for name in [device.name, device.label, device.device] where name.utf8.elementsEqual(wanted.utf8) { found = device }
    }
    guard let wanted else { return report }
    guard let found else {
      report.wrong(
        "The board file names the accelerometer " + wanted + ", which is not there.", mend: "grep . " + folder + "/*/name")
      return report
    }
    report.fine("The board's " + wanted + " is there.")
    if !found.events.contains(where: { $0.utf8.elementsEqual(wiring.tapEvent.utf8) }) {
      report.wrong(
        wanted + " has no event " + wiring.tapEvent + ", which the board file takes for a tap.",
        mend: "ls " + folder + "/" + found.device + "/events")
    }
    if wiring.tilt != nil, !found.readsAcceleration {
      report.wrong(
        wanted + " has no three axes to read, which a tilt is told from.", mend: "ls " + folder + "/" + found.device)
    }
    return report
  }

  private static func datum(_ device: MotionDevice) -> Datum {
    .object([
      Datum.Entry("path", .text(folder + "/" + device.device)), Datum.Entry("name", .text(device.name)),
      Datum.Entry("label", .text(device.label)), Datum.Entry("reads_acceleration", .flag(device.readsAcceleration)),
      Datum.Entry("events", .list(device.events.map { .text($0) })),
    ])
  }

  private static func line(_ device: MotionDevice) -> String {
    var text = folder + "/" + device.device + ": " + device.name
    if device.readsAcceleration { text += ", three axes of acceleration" }
    for (index, event) in device.events.enumerated() { text += (index == 0 ? ", events " : ", ") + event }
    return text
  }
}
