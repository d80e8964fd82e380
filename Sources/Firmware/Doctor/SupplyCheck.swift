/// Batteries by the kernel's power_supply class (Documentation/ABI/testing/sysfs-class-power) and temperatures by its thermal one.
enum SupplyCheck {
  private static let supplies = "/sys/class/power_supply"
  private static let zones = "/sys/class/thermal"

  /// `wanted` is the board's battery as its file names it, nil when nothing is asked for.
  static func battery(_ machine: Machine, wanted: String?) -> SubjectReport {
    var report = SubjectReport(.battery)
    for name in machine.names(in: supplies) {
      let folder = supplies + "/" + name
      guard let type = machine.line(folder + "/type"), type.utf8.elementsEqual("Battery".utf8) else { continue }
      let charge = machine.number(folder + "/capacity")
      let volts = machine.number(folder + "/voltage_now")
      let status = machine.line(folder + "/status")
      let health = machine.line(folder + "/health")
      report.add(
        .object([
          Datum.Entry("path", .text(folder)), Datum.Entry("charge_percent", number(charge)),
          Datum.Entry("millivolts", number(volts.map { $0 / 1000 })), Datum.Entry("status", .optional(status)),
          Datum.Entry("health", .optional(health)),
        ]),
        [
          folder + ": " + (charge.map { $0.description + " %" } ?? "charge unknown")
            + (volts.map { ", " + ($0 / 1000).description + " mV" } ?? "") + (status.map { ", " + $0 } ?? "")
        ])
      if charge == nil { report.wrong(folder + " does not tell its charge.", mend: "cat " + folder + "/uevent") }
      if let health, !["Good", "Unknown"].contains(where: { health.utf8.elementsEqual($0.utf8) }) {
        report.note(folder + " says of its health: " + health + ".")
      }
    }
    expect(wanted, machine, &report, "ls " + supplies)
    return report
  }

  /// `wanted` is the board's thermal zone as its file names it, nil when nothing is asked for.
  static func thermal(_ machine: Machine, wanted: String?) -> SubjectReport {
    var report = SubjectReport(.thermal)
    for name in machine.names(in: zones, prefix: "thermal_zone") {
      let folder = zones + "/" + name
      let type = machine.line(folder + "/type")
      let temperature = machine.number(folder + "/temp")
      report.add(
        .object([
          Datum.Entry("path", .text(folder)), Datum.Entry("type", .optional(type)),
          Datum.Entry("millidegrees", number(temperature)),
        ]),
        [
          folder + ": " + (type ?? "of unknown type") + ", "
            + (temperature.map { ($0 / 1000).description + " degrees Celsius" } ?? "no temperature")
        ])
      if temperature == nil { report.note(folder + " gives no temperature now.") }
    }
    expect(wanted, machine, &report, "ls " + zones)
    return report
  }

  private static func expect(_ wanted: String?, _ machine: Machine, _ report: inout SubjectReport, _ mend: String) {
    guard let wanted else { return }
    if machine.exists(wanted) {
      report.fine("The board's " + wanted + " is there.")
    } else {
      report.wrong("The board file names " + wanted + ", which is not there.", mend: mend)
    }
  }

  private static func number(_ value: Int64?) -> Datum {
    guard let value else { return .nothing }
    return .number(value)
  }
}
