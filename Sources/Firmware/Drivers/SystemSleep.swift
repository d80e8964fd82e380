import CLinux
import HAL
import Units

/// Puts the whole system to sleep through `/sys/power` without losing what happens on the way (kernel:
/// Documentation/admin-guide/pm/sleep-states.rst and Documentation/ABI/testing/sysfs-power).
///
/// The handshake: `prepare` reads how many wakeup events there were; then the program looks once more whether something happened; `enter`
/// gives the number back, which the kernel refuses when there was another event since, and goes down.
public final class SystemSleep {
  /// What became of a try to go down.
  public enum Outcome: Sendable {
    /// It was down, and something woke it.
    case slept
    /// A wakeup event came on the way in.
    case turnedBack
    /// The system does not do it; it is not asked again.
    case refused(DeviceError)
  }

  private let folder: String
  private var kinds: [IdleKind] = []

  /// `folder` is `/sys/power`. The devices in `wakeSources` (folders of `/sys`) are allowed to wake the system. A system that nobody could wake is not put
  /// to sleep at all: the real-time clock wakes it for what is due, not for its wearer. `note` is told why something cannot be.
  public init(folder: String = "/sys/power", wakeSources: [String] = [], note: (String, DeviceError) -> Void = { _, _ in }) {
    self.folder = folder
    let states = (try? SystemFile.read(folder + "/state", .processor, "read states")) ?? []
    for word in states.split(separator: UInt8(ascii: " ")) {
      let word = [UInt8](word)
      if word.span.equals("freeze") { kinds.append(.standby) }
      if word.span.equals("mem") { kinds.append(.suspend) }
    }
    // Without the handshake an event on the way in would be slept over.
    if (try? SystemFile.read(folder + "/wakeup_count", .processor, "read wakeups")) == nil { kinds = [] }
    var couldWake = false
    for source in wakeSources {
      do throws(DeviceError) {
        try SystemSleep.enable(source)
        couldWake = true
      } catch {
        note("\"" + source + "\" cannot wake the system", error)
      }
    }
    guard !couldWake, !kinds.isEmpty else { return }
    kinds = []
    // A board that names nothing has not asked to sleep.
    if !wakeSources.isEmpty {
      note("nothing could wake the system: it does not go down", DeviceError(.processor, "enable wakeup", .absent))
    }
  }

  /// Lets a device wake the system, and looks whether it may now.
  private static func enable(_ source: String) throws(DeviceError) {
    let file = source + "/power/wakeup"
    let result = SystemFile.write(file, Array("enabled".utf8))
    if result < 0 { throw DeviceError(system: .processor, "enable wakeup", result) }
    // The file of a device that cannot wake is empty.
    let state = try SystemFile.read(file, .processor, "enable wakeup")
    guard state.span.equals("enabled") else { throw DeviceError(.processor, "enable wakeup", .unsupported) }
  }

  /// The deepest way down that the system knows and that is not deeper than `kind`; nil is to wait.
  public func deepest(within kind: IdleKind) -> IdleKind? {
    var best: IdleKind?
    for known in kinds where known.rawValue <= kind.rawValue {
      if best == nil || known.rawValue > best!.rawValue { best = known }
    }
    return best
  }

  /// The number of wakeup events so far. Waits while one is being worked on; nil when the kernel does not say.
  public func prepare() -> [UInt8]? {
    try? SystemFile.read(folder + "/wakeup_count", .processor, "read wakeups")
  }

  /// Goes down; returns when the program runs again. `count` is what `prepare` gave.
  public func enter(_ kind: IdleKind, after count: [UInt8]) -> Outcome {
    if SystemFile.write(folder + "/wakeup_count", count) < 0 { return .turnedBack }
    let result = SystemFile.write(folder + "/state", Array((kind == .suspend ? "mem" : "freeze").utf8))
    if result >= 0 { return .slept }
    let error = DeviceError(system: .processor, "suspend", result)
    if error.cause == .busy { return .turnedBack }
    kinds.removeAll { $0 == kind }
    return .refused(error)
  }

  /// Times that the system went down since it was started, and times that it failed to; nil where the kernel does not count.
  public func counts() -> (succeeded: Int64, failed: Int64)? {
    guard let succeeded = try? SystemFile.number(folder + "/suspend_stats/success", .processor, "read counts"),
      let failed = try? SystemFile.number(folder + "/suspend_stats/fail", .processor, "read counts")
    else { return nil }
    return (succeeded, failed)
  }
}
