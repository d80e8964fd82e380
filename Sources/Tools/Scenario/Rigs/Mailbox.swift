import Foundation
import Synchronization
import Units

/// What reaches the loop of a real-time rig, from whatever thread.
enum RigEvent: Sendable {
  /// A line that the glasses' program wrote: an event of the trace, or words.
  case glasses(String)
  /// A line that the host wrote.
  case host(String)
  /// A line for a person on either program's standard error.
  case words(String, from: String)
  case ended(ProcessRole, status: Int32)
  case key(UInt8)
  /// SIGINT, SIGTERM or SIGHUP.
  case signal(Int32)
}

enum ProcessRole: String, Sendable {
  case glasses, host, pairing
}

/// A queue with one reader that waits, with a time limit.
final class Mailbox: Sendable {
  private let events = Mutex<[RigEvent]>([])
  private let signal = DispatchSemaphore(value: 0)

  func post(_ event: RigEvent) {
    events.withLock { $0.append(event) }
    signal.signal()
  }

  /// The next event; nil when `deadline` came first.
  func next(before deadline: Instant) -> RigEvent? {
    let wait = max(Int64(0), (deadline - RigClock.now()).nanoseconds)
    guard signal.wait(timeout: .now() + .nanoseconds(Int(min(wait, 3_600_000_000_000)))) == .success else { return nil }
    return events.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}

/// The clock of the programs under test: `CLOCK_BOOTTIME`.
public enum RigClock {
  public static func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}

/// Reads a descriptor to its end on a thread of its own and hands on each line without its end.
func readLines(of handle: FileHandle, _ take: @escaping @Sendable (String) -> Void) {
  Thread.detachNewThread {
    var rest: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Not FileHandle's own reading, which ends the process when the other end of a socket resets it.
      let count = read(handle.fileDescriptor, &buffer, buffer.count)
      guard count > 0 || (count < 0 && errno == EINTR) else { break }
      rest += buffer[..<max(0, count)]
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        take(String(decoding: rest[..<end], as: UTF8.self))
        rest.removeSubrange(...end)
      }
    }
    if !rest.isEmpty { take(String(decoding: rest, as: UTF8.self)) }
  }
}
