import Foundation
import HAL
import Testing
import Units

@testable import Drivers

@Suite struct DeviceNewsTests {
  private func parse(_ texts: String...) -> DeviceNews? {
    DeviceNews.parse(Array((texts.joined(separator: "\0") + "\0").utf8).span)
  }

  @Test(arguments: [
    ("add", DeviceNews.Action.added), ("bind", .added), ("remove", .removed), ("unbind", .removed), ("change", .changed),
    ("move", .other),
  ])
  func actionsAreTold(word: String, action: DeviceNews.Action) {
    #expect(parse("\(word)@/devices/x", "ACTION=\(word)", "SUBSYSTEM=gpio")?.action == action)
  }

  @Test(arguments: [
    ("gpio", DeviceNews.Subsystem.gpio), ("power_supply", .powerSupply), ("video4linux", .video), ("sound", .sound),
    ("drm", .display),
    ("iio", .motion), ("thermal", .thermal), ("gpiox", .other), ("net", .other),
  ])
  func subsystemsAreTold(word: String, subsystem: DeviceNews.Subsystem) {
    #expect(parse("add@/devices/x", "DEVPATH=/devices/x", "SUBSYSTEM=\(word)", "SEQNUM=7")?.subsystem == subsystem)
  }

  @Test func whatIsNoMessageOfTheKernelIsLeftOut() {
    #expect(parse("libudev", "SUBSYSTEM=gpio") == nil)
    #expect(DeviceNews.parse([UInt8]().span) == nil)
    #expect(DeviceNews.parse([UInt8](repeating: 0, count: 9).span) == nil)
    #expect(DeviceNews.parse(Array("add@/x".utf8).span)?.subsystem == .other)
  }

  @Test func afterALossEveryDriverLooks() {
    #expect(DeviceNews.lost.concerns(.gpio) && DeviceNews.lost.concerns(.powerSupply))
    #expect(!DeviceNews(action: .added, subsystem: .sound).concerns(.gpio))
  }

  /// Needs a file system of the kernel that may be written to: root outside of a container.
  @Test(.enabled(if: access("/sys/class/net/lo/uevent", W_OK) == 0))
  func theKernelIsHeard() throws {
    let bench = try Bench()
    let monitor = try DeviceNewsMonitor(host: bench.host, source: Bench.source)
    var heard: [DeviceNews] = []
    try "change\n".write(toFile: "/sys/class/net/lo/uevent", atomically: false, encoding: .utf8)
    let deadline = bench.host.now() + .seconds(5)
    while heard.isEmpty, bench.host.now() < deadline {
      _ = bench.host.reactor.wait(until: deadline)
      while bench.host.reactor.takeReady() != nil { monitor.descriptorReady { heard.append($0) } }
    }
    #expect(heard.contains { $0.action == .changed && $0.subsystem == .other })
  }
}
