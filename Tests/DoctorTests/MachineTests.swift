import Foundation
import HAL
import Testing

@testable import Doctor

/// A folder that stands for the root of another machine.
final class OtherMachine {
  let root: URL
  var machine: Machine { Machine(root: root.path) }

  init(_ files: [String: String] = [:]) throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("sotto-doctor-\(UUID().uuidString)")
    for (path, text) in files {
      let file = root.appendingPathComponent(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  /// A link in a folder that is there.
  func link(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: root.appendingPathComponent(path).path, withDestinationPath: root.appendingPathComponent(target).path)
  }

  deinit { try? FileManager.default.removeItem(at: root) }
}

func json(_ report: Report) throws -> [String: Any] {
  try #require(try JSONSerialization.jsonObject(with: Data(report.json().bytes)) as? [String: Any])
}

func text(_ report: SubjectReport) -> String {
  report.lines.joined(separator: "\n") + "\n" + report.findings.map { "\($0.verdict.name): \($0.text)" }.joined(separator: "\n")
}

@Suite("What a machine's own files tell")
struct MachineTests {
  @Test("a battery with its charge, and a charger that is none")
  func battery() throws {
    let other = try OtherMachine([
      "sys/class/power_supply/pack/type": "Battery\n", "sys/class/power_supply/pack/capacity": "73\n",
      "sys/class/power_supply/pack/voltage_now": "3912000\n", "sys/class/power_supply/pack/status": "Discharging\n",
      "sys/class/power_supply/pack/health": "Dead\n", "sys/class/power_supply/usb/type": "USB\n",
    ])
    let report = SupplyCheck.battery(other.machine, wanted: "/sys/class/power_supply/pack")
    #expect(report.state == .fine)
    #expect(report.devices.count == 1)
    #expect(
      text(report) == """
        /sys/class/power_supply/pack: 73 %, 3912 mV, Discharging
        note: /sys/class/power_supply/pack says of its health: Dead.
        fine: The board's /sys/class/power_supply/pack is there.
        """)
  }

  @Test("a battery that does not tell its charge, and one that the board names and that is not there, are wrong")
  func batteryWrong() throws {
    let other = try OtherMachine(["sys/class/power_supply/pack/type": "Battery\n"])
    #expect(SupplyCheck.battery(other.machine, wanted: nil).state == .wrong)
    let empty = try OtherMachine()
    let gone = SupplyCheck.battery(empty.machine, wanted: "/sys/class/power_supply/pack")
    #expect(gone.state == .wrong)
    #expect(gone.findings[0].text == "The board file names /sys/class/power_supply/pack, which is not there.")
    #expect(gone.findings[0].mend == "ls /sys/class/power_supply")
  }

  @Test("thermal zones in the order of their numbers; one without a reading is worth a note")
  func thermal() throws {
    let other = try OtherMachine([
      "sys/class/thermal/thermal_zone10/type": "gpu\n", "sys/class/thermal/thermal_zone10/temp": "41500\n",
      "sys/class/thermal/thermal_zone2/type": "cpu\n", "sys/class/thermal/cooling_device0/type": "fan\n",
    ])
    let report = SupplyCheck.thermal(other.machine, wanted: nil)
    #expect(
      text(report) == """
        /sys/class/thermal/thermal_zone2: cpu, no temperature
        /sys/class/thermal/thermal_zone10: gpu, 41 degrees Celsius
        note: /sys/class/thermal/thermal_zone2 gives no temperature now.
        """)
  }

  @Test("an accelerometer and its events; a board that names another device, event, or tilts of a chip without axes is wrong")
  func motion() throws {
    let other = try OtherMachine([
      "sys/bus/iio/devices/.kept": "", "sys/devices/adc/name": "adc\n",
      "sys/devices/chip/name": "lis2dw12\n", "sys/devices/chip/label": "temple\n", "sys/devices/chip/in_accel_z_raw": "1000\n",
      "sys/devices/chip/events/in_accel_gesture_doubletap_en": "0\n",
    ])
    try other.link("sys/bus/iio/devices/iio:device0", to: "sys/devices/adc")
    try other.link("sys/bus/iio/devices/iio:device1", to: "sys/devices/chip")
    var wiring = MotionWiring()
    wiring.tilt = 30
    let report = MotionCheck.examine(other.machine, wanted: "temple", wiring: wiring)
    #expect(
      text(report) == """
        /sys/bus/iio/devices/iio:device0: adc
        /sys/bus/iio/devices/iio:device1: lis2dw12, three axes of acceleration, events in_accel_gesture_doubletap
        fine: The board's temple is there.
        """)
    let mute = MotionCheck.examine(other.machine, wanted: "adc", wiring: wiring)
    #expect(mute.findings.filter { $0.verdict == .wrong }.count == 2)
    let gone = MotionCheck.examine(other.machine, wanted: "lis3dh", wiring: wiring)
    #expect(gone.state == .wrong)
    #expect(gone.findings[0].text == "The board file names the accelerometer lis3dh, which is not there.")
    #expect(MotionCheck.examine(try OtherMachine().machine, wanted: nil, wiring: wiring).state == .absent)
  }

  @Test("a kernel's options: built in, as module, off, and named only at the start of a line")
  func options() {
    let configuration = Array(
      """
      # CONFIG_IIO is not set
      CONFIG_DRM_VKMS=m
      CONFIG_DRM=m
      CONFIG_EPOLL=y
      """.utf8)
    #expect(KernelCheck.setting(of: "CONFIG_EPOLL", in: configuration) == .builtIn)
    #expect(KernelCheck.setting(of: "CONFIG_DRM", in: configuration) == .module)
    #expect(KernelCheck.setting(of: "CONFIG_IIO", in: configuration) == .off)
    #expect(KernelCheck.setting(of: "CONFIG_SND_PCM", in: configuration) == .off)
  }

  @Test("a missing option is wrong only where the board needs it")
  func neededOptions() throws {
    let all = KernelCheck.options.map { "\($0.name)=y\n" }.filter { !$0.hasPrefix("CONFIG_DRM=") }.joined()
    let other = try OtherMachine(["boot/config-6.1.0": all])
    #expect(KernelCheck.examine(other.machine, release: "6.1.0", needed: []).state == .fine)
    let held = KernelCheck.examine(other.machine, release: "6.1.0", needed: [.display])
    #expect(held.state == .wrong)
    #expect(held.findings.count == 1)
    #expect(held.findings[0].text == "The kernel is built without CONFIG_DRM: it is needed for displays.")
    let empty = try OtherMachine()
    let unknown = KernelCheck.examine(empty.machine, release: "6.1.0", needed: [.display])
    #expect(unknown.findings.map { $0.verdict } == [.note])
  }

  @Test("a machine's name: the device tree's, else its firmware's, else none")
  func names() throws {
    let tree = try OtherMachine(["proc/device-tree/model": "Acme Specs\0", "sys/class/dmi/id/product_name": "Acme PC\n"])
    #expect(tree.machine.name == "Acme Specs")
    let tables = try OtherMachine(["sys/class/dmi/id/product_name": "Acme PC\n"])
    #expect(tables.machine.name == "Acme PC")
    let none = try OtherMachine()
    #expect(none.machine.name == "")
  }
}

@Suite("Who may use the devices")
struct PermissionTests {
  static let nobody = Person(name: "nobody", isRoot: false, groups: ["nogroup"])
  static let video = PermissionCheck.families[0]
  static let lines = PermissionCheck.families[2]

  @Test("a file whose group may read and write: join that group")
  func join() {
    #expect(
      PermissionCheck.mend(Self.video, group: "video", mode: 0o660, Self.nobody)
        == "sudo usermod -aG video nobody (then log in again)")
  }

  @Test("a file of root alone: a rule for udev that gives it a group, then that group")
  func rule() {
    let mend = PermissionCheck.mend(Self.lines, group: "root", mode: 0o600, Self.nobody)
    #expect(mend.hasPrefix("sudo groupadd -f gpio && echo 'SUBSYSTEM==\"gpio\", GROUP=\"gpio\", MODE=\"0660\"'"))
    #expect(mend.hasSuffix("sudo usermod -aG gpio nobody (then log in again)"))
    // A group without the right does not help either.
    #expect(PermissionCheck.mend(Self.lines, group: "gpio", mode: 0o640, Self.nobody) == mend)
  }

  @Test("who is already in the group needs a rule, not the group")
  func memberOfGroup() {
    let member = Person(name: "ada", isRoot: false, groups: ["video"])
    #expect(PermissionCheck.mend(Self.video, group: "video", mode: 0o660, member).contains("udevadm"))
  }

  @Test("as nobody, devices of root are named with the command that mends it")
  func asNobody() throws {
    let other = try OtherMachine(["dev/video0": "", "dev/gpiochip0": "", "dev/snd/pcmC0D0c": ""])
    let report = PermissionCheck.examine(other.machine, person: Self.nobody) { $0.hasPrefix("/dev/snd/") }
    #expect(report.state == .wrong)
    #expect(report.findings.map { $0.text } == ["nobody may not use /dev/video0.", "nobody may not use /dev/gpiochip0."])
    #expect(report.findings.allSatisfy { $0.mend?.contains("usermod -aG") == true })
    #expect(report.lines.contains("microphones and speakers: 1 of 1 may be used"))
  }
}
