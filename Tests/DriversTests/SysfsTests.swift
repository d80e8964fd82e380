import Foundation
import HAL
import Testing
import Units

@testable import Drivers

/// Folders that look like the kernel's.
private final class Tree {
  let path = NSTemporaryDirectory() + "sotto-sysfs-" + UUID().uuidString

  init(_ files: [String: String]) throws {
    for (name, text) in files { try put(name, text) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func put(_ name: String, _ text: String) throws {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data((text + "\n").utf8).write(to: url)
  }

  func remove(_ name: String = "") throws { try FileManager.default.removeItem(atPath: path + "/" + name) }
  func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }
}

@Suite struct PowerSupplyTests {
  private let changed = DeviceNews(action: .changed, subsystem: .powerSupply)

  @Test func theGaugesOwnFigureCounts() throws {
    let tree = try Tree(["capacity": "57", "status": "Discharging", "voltage_now": "3812000"])
    let reading = try PowerSupply(host: try Bench().host, folder: tree.path).read()
    #expect(reading == BatteryReading(charge: Percent(57), voltage: Millivolts(3812), isCharging: false))
  }

  @Test(arguments: [("energy", "1500", "2000", 75), ("charge", "0", "3000", 0), ("charge", "3100", "3000", 100)])
  func withoutOneItIsReckonedFromWhatIsLeft(kind: String, now: String, full: String, percent: Int) throws {
    let tree = try Tree(["\(kind)_now": now, "\(kind)_full": full, "status": "Charging"])
    let reading = try PowerSupply(host: try Bench().host, folder: tree.path).read()
    #expect(reading.charge == Percent(percent) && reading.isCharging)
  }

  @Test func onlyAChangeIsReported() throws {
    let bench = try Bench()
    let tree = try Tree(["capacity": "57", "status": "Discharging"])
    let supply = PowerSupply(host: bench.host, folder: tree.path)
    supply.handle(changed)
    #expect(bench.reported() == [])
    try tree.put("capacity", "56")
    supply.handle(DeviceNews(action: .changed, subsystem: .sound))
    #expect(bench.reported() == [])
    supply.handle(changed)
    #expect(bench.reported() == ["battery 56 false"])
    try tree.put("status", "Full")
    supply.handle(changed)
    #expect(bench.reported() == ["battery 56 true"])
  }

  @Test func aGaugeThatIsPulledOutIsToldOnceAndReportedWhenItIsBack() throws {
    let bench = try Bench()
    let tree = try Tree(["capacity": "57", "status": "Discharging"])
    let supply = PowerSupply(host: bench.host, folder: tree.path)
    try tree.remove()
    supply.handle(DeviceNews(action: .removed, subsystem: .powerSupply))
    supply.handle(changed)
    #expect(bench.reported() == ["battery removed"])
    #expect(throws: DeviceError.self) { try supply.read() }
    try tree.put("status", "Charging")
    try tree.put("capacity", "57")
    supply.handle(DeviceNews(action: .added, subsystem: .powerSupply))
    #expect(bench.reported() == ["battery 57 true"])
  }

  @Test func nonsenseIsAnError() throws {
    let tree = try Tree(["capacity": "much", "status": "Charging"])
    let error = #expect(throws: DeviceError.self) { try PowerSupply(host: try Bench().host, folder: tree.path).read() }
    #expect(error?.cause == .malformed)
  }
}

@Suite struct ThermalZonesTests {
  @Test func oneZoneOrTheHottestOfAll() throws {
    let tree = try Tree([
      "thermal_zone0/temp": "41500", "thermal_zone1/temp": "52949", "thermal_zone2/type": "no temperature",
      "cooling_device0/temp": "99000",
    ])
    let host = try Bench().host
    // The kernel's folder holds links, not folders.
    for name in ["thermal_zone0", "thermal_zone1", "thermal_zone2", "cooling_device0"] {
      try FileManager.default.createSymbolicLink(
        atPath: tree.path + "/class-\(name)", withDestinationPath: tree.path + "/" + name)
    }
    let links = try Tree(["keep": ""])
    for name in ["thermal_zone0", "thermal_zone1", "thermal_zone2", "cooling_device0"] {
      try FileManager.default.createSymbolicLink(atPath: links.path + "/" + name, withDestinationPath: tree.path + "/" + name)
    }
    #expect(try ThermalZones(host: host, folder: tree.path + "/thermal_zone0").read() == DeciCelsius(415))
    #expect(try ThermalZones(host: host, folder: links.path).read() == DeciCelsius(529))
    #expect(throws: DeviceError.self) { try ThermalZones(host: host, folder: tree.path + "/thermal_zone2").read() }
  }

  @Test func crossingATripPointIsReported() throws {
    let bench = try Bench()
    let tree = try Tree(["temp": "70000"])
    ThermalZones(host: bench.host, folder: tree.path).handle(DeviceNews(action: .changed, subsystem: .thermal))
    #expect(bench.reported() == ["thermal 700"])
  }
}

@Suite struct SystemSleepTests {
  /// What may wake the system.
  private let keys = "keys/power/wakeup"

  @Test func itGoesAsDeepAsTheSystemKnowsAndNoDeeperThanAsked() throws {
    let tree = try Tree(["state": "freeze mem disk", "wakeup_count": "7", keys: "enabled"])
    let sleep = SystemSleep(folder: tree.path, wakeSources: [tree.path + "/keys"])
    #expect(sleep.deepest(within: .suspend) == .suspend)
    #expect(sleep.deepest(within: .standby) == .standby)
    #expect(sleep.deepest(within: .wait) == nil)
    let shallow = try Tree(["state": "freeze", "wakeup_count": "7", keys: "enabled"])
    #expect(SystemSleep(folder: shallow.path, wakeSources: [shallow.path + "/keys"]).deepest(within: .suspend) == .standby)
    let blind = try Tree(["state": "freeze mem", keys: "enabled"])
    #expect(
      SystemSleep(folder: blind.path, wakeSources: [blind.path + "/keys"]).deepest(within: .suspend) == nil,
      "no handshake, no sleep")
    #expect(SystemSleep(folder: "/nowhere").deepest(within: .suspend) == nil)
  }

  @Test func theCountIsGivenBackBeforeItGoesDown() throws {
    let tree = try Tree(["state": "freeze mem", "wakeup_count": "71", keys: "enabled"])
    let sleep = SystemSleep(folder: tree.path, wakeSources: [tree.path + "/keys"])
    let count = try #require(sleep.prepare())
    #expect(count == Array("71".utf8))
    try tree.put("wakeup_count", "  ")
    guard case .slept = sleep.enter(.suspend, after: count) else { return #expect(Bool(false)) }
    #expect(try tree.text("wakeup_count").hasPrefix("71"))
    #expect(try tree.text("state").hasPrefix("mem"))
  }

  @Test func anEventOnTheWayInTurnsItBack() throws {
    let tree = try Tree(["state": "freeze mem", "wakeup_count": "71", keys: "enabled"])
    let sleep = SystemSleep(folder: tree.path, wakeSources: [tree.path + "/keys"])
    let count = try #require(sleep.prepare())
    // The kernel refuses the number with an error: here it cannot be written at all.
    try tree.remove("wakeup_count")
    guard case .turnedBack = sleep.enter(.suspend, after: count) else { return #expect(Bool(false)) }
    #expect(try tree.text("state") == "freeze mem\n", "it did not go down")
  }

  @Test func aSystemThatRefusesIsNotAskedAgain() throws {
    let tree = try Tree(["state": "freeze mem", "wakeup_count": "71", keys: "enabled"])
    let sleep = SystemSleep(folder: tree.path, wakeSources: [tree.path + "/keys"])
    let count = try #require(sleep.prepare())
    try tree.remove("state")
    guard case .refused(let error) = sleep.enter(.suspend, after: count) else { return #expect(Bool(false)) }
    #expect(error.cause == .absent)
    #expect(sleep.deepest(within: .suspend) == .standby)
  }

  @Test func wakeSourcesAreEnabledAndWhatCannotIsSaid() throws {
    let tree = try Tree(["state": "freeze", "wakeup_count": "1", "rtc/power/wakeup": "       "])
    var notes: [String] = []
    _ = SystemSleep(folder: tree.path, wakeSources: [tree.path + "/rtc", "/nowhere"]) { text, _ in notes.append(text) }
    #expect(try tree.text("rtc/power/wakeup").hasPrefix("enabled"))
    #expect(notes == ["\"/nowhere\" cannot wake the system"])
  }

  @Test func aSystemThatNobodyCouldWakeIsNotPutToSleep() throws {
    let tree = try Tree(["state": "freeze mem", "wakeup_count": "1", "net/power/wakeup": ""])
    var notes: [String] = []
    let sleep = SystemSleep(folder: tree.path, wakeSources: [tree.path + "/keys"]) { text, _ in notes.append(text) }
    #expect(sleep.deepest(within: .suspend) == nil)
    #expect(notes == ["\"\(tree.path)/keys\" cannot wake the system", "nothing could wake the system: it does not go down"])
    notes = []
    #expect(SystemSleep(folder: tree.path) { text, _ in notes.append(text) }.deepest(within: .suspend) == nil)
    #expect(notes == [], "a board that names nothing has not asked to sleep")
  }

  @Test func suspendsAreCountedByTheKernel() throws {
    let tree = try Tree(["state": "mem", "wakeup_count": "1", "suspend_stats/success": "4", "suspend_stats/fail": "2"])
    let counts = SystemSleep(folder: tree.path).counts()
    #expect(counts?.succeeded == 4 && counts?.failed == 2)
    #expect(SystemSleep(folder: "/nowhere").counts() == nil)
  }
}
