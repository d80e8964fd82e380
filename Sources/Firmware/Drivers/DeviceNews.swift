import CLinux
import HAL

/// What the kernel says of one of its devices: that it came, went, or changed.
public struct DeviceNews: Sendable, Hashable {
  public enum Action: UInt8, Sendable { case added, removed, changed, other }

  /// The classes of devices that the drivers here know.
  public enum Subsystem: UInt8, Sendable { case gpio, input, powerSupply, video, sound, display, motion, thermal, other }

  public var action: Action
  public var subsystem: Subsystem
  /// False when the kernel had to drop messages: then anything may have happened, and every driver looks for itself.
  public var isComplete = true

  public init(action: Action, subsystem: Subsystem) {
    self.action = action
    self.subsystem = subsystem
  }

  static let lost = {
    var news = DeviceNews(action: .other, subsystem: .other)
    news.isComplete = false
    return news
  }()

  /// Whether a driver of `subsystem` should look whether its device came or went.
  public func concerns(_ subsystem: Subsystem) -> Bool { !isComplete || self.subsystem == subsystem }

  /// Reads a message of the kernel: NUL-terminated texts, `ACTION@PATH` first (kernel: lib/kobject_uevent.c). nil when it is none.
  static func parse(_ message: Span<UInt8>) -> DeviceNews? {
    var news: DeviceNews?
    var start = 0
    while start < message.count {
      var end = start
      while end < message.count, message[end] != 0 { end += 1 }
      let text = message.extracting(start..<end)
      if start == 0 {
        guard let action = action(of: text) else { return nil }
        news = DeviceNews(action: action, subsystem: .other)
      } else if text.starts(with: "SUBSYSTEM=") {
        news?.subsystem = subsystem(named: text.extracting(droppingFirst: 10))
      }
      start = end + 1
    }
    return news
  }

  private static func action(of text: Span<UInt8>) -> Action? {
    var hasPath = false
    for index in text.indices where text[index] == UInt8(ascii: "@") { hasPath = true }
    guard hasPath else { return nil }
    if text.starts(with: "add@") || text.starts(with: "bind@") { return .added }
    if text.starts(with: "remove@") || text.starts(with: "unbind@") { return .removed }
    return text.starts(with: "change@") ? .changed : .other
  }

  private static func subsystem(named text: Span<UInt8>) -> Subsystem {
    if text.equals("gpio") { return .gpio }
    if text.equals("input") { return .input }
    if text.equals("power_supply") { return .powerSupply }
    if text.equals("video4linux") { return .video }
    if text.equals("sound") { return .sound }
    if text.equals("drm") { return .display }
    if text.equals("iio") { return .motion }
    return text.equals("thermal") ? .thermal : .other
  }
}

/// Listens for the kernel's news of devices. While nothing comes or goes it wakes nobody.
public final class DeviceNewsMonitor {
  private let host: DriverHost
  private let descriptor: Int32
  private var buffer = [UInt8](repeating: 0, count: DeviceNewsMonitor.longestMessage)

  /// The kernel's own limit is 2 kB of texts (UEVENT_BUFFER_SIZE) beside the first one.
  private static let longestMessage = 8192

  public init(host: DriverHost, source: EventSource) throws(DeviceError) {
    self.host = host
    descriptor = sotto_uevents_create()
    if descriptor < 0 { throw DeviceError(system: .processor, "listen for devices", descriptor) }
    let watched = host.reactor.watch(descriptor, SOTTO_READABLE, for: source)
    if watched < 0 { throw DeviceError(system: .processor, "listen for devices", watched) }
  }

  deinit {
    guard descriptor >= 0 else { return }
    host.reactor.unwatch(descriptor)
    sotto_close(descriptor)
  }

  /// Hands over everything that was said since.
  public func descriptorReady(_ take: (DeviceNews) -> Void) {
    while true {
      let count = buffer.withUnsafeMutableBytes { sotto_uevents_read(descriptor, $0.baseAddress, $0.count) }
      if count == SOTTO_UEVENTS_LOST {
        take(.lost)
        continue
      }
      guard count > 0 else { return }
      if let news = DeviceNews.parse(buffer.span.extracting(first: Int(count))) { take(news) }
    }
  }
}

extension Span<UInt8> {
  /// Whether it begins with these ASCII bytes.
  func starts(with text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { expected in
      for index in expected.indices where self[index] != expected[index] { return false }
      return true
    }
  }

  func equals(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && starts(with: text) }
}
